"""What a publication says of one TPS, and the small checks that every figure passes, whatever file it came in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

WIB = timezone(timedelta(hours=7))
"""Western Indonesian Time: Sirekap's ``ts`` carries no zone and was written in Jakarta."""

FIRST_YEAR = 2000
"""A time before it is a mistake, and the year 1 in WIB is no moment at all in UTC."""

FIGURE_MAX = 1_000_000
"""A TPS has some 300 voters; a larger figure is no misread digit but a broken file."""


@dataclass(frozen=True)
class TpsFigures:
    """The published figures of one TPS.

    ``numbers`` stand in the order of the contest's fields, None where nothing was published. ``extra`` is whatever
    else came with them, as published. ``remarks`` are codes such as ``unknown chart.null``, to be counted.
    """

    tps_kode: str
    numbers: tuple[int | None, ...]
    images: tuple[str, ...] = ()
    published_at: datetime | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether no figure at all was published."""
        return all(number is None for number in self.numbers)


@dataclass(frozen=True)
class Silence:
    """What a publication cannot say, whatever it holds; figures that were published before stay as they are there.

    ``places``: places of fields, from 0, for which a CSV has no column. ``images``: it names no photographs.
    """

    places: frozenset[int] = frozenset()
    images: bool = False


SHOWN_MAX = 40
"""Characters of a wrong value that a message repeats."""


class WrongFigureError(ValueError):
    """A value is no figure; the message says which and why."""


def check_figure(name: str, value: object) -> int | None:
    """Return ``value`` when it is a count of 0..``FIGURE_MAX`` or null.

    Raises:
        WrongFigureError: it is anything else. Nothing is converted: "12" and 12.0 are not what the authority serves.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongFigureError(f"{name} is {_show(value)}, not a whole number or null")
    if not 0 <= value <= FIGURE_MAX:
        raise WrongFigureError(f"{name} is {_show(value)}; a count of one TPS is between 0 and {FIGURE_MAX:,}")
    return value


def read_time(text: object) -> datetime | None:
    """Return the moment (2000 or later) that ``YYYY-MM-DD HH:MM:SS`` in WIB names, or None for any other text."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=WIB)
    except ValueError:
        return None
    return moment if moment.year >= FIRST_YEAR else None


def _show(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "..."
