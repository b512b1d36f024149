"""What a reader process does for `./runut read`: one page a call, so that its limits are those of a page.

What goes back is plain: whoever asks must not load decoders to understand it. A refusal is the line that is printed.
"""

from pathlib import Path
from typing import Any, TypeAlias

from ocr.beside import read_beside
from ocr.header import is_tiff
from ocr.keep import StageFolder
from ocr.read import Look, look_alone, tell_together
from ocr.reading import PhotoReading
from workers.look_at_pages import Unreadable, draw_page, look_at_document

Line: TypeAlias = dict[str, Any]
"""One reading as `ocr.reading.PhotoReading.to_json` gives it."""

_looks: list[tuple[str, Look]] = []
"""Of the photographs looked at and not told yet. Owned by this process, which serves one caller."""


def count_pages(data: bytes, name: str) -> int | Line:
    """How many pages a PDF or TIFF has; 0 when it is a TIFF of one, which is read like a photograph."""
    outline = look_at_document(data)
    if isinstance(outline, Unreadable):
        return _refuse(outline, name)
    return 0 if is_tiff(data) and outline.pages == 1 else outline.pages


def take_page(data: bytes, number: int, name: str) -> bytes | Line:
    """Page `number` (from 1) as a picture file."""
    page = draw_page(data, number)
    return _refuse(page, name) if isinstance(page, Unreadable) else page.data


def look_at_page(data: bytes, name: str, stem: str, folder: Path | None) -> None:
    """Look at one picture and remember it; with `folder`, write a picture of each stage named after `stem`."""
    look = look_alone(data) if folder is None else look_alone(data, StageFolder(folder, stem))
    _looks.append((name, look))


def look_beside_page(data: bytes) -> Line:
    """What stands beside the boxes of one picture, marked as the experiment it is. The picture is looked at anew."""
    fields = {name: one.to_json() for name, one in read_beside(data).items()}
    return {"experimental": True, "fields": fields}


def tell_pages() -> list[Line]:
    """Read what was looked at since the last time as pages of one polling station, and forget it."""
    lines = [reading.to_json() for reading in tell_together(_looks)]
    _looks.clear()
    return lines


def _refuse(unreadable: Unreadable, name: str) -> Line:
    """The line of a document that cannot be taken apart."""
    where = "" if unreadable.page is None else f"page {unreadable.page}: "
    return PhotoReading(name, None, None, unreadable.code, detail=where + unreadable.detail).to_json()
