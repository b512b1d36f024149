"""Sheets that are not the form: another form, a page nobody filled in, a wall full of print."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np

from ocr.draw.broken_photo import Broken, Papers, snap
from ocr.draw.broken_sheet import SHEET_PX_PER_MM, Picture, lay_sheet
from ocr.draw.printing import PAPER, print_page
from ocr.layout import PageLayout, load_layout

_FORM = "c_hasil_ppwp_2024"
_FOREIGN_TAGS = (0, 3, 104, 107, 201, 301, 404, 700, 1024)


def blank_form(papers: Papers, rng: np.random.Generator) -> Broken:
    """Nobody has filled the page in: no box has a number."""
    layout = papers.draw(rng).layout
    empty = lay_sheet(layout, _blank(layout.number).copy(), {field.name: None for field in layout.fields})
    return snap(empty, rng)


def foreign_tag(papers: Papers, rng: np.random.Generator) -> Broken:
    """The same look with the tag of a form that is not installed."""
    sheet = papers.draw(rng)
    tag = int(rng.choice(_FOREIGN_TAGS))
    left, top, right, _ = (round(edge * SHEET_PX_PER_MM) for edge in sheet.layout.tag.rect)
    family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)
    drawn = cv2.aruco.generateImageMarker(family, tag, right - left)
    picture = sheet.picture.copy()
    picture[top : top + right - left, left:right] = np.rot90(drawn, 2)[:, :, None]
    return snap(replace(sheet, picture=picture), rng, must_refuse=True)


def other_form(papers: Papers, rng: np.random.Generator) -> Broken:
    """A form with boxes, rules and corner marks of its own; now and then with our form's tag."""
    layout = papers.draw(rng).layout
    picture = _blank_paper(layout)
    for _ in range(int(rng.integers(6, 40))):
        _print_row(picture, rng)
    for _ in range(int(rng.integers(3, 12))):
        height = int(rng.integers(100, picture.shape[0] - 100))
        cv2.line(picture, (150, height), (picture.shape[1] - 150, height), (30, 30, 30), int(rng.integers(1, 5)))
    if rng.random() < 0.6:
        _keep_head(picture, layout)
    return snap(lay_sheet(layout, picture, {}), rng, must_refuse=True)


def no_form(papers: Papers, rng: np.random.Generator) -> Broken:
    """A wall of print, squares or chance."""
    layout = papers.draw(rng).layout
    picture = _blank_paper(layout)
    kind = int(rng.integers(3))
    if kind == 0:
        for row in range(60, picture.shape[0] - 60, 40):
            words = "".join(rng.choice(list("abcdefghij klmnop 0123456789"), 70))
            cv2.putText(picture, words, (60, row), cv2.FONT_HERSHEY_DUPLEX, 1.0, (40, 40, 40), 2, cv2.LINE_AA)
    elif kind == 1:
        side = int(rng.integers(9, 60))
        rows, columns = np.indices(picture.shape[:2]) // side
        picture[(rows + columns) % 2 == 0] = 20
    else:
        coarse = rng.integers(0, 256, (picture.shape[0] // 12, picture.shape[1] // 12, 3), dtype=np.uint8)
        picture = np.asarray(cv2.resize(coarse, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC), np.uint8)
    return snap(lay_sheet(layout, picture, {}), rng, must_refuse=True)


@cache
def _blank(number: int) -> Picture:
    """The printed page in three channels."""
    grey = print_page(load_layout(_FORM), number, SHEET_PX_PER_MM)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), dtype=np.uint8)


def _blank_paper(layout: PageLayout) -> Picture:
    width, height = (round(side * SHEET_PX_PER_MM) for side in layout.size_mm)
    return np.full((height, width, 3), PAPER, np.uint8)


def _print_row(picture: Picture, rng: np.random.Generator) -> None:
    """Up to five squares in a row, with a digit in some."""
    side, gap = int(rng.integers(30, 75)), int(rng.integers(0, 25))
    x, y = int(rng.integers(50, picture.shape[1] - 400)), int(rng.integers(450, picture.shape[0] - 100))
    for at in range(int(rng.integers(1, 6))):
        left = x + at * (side + gap)
        cv2.rectangle(picture, (left, y), (left + side, y + side), (20, 20, 20), 3)
        if rng.random() < 0.7:
            digit = str(rng.integers(10))
            cv2.putText(picture, digit, (left + 8, y + side - 8), cv2.FONT_HERSHEY_SIMPLEX, side / 28, (60, 20, 20), 4)


def _keep_head(picture: Picture, layout: PageLayout) -> None:
    """Our form's tag and markers on a stranger."""
    ours = _blank(layout.number)
    head = round(145 * SHEET_PX_PER_MM)
    picture[:head] = ours[:head]
    picture[-round(50 * SHEET_PX_PER_MM) :] = ours[-round(50 * SHEET_PX_PER_MM) :]
