"""Things that lie over a page or shine on it: a hand, a pen, a note, a reflection; markers and tags under a thumb."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.draw.broken_photo import Broken, Papers, snap
from ocr.draw.broken_sheet import SHEET_PX_PER_MM, Sheet, corners_polygon, cover, paste
from ocr.draw.printing import PAPER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr.layout import Field, Rect

_SKINS = ((105, 140, 190), (70, 95, 140), (150, 175, 215))
_THINGS = ((40, 40, 45), (150, 60, 30), (40, 40, 180), (90, 160, 200))
_WHITE = (248.0, 249.0, 250.0)


def hand(papers: Papers, rng: np.random.Generator) -> Broken:
    """A hand with fingers reaches in over some boxes."""
    sheet = papers.draw(rng)
    tip = _middle(_some_field(sheet, rng), rng)
    colour = _SKINS[int(rng.integers(len(_SKINS)))]
    away = np.array([np.cos(angle := rng.uniform(0, 2 * np.pi)), np.sin(angle)])
    aside = np.array([-away[1], away[0]])
    for finger in range(int(rng.integers(1, 5))):
        first = tip + aside * 26.0 * finger + away * float(rng.uniform(0, 15))
        sheet = cover(sheet, _rod(first, first + away * 420.0, float(rng.uniform(18, 24))), colour, soft_mm=0.8)
    return snap(sheet, rng)


def pen(papers: Papers, rng: np.random.Generator) -> Broken:
    """A pen, ruler or cable lies across a row."""
    sheet = papers.draw(rng)
    middle = _middle(_some_field(sheet, rng), rng)
    angle = rng.uniform(0, np.pi)
    along = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(50, 250)
    colour = _THINGS[int(rng.integers(len(_THINGS)))]
    return snap(cover(sheet, _rod(middle - along, middle + along, rng.uniform(6, 24)), colour, soft_mm=0.3), rng)


def note(papers: Papers, rng: np.random.Generator) -> Broken:
    """A piece of white paper lies over boxes, sometimes over a single one."""
    sheet = papers.draw(rng)
    field = _some_field(sheet, rng)
    boxes = list(field.boxes)
    first = int(rng.integers(len(boxes)))
    last = int(rng.integers(first, len(boxes)))
    spare = rng.uniform(0.5, 12, 4)
    left, top = np.array(boxes[first].rect[:2]) - spare[:2]
    right, bottom = np.array(boxes[last].rect[2:]) + spare[2:]
    return snap(cover(sheet, corners_polygon((left, top, right, bottom)), _WHITE, soft_mm=0.3), rng)


def half_a_box(papers: Papers, rng: np.random.Generator) -> Broken:
    """A page lies over all rows from some height on, up to the middle of their boxes."""
    sheet = papers.draw(rng)
    left, top, right, bottom = _some_field(sheet, rng).boxes[0].rect
    edge = top + (bottom - top) * rng.uniform(0.2, 1.0)
    lean = rng.uniform(-6, 6, 2)
    shape = np.array([[0, edge + lean[0]], [600, edge + lean[1]], [600, 900], [0, 900]], np.float64)
    if rng.random() < 0.3:
        edge = left + (right - left) * rng.uniform(0.2, 2.5)
        shape = np.array([[edge, 150], [edge + lean[0] + 90, 150], [edge + lean[1] + 90, 740], [edge, 740]], np.float64)
    return snap(cover(sheet, shape, _WHITE, soft_mm=0.3), rng)


def glare(papers: Papers, rng: np.random.Generator) -> Broken:
    """A lamp is reflected where boxes are."""
    sheet = papers.draw(rng)
    middle = _middle(_some_field(sheet, rng), rng)
    axes, angle = rng.uniform(18, 110, 2), float(rng.uniform(0, np.pi))
    return snap(cover(sheet, _ellipse(middle, axes, angle), (255, 255, 255), soft_mm=float(rng.uniform(2, 9))), rng)


def unprinted(papers: Papers, rng: np.random.Generator) -> Broken:
    """Where boxes should be printed the paper is bare, and somebody wrote a number there all the same."""
    sheet = papers.draw(rng)
    clean, number = sheet, str(rng.integers(100, 1000))
    for field in sheet.layout.fields:
        if rng.random() < 0.6 or field is sheet.layout.fields[0]:
            clean = cover(clean, corners_polygon(_around(field, 3.0)), (PAPER, PAPER, PAPER), soft_mm=0.3)
            left, top, _, bottom = _around(field, 0.0)
            place = (round((left + 4) * SHEET_PX_PER_MM), round((bottom - 3) * SHEET_PX_PER_MM))
            size = (bottom - top) * SHEET_PX_PER_MM / 28
            cv2.putText(clean.picture, number, place, cv2.FONT_HERSHEY_SIMPLEX, size, (60, 40, 40), 5, cv2.LINE_AA)
    return snap(clean, rng)


def lost_markers(papers: Papers, rng: np.random.Generator) -> Broken:
    """One to four of the corner markers are covered."""
    sheet = papers.draw(rng)
    for corner in rng.permutation(list(sheet.layout.markers))[: int(rng.integers(1, 5))]:
        middle = np.array(sheet.layout.markers[str(corner)])
        colour = _SKINS[int(rng.integers(len(_SKINS)))] if rng.random() < 0.5 else _WHITE
        sheet = cover(sheet, _ellipse(middle, rng.uniform(10, 30, 2), 0.0), colour, soft_mm=0.5)
    return snap(sheet, rng)


def lost_tag(papers: Papers, rng: np.random.Generator) -> Broken:
    """The tag is covered."""
    sheet = papers.draw(rng)
    left, top, right, bottom = sheet.layout.tag.rect
    spare = rng.uniform(-2, 10, 4)
    area = (left - spare[0], top - spare[1], right + spare[2], bottom + spare[3])
    return snap(cover(sheet, corners_polygon(area), _WHITE, soft_mm=0.3), rng, must_refuse=True)


def foreign_rows(papers: Papers, rng: np.random.Generator) -> Broken:
    """A slip with another station's boxes is laid over a row, a little beside it."""
    sheet = papers.draw(rng)
    other = papers.others[sheet.layout.number]
    area = _around(_some_field(sheet, rng), float(rng.uniform(2, 9)))
    shift = rng.uniform(9, 20, 2) * rng.choice([-1, 1], 2)
    matrix = np.array([[1, 0, shift[0] * SHEET_PX_PER_MM], [0, 1, shift[1] * SHEET_PX_PER_MM]], np.float32)
    moved = cv2.warpAffine(other.picture, matrix, other.picture.shape[1::-1], borderValue=(PAPER, PAPER, PAPER))
    return snap(paste(sheet, np.asarray(moved, np.uint8), corners_polygon(area) + shift), rng)


