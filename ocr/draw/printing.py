"""The empty form, as it comes from the printer: layout (markers, tag, boxes, bubbles) and print data on white paper.

Letters are set in the scalable font that Pillow carries (Aileron, public domain), stretched to the printed width.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.draw.boxes import DOT_SHARE, GUIDE_GREY, PRINT_BLACK, guide_dots
from ocr.draw.print_data import Disc, Dots, PagePrint, Rule, Text, load_print
from ocr.layout import Box, Layout, PageLayout, Rect, Tag, load_layout

Picture = NDArray[np.uint8]

PAPER = 250
_TEXT_GREY = 160
_FINE = 2  # drawn twice as large, then averaged: edges fall within 1 / (4 px_per_mm) of their place
_TAG_CELLS = 8
_DICTIONARIES = {"apriltag_36h10": cv2.aruco.DICT_APRILTAG_36h10}
_CIRCLE_MM = 0.35


@cache
def _print_cached(key: str, number: int, px_per_mm: float) -> Picture:
    layout = load_layout(key)
    blank = _print(layout.pages[number], load_print(key)[number], px_per_mm)
    blank.setflags(write=False)
    return blank


def print_page(layout: Layout, number: int, px_per_mm: float = 4.0) -> Picture:
    """The empty page, grey, `px_per_mm` pixels a millimetre; read-only, copy it before writing on it."""
    return _print_cached(layout.key, number, px_per_mm)


class Press:
    """A sheet under the press: things are printed on it in millimetres."""

    def __init__(self, size_mm: tuple[float, float], px_per_mm: float) -> None:
        self.scale = px_per_mm * _FINE
        width, height = (round(side * px_per_mm) * _FINE for side in size_mm)
        self.sheet: Picture = np.full((height, width), PAPER, np.uint8)

    def fill(self, rect: Rect, grey: int) -> None:
        left, top, right, bottom = (round(edge * self.scale) for edge in rect)
        self.sheet[top : max(bottom, top + 1), left : max(right, left + 1)] = grey

    def frame(self, rect: Rect, width_mm: float, grey: int) -> None:
        """A rectangle whose line is centred on `rect`."""
        left, top, right, bottom = rect
        for ends in (
            (left, top, right, top),
            (left, bottom, right, bottom),
            (left, top, left, bottom),
            (right, top, right, bottom),
        ):
            self.rule(Rule(ends, width_mm, grey))

    def rule(self, rule: Rule) -> None:
        half = rule.width_mm / 2
        left, top, right, bottom = rule.ends
        self.fill((left - half, top - half, right + half, bottom + half), rule.grey)

    def circle(self, x: float, y: float, radius_mm: float, width_mm: float | None) -> None:
        """A circle line, or a disc where no width is given."""
        thickness = -1 if width_mm is None else max(1, round(width_mm * self.scale))
        centre = (round(x * self.scale * 16), round(y * self.scale * 16))
        cv2.circle(self.sheet, centre, round(radius_mm * self.scale * 16), PRINT_BLACK, thickness, cv2.LINE_AA, 4)

    def lay(self, ink: Picture, left: float, top: float, grey: int) -> None:
        """Ink (0 none, 255 full) with its top-left corner at a place in mm."""
        x, y = round(left * self.scale), round(top * self.scale)
        place = self.sheet[y : y + ink.shape[0], x : x + ink.shape[1]]
        covered = ink[: place.shape[0], : place.shape[1]].astype(np.float32) / 255
        place[:] = (place * (1 - covered) + grey * covered).astype(np.uint8)

    def pull(self) -> Picture:
        """The finished sheet in its real size."""
        height, width = self.sheet.shape
        return np.asarray(
            cv2.resize(self.sheet, (width // _FINE, height // _FINE), interpolation=cv2.INTER_AREA), dtype=np.uint8
        )


def _print(page: PageLayout, print_data: PagePrint, px_per_mm: float) -> Picture:
    press = Press(page.size_mm, px_per_mm)
    for rule in print_data.rules:
        press.rule(rule)
    print_markers(press, page)
    print_tag(press, page.tag)
    _print_emblem(press, print_data.emblem)
    for dots in print_data.dots:
        _print_dots(press, dots)
    for disc in print_data.discs:
        _print_disc(press, disc)
    for text in print_data.texts:
        print_text(press, text)
    for box in (box for field in page.fields for box in field.boxes):
        print_box(press, box)
    return press.pull()


def print_markers(press: Press, page: PageLayout) -> None:
    """Two squares that touch at the marker's point: one up-left of it, one down-right."""
    side = page.marker_square_mm
    for x, y in page.markers.values():
        press.fill((x - side, y - side, x, y), PRINT_BLACK)
        press.fill((x, y, x + side, y + side), PRINT_BLACK)


