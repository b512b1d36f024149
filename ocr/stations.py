"""Which files belong to one polling station. Loads nothing heavy: a program that only hands files on may ask."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def station_of(path: Path) -> str:
    """The name before the first "-": the polling station a file belongs to."""
    return path.stem.partition("-")[0]


def group_by_station(paths: Sequence[Path], *, each: bool = False) -> list[list[Path]]:
    """Files of one station together, stations in the order of their first file; with `each` every file by itself.

    A path that is given twice counts once.
    """
    known = list(dict.fromkeys(paths))
    if each:
        return [[path] for path in known]
    stations = list(dict.fromkeys((path.parent, station_of(path)) for path in known))
    order = {station: place for place, station in enumerate(stations)}
    ranked = sorted(known, key=lambda path: order[path.parent, station_of(path)])
    return [list(group) for _, group in groupby(ranked, key=lambda path: (path.parent, station_of(path)))]
