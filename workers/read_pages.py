"""Read files from a disk page by page in reader processes: what `./runut read` stands on.

Nothing here loads a decoder. Each document is taken apart in a process of its own, then all pages of a polling station
are looked at one after the other in the caller's, and told together. Limits are those of one page.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from ocr.header import MAX_BYTES, is_pdf, is_tiff
from ocr.reading import PhotoReading
from workers.reader_child import call_named
from workers.reader_process import PAGE_LIMITS, PAGE_MODULES, ReaderCrashedError, ReaderProcess

Line: TypeAlias = dict[str, Any]
"""One reading as `ocr.reading.PhotoReading.to_json` gives it."""

_CHILD = "workers.look_at_files"
_TRIES = 2
"""Of a document whose process died of something else than a limit."""


@dataclass(frozen=True)
class PageFile:
    """A picture to be read: what its reading is called, what pictures of its stages are called, its bytes."""

    name: str
    stem: str
    data: bytes


def read_station(reader: ReaderProcess, paths: Sequence[Path], *, each: bool, keep: Path | None) -> list[Line]:
    """Read the files of one polling station together, or every page by itself (`each`), in the order given."""
    parts = [part for path in paths for part in _open_file(path)]
    pages = [part for part in parts if isinstance(part, PageFile)]
    lines: dict[str, Line] = {}
    for batch in [[page] for page in pages] if each else [pages]:
        lines |= {line["file"]: line for line in _read_together(reader, batch, keep)}
    return [lines[part.name] if isinstance(part, PageFile) else part for part in parts]


def add_beside(reader: ReaderProcess, path: Path, line: Line) -> Line:
    """The line of a page with the key ``beside``: tally strokes and number words, which count for nothing.

    The file is opened and the page looked at a second time, so that reading is the same with and without it. The key is
    null where nothing was read, and where the second look ended the reader.
    """
    if line["refused"] is not None:
        return {**line, "beside": None}
    pages = {page.name: page for page in _open_file(path) if isinstance(page, PageFile)}
    try:
        said: Line = reader.call(call_named, _CHILD, "look_beside_page", pages[line["file"]].data)
    except (KeyError, ReaderCrashedError):
        return {**line, "beside": None}
    return {**line, "beside": said}


def _open_file(path: Path) -> list[PageFile | Line]:
    """The pages in a file; or its refusal, when it is a document of which any page cannot be shown."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)  # one more than is allowed: a film is not read into memory to be refused
    if not (is_pdf(data) or is_tiff(data)):
        return [PageFile(str(path), path.stem, data)]
    crash = ReaderCrashedError("The reader died.")
    for _ in range(_TRIES):
        try:
            return _take_apart(path, data)
        except ReaderCrashedError as error:
            crash = error
            if crash.spent is not None:
                break
    return [_refuse(str(path), "reader_crashed" if crash.spent is None else "too_complex", str(crash))]


def _take_apart(path: Path, data: bytes) -> list[PageFile | Line]:
    """Every page of a document, drawn in a process of its own. Raises ReaderCrashedError."""
    name = str(path)
    with closing(ReaderProcess(PAGE_LIMITS, (*PAGE_MODULES, _CHILD))) as reader:
        count: int | Line = reader.call(call_named, _CHILD, "count_pages", data, name)
        if not isinstance(count, int):
            return [count]
        pages: list[PageFile | Line] = []
        for number in range(1, count + 1):
            page: bytes | Line = reader.call(call_named, _CHILD, "take_page", data, number, name)
            if not isinstance(page, bytes):
                return [page]
            pages.append(PageFile(f"{name}#{number}", f"{path.stem}-p{number}", page))
        return pages or [PageFile(name, path.stem, data)]


def _read_together(reader: ReaderProcess, pages: Sequence[PageFile], keep: Path | None) -> list[Line]:
    """Read pictures of one polling station. One that kills the reader is refused; the others are looked at again."""
    living = list(pages)
    dead: list[Line] = []
    while living:
        killer = _look_at_all(reader, living, keep)
        if killer is None:
            return dead + _tell(reader, living)
        page, crash = killer
        living.remove(page)
        dead.append(_refuse(page.name, "reader_crashed", str(crash)))
    return dead


def _look_at_all(
    reader: ReaderProcess, pages: Sequence[PageFile], keep: Path | None
) -> tuple[PageFile, ReaderCrashedError] | None:
    """Look at every picture; return the one that ended the reader, which then has forgotten those before it."""
    for page in pages:
        try:
            reader.call(call_named, _CHILD, "look_at_page", page.data, page.name, page.stem, keep)
        except ReaderCrashedError as crash:
            return page, crash
    return None


def _tell(reader: ReaderProcess, pages: Sequence[PageFile]) -> list[Line]:
    """Read together what was looked at. If the reader is gone, so is all that it saw."""
    try:
        lines: list[Line] = reader.call(call_named, _CHILD, "tell_pages")
    except ReaderCrashedError as crash:
        return [_refuse(page.name, "reader_crashed", str(crash)) for page in pages]
    if len(lines) != len(pages):  # it died between two calls, of nothing in these pictures
        return [_refuse(page.name, "reader_crashed", "The reader died.") for page in pages]
    return lines


def _refuse(name: str, code: str, detail: str) -> Line:
    return PhotoReading(name, None, None, code, detail=detail).to_json()
