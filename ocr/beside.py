"""What stands beside the boxes of a page: tally strokes and the number in words. An experiment, for people's eyes only.

Nothing that reads, weighs or decides imports this: a photograph is looked at anew for it, on demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import starmap
from typing import TYPE_CHECKING, Any

import numpy as np

from ocr.classify import CLASSES, load_classifier
from ocr.cut_boxes import cut_rect
from ocr.decode import Scales, decode_grey
from ocr.number_words import nearest_number
from ocr.observe import find_page
from ocr.plane import shift_page
from ocr.read_strokes import Strokes, read_strokes
from ocr.read_words import read_words
from ocr.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ocr.layout_parts import StrokeGrid
    from ocr.plane import Grey, Homography
    from ocr.snap_boxes import FieldView

LEAST_LIKELY = 0.9
"""A digit of a row's sum is named when the net gives it this much; it never saw such unframed squares."""


@dataclass(frozen=True)
class Beside:
    """Beside one field.

    `strokes`: None where the form has no tally. `row_sums`: as written beside each row, None where nothing or nothing
    clear is. `words`: what Tesseract made of them; `words_value`: the number they are nearest to.
    """

    strokes: Strokes | None
    row_sums: tuple[int | None, ...]
    words: str | None
    words_value: int | None

    @property
    def strokes_value(self) -> int | None:
        """The strokes' total; None where the written sum of a row with strokes says otherwise."""
        if self.strokes is None:
            return None
        pairs = zip(self.strokes.rows, self.row_sums, strict=False)
        contradicted = any(seen and said not in (None, seen) for seen, said in pairs)
        return None if contradicted else self.strokes.total

    def to_json(self) -> dict[str, Any]:
        """Plain values, for a line of `./runut read --beside --json`."""
        return {
            "strokes": self.strokes_value,
            "rows": list(self.strokes.rows) if self.strokes else [],
            "fives": self.strokes.fives if self.strokes else None,
            "row_sums": list(self.row_sums),
            "words": self.words,
            "words_value": self.words_value,
        }


def read_beside(data: bytes) -> Mapping[str, Beside]:
    """By field, what stands beside the boxes in a photograph; nothing where the page cannot be found."""
    try:
        grey = decode_grey(data).pixels
        _, registration = find_page(Scales(grey))
    except (Refused, MemoryError):  # the reading says so, with its reason; here there is nothing to add
        return {}
    views = [view for view in registration.fields if view.field.strokes or view.field.words]
    return {view.field.name: look_beside(grey, place_beside(registration.homography, view), view) for view in views}


def place_beside(homography: Homography, view: FieldView) -> Homography:
    """The page's view, moved as far as the field's boxes were found moved: paper hangs in curves."""
    return shift_page(homography, view.shift_mm)


def look_beside(grey: Grey, homography: Homography, view: FieldView) -> Beside:
    """One field; `homography` leads from page mm to pixels around it."""
    field = view.field
    words = read_words(grey, homography, field.words) if field.words else None
    return Beside(
        strokes=read_strokes(grey, homography, field.strokes) if field.strokes else None,
        row_sums=_read_row_sums(grey, homography, field.strokes) if field.strokes else (),
        words=words,
        words_value=nearest_number(words) if words else None,
    )


def _read_row_sums(grey: Grey, homography: Homography, grid: StrokeGrid) -> tuple[int | None, ...]:
    """The sums written beside the rows, two digits each; none where the form has no place for them."""
    if grid.sums is None:
        return ()
    left, top, right, bottom = grid.sums
    across, down = (right - left) / 2, (bottom - top) / grid.rows
    corners = [(left + across * column, top + down * row) for row in range(grid.rows) for column in range(2)]
    pictures = np.stack([cut_rect(grey, homography, (x, y, x + across, y + down)) for x, y in corners])
    likely = load_classifier().classify(pictures)
    symbols = [CLASSES[int(one.argmax())] if one.max() >= LEAST_LIKELY else "?" for one in likely]
    return tuple(starmap(_number, zip(symbols[::2], symbols[1::2], strict=True)))


def _number(tens: str, units: str) -> int | None:
    """X, dash and blank in the first place are no digit."""
    plain = (tens + units).lstrip("X-_")
    return int(plain) if plain.isdecimal() else None