def _some_field(sheet: Sheet, rng: np.random.Generator) -> Field:
    return sheet.layout.fields[int(rng.integers(len(sheet.layout.fields)))]


def _middle(field: Field, rng: np.random.Generator) -> NDArray[np.float64]:
    """The middle of one of its boxes."""
    left, top, right, bottom = field.boxes[int(rng.integers(len(field.boxes)))].rect
    return np.array([(left + right) / 2, (top + bottom) / 2])


def _around(field: Field, margin: float) -> Rect:
    rects = np.array([box.rect for box in field.boxes])
    left, top = rects[:, :2].min(axis=0) - margin
    right, bottom = rects[:, 2:].max(axis=0) + margin
    return float(left), float(top), float(right), float(bottom)


def _rod(first: NDArray[np.float64], last: NDArray[np.float64], thick: float) -> NDArray[np.float64]:
    """A straight thing between two places, with a round tip at the first (mm)."""
    along = (last - first) / np.hypot(*(last - first))
    aside = np.array([-along[1], along[0]]) * thick / 2
    turns = np.linspace(-np.pi / 2, np.pi / 2, 12)
    tip = [first - along * np.cos(turn) * thick / 2 + aside * np.sin(turn) for turn in turns]
    return np.array([last - aside, *tip, last + aside], dtype=np.float64)


def _ellipse(middle: NDArray[np.float64], axes: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    turns = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    x, y = np.cos(turns) * axes[0], np.sin(turns) * axes[1]
    turned = np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], axis=1)
    return np.asarray(middle + turned, dtype=np.float64)
