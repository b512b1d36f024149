"""Any form drawn from its layout alone: rules, squares, marks, titles, boxes; or on a picture of the blank form.

Plainer than `ocr.draw.page`, which knows the whole print of one form: this is what a new layout is tried out on.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.draw.boxes import PRINT_BLACK
from ocr.draw.hands import Writer
from ocr.draw.marks import Desk, blacken, box_centre, glyph_side, sign
from ocr.draw.print_data import Rule, Text
from ocr.draw.printing import Press, print_box, print_markers, print_tag, print_text
from ocr.draw.written import NO_BUBBLE, Written
from ocr.layout import Box, Field, PageLayout, Rect, Title

Picture = NDArray[np.uint8]

RULE_MM = 0.3
LETTER_WIDTH = 0.8
"""Of a capital, in heights: print is set that wide."""


def draw_plain(
    page: PageLayout,
    written: Mapping[str, Written],
    *,
    hand: Writer,
    rng: np.random.Generator,
    px_per_mm: float,
    blank: Picture | None = None,
) -> Picture:
    """The page as BGR picture, `px_per_mm` pixels a millimetre; fields that are not named stay empty.

    `blank`: a grey picture of the whole empty page to write on, of any size, instead of the plain print.
    """
    grey = print_plain(page, px_per_mm) if blank is None else _fit(blank, page, px_per_mm)
    desk = Desk(np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), dtype=np.uint8), px_per_mm, hand, rng)
    for field in page.fields:
        if field.name in written:
            _write_field(desk, field, written[field.name])
    for area in page.private_areas:
        _sign_area(desk, area)
    return desk.paper


def print_plain(page: PageLayout, px_per_mm: float) -> Picture:
    """The empty page, grey."""
    press = Press(page.size_mm, px_per_mm)
    for rule in page.rules:
        press.rule(Rule(rule, RULE_MM, PRINT_BLACK))
    half = page.square_mm / 2
    for x, y in page.squares.values():
        press.fill((x - half, y - half, x + half, y + half), PRINT_BLACK)
    if page.printed_tag is not None:
        print_markers(press, page)
        print_tag(press, page.printed_tag)
    for title in page.titles:
        _print_title(press, title)
    for box in (box for field in page.fields for box in field.boxes):
        print_box(press, box)
    return press.pull()


def _print_title(press: Press, title: Title) -> None:
    """The words on one line in the middle of their area."""
    words = " ".join(title.words)
    left, top, right, bottom = title.rect
    capital = min(0.45 * (bottom - top), 0.9 * (right - left) / (LETTER_WIDTH * len(words)))
    width, middle = capital * LETTER_WIDTH * len(words), (left + right) / 2
    baseline = (top + bottom + capital) / 2
    print_text(press, Text(words, middle - width / 2, middle + width / 2, baseline, capital, frozenset({"bold"})))


def _fit(blank: Picture, page: PageLayout, px_per_mm: float) -> Picture:
    size = (round(page.size_mm[0] * px_per_mm), round(page.size_mm[1] * px_per_mm))
    shrinking = blank.shape[1] > size[0]
    return np.asarray(
        cv2.resize(blank, size, interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC), dtype=np.uint8
    )


def _write_field(desk: Desk, field: Field, written: Written) -> None:
    for box, symbol in zip(field.boxes, written.symbols, strict=True):
        desk.stamp(desk.hand.render(symbol, glyph_side(_square(box), desk.px_per_mm), desk.rng), box_centre(box.rect))
    for box, mark in zip(field.boxes, written.bubbles or NO_BUBBLE * len(field.boxes), strict=True):
        for bubble in box.bubbles:
            if mark == str(bubble.value):
                blacken(desk, bubble, (0.88, 1.0))


def _square(box: Box) -> Rect:
    """The largest square in a box: digits keep their shape in tall cells."""
    left, top, right, bottom = box.rect
    x, y, half = (left + right) / 2, (top + bottom) / 2, min(right - left, bottom - top) / 2
    return x - half, y - half, x + half, y + half


def _sign_area(desk: Desk, area: Rect) -> None:
    """A scrawl in the middle of an area for signatures."""
    left, top, right, bottom = area
    width, height = min(right - left, 60.0), min(bottom - top, 20.0)
    x, y = (left + right) / 2, (top + bottom) / 2
    sign(desk, (x - width / 2, y - height / 2, x + width / 2, y + height / 2))
