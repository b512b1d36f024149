"""Read files from a disk, one polling station after the other: what `./runut read` and the demo stand on."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from ocr.header import MAX_BYTES
from ocr.keep import StageFolder
from ocr.read import read_together
from ocr.reading import PhotoReading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def read_files(paths: Sequence[Path], *, each: bool = False, keep: Path | None = None) -> Iterator[PhotoReading]:
    """Read photographs in the order given; a missing file is the caller's error (OSError).

    Files that share the name before the first "-" (and the folder) are pages of one polling station and
    share evidence, unless `each`; a repeated path is read once. With `keep`, a picture of every stage of every file
    goes into that folder.
    """
    for group in _group(list(dict.fromkeys(paths)), each=each):
        photos = [(str(path), _read_bounded(path)) for path in group]
        stages = {str(path): StageFolder(keep, path.stem) for path in group} if keep else None
        yield from read_together(photos, keep=stages)


def station_of(path: Path) -> str:
    """The name before the first "-": the polling station a file belongs to."""
    return path.stem.partition("-")[0]


def _group(paths: Sequence[Path], *, each: bool) -> list[list[Path]]:
    """Files of one station together, stations in the order of their first file."""
    if each:
        return [[path] for path in paths]
    stations = list(dict.fromkeys((path.parent, station_of(path)) for path in paths))
    order = {station: place for place, station in enumerate(stations)}
    ranked = sorted(paths, key=lambda path: order[path.parent, station_of(path)])
    return [list(group) for _, group in groupby(ranked, key=lambda path: (path.parent, station_of(path)))]


def _read_bounded(path: Path) -> bytes:
    """The file's bytes, one more than is allowed at most: a film is not read into memory to be refused."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
