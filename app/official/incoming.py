"""The temporary table that an import copies its figures into: one column a field, as PostgreSQL reads it fastest.

What a publication has no column for, the table has none for either; what was known before stays as it is then. Arrays,
times with their zone and JSON are made from the columns by the statement that needs them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.official.figures import Silence, TpsFigures
from app.official.sirekap_csv import KEY
from app.pemilu.definition import Contest

TIMES = "ts"
"""The CSV column of the authority's time, in WIB; see ``figures.WIB``."""
NONE = "NULL::integer"
FEW = 12
"""Places of an array that are looked at one by one sooner than an array is made to compare it with."""


@dataclass(frozen=True)
class Incoming:
    """The table's columns with their types, in the order of COPY, and how statements read them as ``i``.

    ``numbers``: columns by the places of their fields. ``images``: null when the publication cannot name photographs.
    ``binds``: values that the expressions name; a file's own words are never part of a statement.
    """

    columns: Mapping[str, str]
    numbers: Mapping[int, str]
    images: str | None
    published_at: str
    extra: str
    binds: Mapping[str, str] = field(default_factory=dict)

    @property
    def published(self) -> str:
        """Return the condition that a TPS has any figure."""
        return f"coalesce({', '.join(self.numbers.values())}) IS NOT NULL" if self.numbers else "false"

    def number(self, place: int) -> str:
        """Return the figure of the field at ``place``, from 0; null where the publication does not have it."""
        return self.numbers.get(place, NONE)

    def array(self, contest: Contest, before: str | None = None) -> str:
        """Return all figures as one array; what the publication does not have is as in the array ``before``."""
        missing = {place: NONE if before is None else f"{before}[{place + 1}]" for place in range(len(contest.fields))}
        return f"ARRAY[{', '.join((missing | dict(self.numbers)).values())}]"

    def differ(self, contest: Contest, before: str) -> str:
        """Return the condition that the figures are not as in the array ``before``, spelt as is fastest."""
        if len(self.numbers) > FEW:
            return f"{before} IS DISTINCT FROM {self.array(contest, before)}"
        pairs = (f"{column} IS DISTINCT FROM {before}[{place + 1}]" for place, column in self.numbers.items())
        return f"({' OR '.join(pairs) or 'false'})"

    def withdrawn(self, before: str) -> str:
        """Return the condition that a figure in the array ``before`` is no longer published."""
        pairs = (f"({column} IS NULL AND {before}[{place + 1}] IS NOT NULL)" for place, column in self.numbers.items())
        return f"({' OR '.join(pairs) or 'false'})"

    def pictures(self, before: str | None = None) -> str:
        """Return the addresses of photographs, or those ``before`` when the publication cannot name any."""
        if self.images is not None:
            return self.images
        return "'{}'::text[]" if before is None else f"coalesce({before}, '{{}}')"


def describe_figures(contest: Contest, silence: Silence) -> Incoming:
    """Return the table for figures that were read TPS by TPS; :func:`list_cells` gives its rows."""
    numbers = {place: f"n{place}" for place in range(len(contest.fields)) if place not in silence.places}
    columns = {"tps_kode": "text NOT NULL"} | dict.fromkeys(numbers.values(), "integer")
    columns |= {"images": "text[] NOT NULL", "published_at": "timestamptz", "extra": "text NOT NULL"}
    return Incoming(
        columns,
        {place: f"i.{name}" for place, name in numbers.items()},
        images=None if silence.images else "i.images",
        published_at="i.published_at",
        extra="i.extra::jsonb",
    )


def list_cells(figures: TpsFigures, incoming: Incoming) -> tuple[object, ...]:
    """Return one row of the table that :func:`describe_figures` described."""
    numbers = (figures.numbers[place] for place in incoming.numbers)
    return figures.tps_kode, *numbers, list(figures.images), figures.published_at, json.dumps(figures.extra)


def describe_csv(contest: Contest, header: Sequence[str]) -> Incoming:
    """Return the table for the rows of a CSV as they stand there: :data:`KEY`, fields, :data:`TIMES`, anything else.

    Cells of other columns must be such as JSON spells without escapes.
    """
    columns, numbers, extra = {}, {}, {}
    for place, name in enumerate(header):
        column = f"c{place}"
        if name == KEY:
            columns["tps_kode"] = "text NOT NULL"
        elif name in contest.places:
            columns[column], numbers[contest.places[name]] = "integer", f"i.{column}"
        elif name == TIMES:
            columns[TIMES] = "timestamp"
        else:
            columns[column], extra[column] = "text", name
    members = ", ".join(f"CAST(:{column} AS text) || i.{column} || '\"'" for column in extra)
    return Incoming(
        columns,
        numbers,
        images=None,
        published_at=f"i.{TIMES} AT TIME ZONE INTERVAL '7 hours'" if TIMES in header else "NULL::timestamptz",
        extra=f"('{{' || concat_ws(',', {members}) || '}}')::jsonb" if extra else "'{}'::jsonb",
        binds={column: f'{json.dumps(name, ensure_ascii=False)}:"' for column, name in extra.items()},
    )
