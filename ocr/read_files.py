"""Read files from a disk, one polling station after the other: what `./runut read` and the demo stand on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr.header import MAX_BYTES
from ocr.keep import StageFolder
from ocr.read import read_together
from ocr.reading import PhotoReading
from ocr.refusals import Refused
from ocr.split import count_pages, is_document, take_page
from ocr.stations import group_by_station

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def read_files(paths: Sequence[Path], *, each: bool = False, keep: Path | None = None) -> Iterator[PhotoReading]:
    """Read photographs and documents in the order given; a missing file is the caller's error (OSError).

    Files that share the name before the first "-" (and the folder) are pages of one polling station and
    share evidence, unless `each`; a repeated path is read once. A page of a document is named `scan.pdf#1`; a document
    that cannot be taken apart gives one refused reading. With `keep`, a picture of every stage of every page goes into
    that folder.
    """
    for group in group_by_station(paths, each=each):
        yield from read_station(group, each=each, keep=keep)


def read_station(paths: Sequence[Path], *, each: bool = False, keep: Path | None = None) -> Iterator[PhotoReading]:
    """Read the files of one polling station together, or every page by itself (`each`)."""
    parts = [part for path in paths for part in _open_file(path)]
    pages = [part for part in parts if isinstance(part, _Page)]
    readings: dict[str, PhotoReading] = {}
    for batch in [[page] for page in pages] if each else [pages]:
        stages = {page.name: StageFolder(keep, page.stem) for page in batch} if keep else None
        read = read_together([(page.name, page.data) for page in batch], keep=stages)
        readings |= {reading.file: reading for reading in read}
    for part in parts:
        yield readings[part.name] if isinstance(part, _Page) else part


@dataclass(frozen=True)
class _Page:
    """A picture to be read: what its reading is called, what pictures of its stages are called, its bytes."""

    name: str
    stem: str
    data: bytes


def _open_file(path: Path) -> list[_Page | PhotoReading]:
    """The pages in a file; or its refusal, when it is a document of which any page cannot be shown."""
    data, name = _read_bounded(path), str(path)
    try:
        if not is_document(data):
            return [_Page(name, path.stem, data)]
        numbers = range(1, count_pages(data) + 1)
        return [_Page(f"{name}#{number}", f"{path.stem}-p{number}", take_page(data, number).data) for number in numbers]
    except Refused as refused:
        return [PhotoReading(name, None, None, refused.code, detail=refused.detail)]


def _read_bounded(path: Path) -> bytes:
    """The file's bytes, one more than is allowed at most: a film is not read into memory to be refused."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
