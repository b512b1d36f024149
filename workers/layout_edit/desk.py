"""What the editor works on: the layout file, the pictures of the pages, and what is wrong with the layout so far."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from app.core.durable import replace_file
from ocr.layout import LayoutError, parse_layout
from workers.layout_edit.lines import PrintedLines, find_lines

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

A4_MM = (210.0, 297.0)


class SaveRefusedError(Exception):
    """The layout was not written: `exists` says that a file is in the way, which the user may ask to replace."""

    def __init__(self, words: str, *, exists: bool = False) -> None:
        super().__init__(words)
        self.exists = exists


class EditDesk:
    """One layout being edited. Pages are numbered as in the blank form; nothing is written before `save`."""

    def __init__(self, target: Path, pages: dict[int, NDArray[np.uint8]]) -> None:
        """Begin with the file `target` if it exists, else with empty pages.

        Raises:
            LayoutError: the file is there and is no JSON object.
        """
        self.target = target
        self._begun = _load(target) if target.exists() else _begin(target.stem, pages)
        self.pages = _name_pages(pages, list(self._begun["pages"]))
        self._opened = target.exists()
        self._lines: dict[int, PrintedLines] = {}

    def state(self) -> dict[str, Any]:
        """What the page begins with."""
        sizes = {number: [page.shape[1], page.shape[0]] for number, page in self.pages.items()}
        return {"layout": self._begun, "pages": sizes, "target": self.target.name, "opened": self._opened}

    def lines(self, number: int) -> PrintedLines:
        """The printed lines of a page, in mm of the layout that was begun with."""
        if number not in self._lines:
            page = self._begun["pages"].get(str(number), {})
            width = float(page.get("size_mm", A4_MM)[0])
            self._lines[number] = find_lines(self.pages[number], width)
        return self._lines[number]

    def check(self, layout: object) -> dict[str, str] | None:
        """The first thing that is wrong: `path` says where, `message` what and what to do; None if all is right."""
        try:
            parse_layout(_encode(layout))
        except LayoutError as error:
            return {"path": error.path, "message": str(error).removeprefix(f"{error.path}: ")}
        return None

    def save(self, layout: object, *, overwrite: bool) -> None:
        """Write the layout, whole or not at all; SaveRefusedError for a layout with mistakes, or an existing file."""
        problem = self.check(layout)
        if problem:
            raise SaveRefusedError(f"{problem['path']}: {problem['message']}")
        if self.target.exists() and not overwrite:
            raise SaveRefusedError(f"{self.target.name} is there already", exists=True)
        replace_file(self.target, _encode(layout), mode=0o644)


def _load(target: Path) -> dict[str, Any]:
    try:
        found = json.loads(target.read_bytes())
    except ValueError as error:
        raise LayoutError(str(target), f"this is no JSON: {error}", "name another layout file") from error
    if not isinstance(found, dict) or not isinstance(found.get("pages"), dict):
        raise LayoutError(str(target), "this is no layout", "name another layout file")
    return found


def _name_pages(pages: dict[int, NDArray[np.uint8]], named: list[str]) -> dict[int, NDArray[np.uint8]]:
    """One picture for a layout of one page is that page, whatever its number."""
    if len(pages) == len(named) == 1 and named[0].isdecimal():
        return {int(named[0]): next(iter(pages.values()))}
    return pages


def _begin(key: str, pages: dict[int, NDArray[np.uint8]]) -> dict[str, Any]:
    """A layout without anything on its pages: A4 across, as high as the picture."""
    empty = {
        str(number): {
            "size_mm": [A4_MM[0], round(A4_MM[0] * page.shape[0] / page.shape[1], 2)],
            "rules_mm": [],
            "titles": [],
            "private_areas_mm": [],
            "fields": {},
        }
        for number, page in pages.items()
    }
    return {"key": key, "form": "", "source": "", "sections": {}, "pages": empty, "identities": []}


def _encode(layout: object) -> bytes:
    return (json.dumps(layout, ensure_ascii=False, indent=1) + "\n").encode()