def print_tag(press: Press, tag: Tag) -> None:
    """The page's tag, turned as the form has it."""
    dictionary = cv2.aruco.getPredefinedDictionary(_DICTIONARIES[tag.family])
    cells = np.rot90(cv2.aruco.generateImageMarker(dictionary, tag.id, _TAG_CELLS), -tag.quarter_turns)
    left, top, right, bottom = tag.rect
    width, height = (right - left) / _TAG_CELLS, (bottom - top) / _TAG_CELLS
    for row, column in np.argwhere(cells == 0):
        press.fill(
            (left + column * width, top + row * height, left + (column + 1) * width, top + (row + 1) * height),
            PRINT_BLACK,
        )


def _print_emblem(press: Press, rect: Rect) -> None:
    """A plain shield stands for the authority's emblem, which is not ours to copy."""
    left, top, right, bottom = rect
    x, y, half = (left + right) / 2, (top + bottom) / 2, (right - left) / 2
    press.circle(x, y, half * 0.85, None)
    press.fill((x - half * 0.4, y - half * 0.45, x + half * 0.4, y + half * 0.25), 190)


def _print_dots(press: Press, dots: Dots) -> None:
    half = dots.diameter_mm / 2
    for x in np.arange(dots.left, dots.right, dots.step_mm):
        press.fill((x - half, dots.height - half, x + half, dots.height + half), PRINT_BLACK)


def _print_disc(press: Press, disc: Disc) -> None:
    press.circle(*disc.centre, disc.radius_mm, None if disc.black else _CIRCLE_MM)


def print_box(press: Press, box: Box) -> None:
    """One box: its guide, its border, its bubbles with their digits."""
    left, top, right, bottom = box.rect
    width, height = right - left, bottom - top
    if box.guide:
        half = DOT_SHARE * width / 2
        for x, y in guide_dots():
            at = left + x * width, top + y * height
            press.fill((at[0] - half, at[1] - half, at[0] + half, at[1] + half), GUIDE_GREY)
    press.frame(box.rect, box.border_mm, PRINT_BLACK)
    for bubble in box.bubbles:
        press.circle(*bubble.centre, bubble.diameter_mm / 2 - _CIRCLE_MM / 2, _CIRCLE_MM)
        x, y = bubble.centre
        print_text(press, Text(str(bubble.value), x - 1.1, x + 1.1, y + 1.7, 3.4, frozenset()))


def print_text(press: Press, text: Text) -> None:
    """The words, stretched to end where they end on the form."""
    ink, baseline = _set_words(text.words, text.capital_mm * press.scale, text.style)
    width = max(1, round((text.right - text.left) * press.scale))
    grey = _TEXT_GREY if "grey" in text.style else PRINT_BLACK
    if "upwards" in text.style:
        turned = cv2.resize(np.ascontiguousarray(np.rot90(ink)), (width, round(width * ink.shape[1] / ink.shape[0])))
        press.lay(np.asarray(turned, np.uint8), text.left, text.baseline - turned.shape[0] / press.scale, grey)
        return
    ink = np.asarray(cv2.resize(ink, (width, ink.shape[0]), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if "upside-down" in text.style:
        press.lay(np.ascontiguousarray(ink[::-1, ::-1]), text.left, text.baseline, grey)
        return
    press.lay(ink, text.left, text.baseline - baseline / press.scale, grey)


def _set_words(words: str, capital_px: float, style: frozenset[str]) -> tuple[Picture, int]:
    """Ink of the words cut to their width, and how many pixels of it stand above the baseline."""
    font = _font(capital_px)
    bold = max(1, round(capital_px * 0.05)) if "bold" in style else 0
    left, top, right, bottom = font.getbbox(words, anchor="ls", stroke_width=bold)
    margin = 2
    image = Image.new("L", (int(right - left) + 2 * margin, int(bottom - top) + 2 * margin))
    ImageDraw.Draw(image).text((margin - left, margin - top), words, 255, font, anchor="ls", stroke_width=bold)
    ink = np.asarray(image, dtype=np.uint8)
    if "italic" in style:
        ink = _lean(ink, 0.2)
    columns = np.flatnonzero(ink.max(axis=0))
    return ink[:, columns[0] : columns[-1] + 1], margin - int(top)


def _lean(ink: Picture, share: float) -> Picture:
    height, width = ink.shape
    matrix = np.array([[1, -share, share * height], [0, 1, 0]], np.float32)
    return np.asarray(cv2.warpAffine(ink, matrix, (width + int(share * height) + 1, height)), dtype=np.uint8)


@cache
def _font(capital_px: float) -> ImageFont.FreeTypeFont:
    """The font at the size whose capitals are that high."""
    probe = ImageFont.load_default(100)
    if not isinstance(probe, ImageFont.FreeTypeFont):  # Pillow was built without FreeType
        raise TypeError("Pillow has no scalable font here; install a Pillow wheel, which carries FreeType")
    capitals = -probe.getbbox("H", anchor="ls")[1]
    font = ImageFont.load_default(capital_px * 100 / capitals)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
