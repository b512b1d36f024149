"""What stands, what is found, and what follows from the two. The plan is pure; applying it is ``write``."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.discrepancy.kinds import Kind, group_of
from app.discrepancy.models import ClosedBy
from app.discrepancy.rules.figures import UNKNOWN, Figures, Numbers
from app.discrepancy.rules.finding import Finding
from app.pemilu.definition import Contest

_COLUMNS = "id, tps_kode, kind, side, field, ours, official, difference"
_SOME = text(
    f"""SELECT {_COLUMNS} FROM discrepancy
        WHERE pemilihan_id = :pemilihan AND state = 'open' AND kind = ANY(CAST(:kinds AS text[]))
          AND tps_kode = ANY(CAST(:tps AS text[])) ORDER BY id"""  # noqa: S608 - fixed names
)
_BETWEEN = text(
    f"""SELECT {_COLUMNS} FROM discrepancy
        WHERE pemilihan_id = :pemilihan AND state = 'open' AND kind = ANY(CAST(:kinds AS text[]))
          AND tps_kode >= :first AND tps_kode < :end ORDER BY id"""  # noqa: S608 - fixed names
)


@dataclass(frozen=True)
class Standing:
    """An open difference as it is stored."""

    id: int
    tps_kode: str
    kind: str
    side: str
    field: str
    ours: int | None
    official: int | None
    difference: int

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Where only one may be open: TPS, kind, side and field."""
        return (self.tps_kode, self.kind, self.side, self.field)


@dataclass(frozen=True)
class Closing:
    """An open difference that no longer stands, and why. ``corrected``: the authority's figures now agree."""

    row: Standing
    reason: ClosedBy
    corrected: bool


@dataclass(frozen=True)
class Opening:
    """A finding that does not stand yet; ``follows``: the number of what is closed in its place."""

    finding: Finding
    follows: int | None


@dataclass(frozen=True)
class Plan:
    """What is to be written. ``kept``: what stands as it is."""

    opened: tuple[Opening, ...]
    closed: tuple[Closing, ...]
    kept: tuple[Standing, ...]

    def count_flagged(self, tps_kodes: Iterable[str]) -> dict[str, int]:
        """Return how many differences, of those that are counted, will stand at each of these TPS."""
        counts = Counter(dict.fromkeys(tps_kodes, 0))
        counts.update(one.tps_kode for one in self.kept if group_of(one.kind, one.side) == "difference")
        found = (one.finding for one in self.opened)
        counts.update(one.tps_kode for one in found if group_of(one.code, one.side) == "difference")
        return dict(counts)


async def load_standing(
    session: AsyncSession,
    *,
    contest: Contest,
    kinds: Collection[Kind],
    tps_kodes: Sequence[str] | None = None,
    between: tuple[str, str] | None = None,
) -> list[Standing]:
    """Return what stands open of these kinds, at these TPS or in this stretch of codes."""
    values: dict[str, object] = {"pemilihan": contest.id, "kinds": sorted(kinds)}
    if between is not None:
        rows = await session.execute(_BETWEEN, {**values, "first": between[0], "end": between[1]})
    else:
        rows = await session.execute(_SOME, {**values, "tps": list(tps_kodes or ())})
    return [Standing(*row) for row in rows]


Explain = Callable[[Standing], ClosedBy]
"""Says why a difference no longer stands."""


def plan_changes(standing: Sequence[Standing], findings: Sequence[Finding], explain: Explain) -> Plan:
    """Return what has to be opened and closed so that exactly ``findings`` stand.

    A changed figure is another difference, with its own beginning.
    """
    wanted = {_name(finding): finding for finding in findings}
    kept = [row for row in standing if _spell(row) in wanted]
    there = {_spell(row) for row in kept}
    gone = [row for row in standing if _spell(row) not in there]
    before = {row.place: row.id for row in gone}
    opened = [
        Opening(finding, before.get((finding.tps_kode, finding.code, finding.side, finding.field)))
        for name, finding in wanted.items()
        if name not in there
    ]
    replaced = {(one.finding.tps_kode, one.finding.code, one.finding.side, one.finding.field) for one in opened}
    closed = [_close(row, explain(row), again=row.place in replaced) for row in gone]
    return Plan(tuple(opened), tuple(closed), tuple(kept))


def _name(finding: Finding) -> tuple[object, ...]:
    return (
        finding.tps_kode,
        finding.code,
        finding.side,
        finding.field,
        finding.ours,
        finding.official,
        finding.difference,
    )


def _spell(row: Standing) -> tuple[object, ...]:
    return (*row.place, row.ours, row.official, row.difference)


def _close(row: Standing, reason: ClosedBy, *, again: bool) -> Closing:
    counted = group_of(row.kind, row.side) == "difference"
    return Closing(row, reason, counted and reason == "official_changed" and not again)


def explain_by(figures: Figures, rules_on: Collection[str]) -> Explain:
    """Return what says why a difference no longer stands, from the figures as they are now.

    ``rules_on``: codes of the rules that were run.
    """
    places = {kode: place for place, kode in enumerate(figures.tps_kodes)}

    def explain(row: Standing) -> ClosedBy:
        return "rules_changed" if row.kind not in rules_on else _compare(row, figures, places.get(row.tps_kode))

    return explain


def _compare(row: Standing, figures: Figures, place: int | None) -> ClosedBy:
    """Say on which side something changed; the authority's is told first."""
    if row.side != "ours" and _is_unknown(figures.official, place):
        return "official_withdrawn"
    column = figures.place(row.field) if row.kind == Kind.NUMBER else None
    if row.side == "official" or (
        column is not None and place is not None and figures.official[place, column] != row.official
    ):
        return "official_changed"
    unknown = _is_unknown(figures.ours, place) if column is None else _lacks(figures.ours, place, column)
    return "result_withdrawn" if unknown else "result_changed"


def _is_unknown(numbers: Numbers, place: int | None) -> bool:
    return place is None or bool((numbers[place] == UNKNOWN).all())


def _lacks(numbers: Numbers, place: int | None, column: int) -> bool:
    return place is None or bool(numbers[place, column] == UNKNOWN)
