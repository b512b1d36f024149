"""Boxes whose writer changed his mind: what they show is the later symbol."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ocr.draw.hands import BOX_MM, REACH, Writer
from ocr.draw.marks import Desk
from ocr.draw.pen import Ink, Path, ink_paths, trace
from ocr.draw.strokes import Stroke
from ocr.layout import Rect

_FINE_PEN_MM = 1.2
_WRITTEN_OVER, _RUBBED_OUT = (0.25, 0.6), (0.05, 0.18)  # darkness left of the old symbol
_SOME_INK, _DROWNED = 0.2, 0.6
_ZIGZAG, _TWO_LINES = 0.25, 0.4


def overwrite(hand: Writer, wrong: str, right: str, size: int, rng: np.random.Generator) -> Ink:
    """Ink (size, size) of a corrected box: `right` written heavily over `wrong`, or beside it struck out.

    Errs towards readable: a correction nobody can read has no truth to be measured against. Where the new symbol would
    drown in the old one (a 5 written over an 8), the old one was rubbed out first.
    """
    before, after = hand.render(wrong, size, rng), hand.render(right, size, rng)
    if hand.pen.width_mm < _FINE_PEN_MM and rng.random() < 0.2:
        struck = np.maximum(_move(before, 0.75, -0.16, 0.04), _strike(hand, size, rng))
        return np.asarray(np.maximum(struck * 0.9, _move(after, 0.8, 0.17, -0.04)), dtype=np.float32)
    heavier = np.maximum(after, _move(after, 1.0, float(rng.normal(0, 0.012)), float(rng.normal(0, 0.012))))
    left_of_it = rng.uniform(*(_RUBBED_OUT if _drowns(after, before) else _WRITTEN_OVER))
    return np.asarray(np.maximum(before * left_of_it, heavier), dtype=np.float32)


def _drowns(after: Ink, before: Ink) -> bool:
    """Whether so much of the new symbol lies on the old one that both together look like the old one."""
    wide = cv2.dilate(before, np.ones((3, 3), np.uint8))
    return float(after[wide > _SOME_INK].sum()) > _DROWNED * float(after.sum())


def strike_out(desk: Desk, row: Rect) -> None:
    """One or two lines, or a zigzag, through all boxes of a row (mm)."""
    left, top, right, bottom = row
    rng, height = desk.rng, bottom - top
    middle = top + height * float(rng.uniform(0.4, 0.6))
    start, end = (left - float(rng.uniform(-2, 4)), middle), (right + float(rng.uniform(-2, 4)), middle)
    if rng.random() < _ZIGZAG:
        desk.draw([_zigzag(desk, row)])
        return
    paths = [desk.straight(start, (end[0], middle + float(rng.normal(0, height * 0.12))), 0.6)]
    if rng.random() < _TWO_LINES:
        below = height * float(rng.uniform(0.12, 0.25))
        paths.append(desk.straight((start[0], middle + below), (end[0], middle + below), 0.6))
    desk.draw(paths)


def _zigzag(desk: Desk, row: Rect) -> Path:
    """Up and down across the row, without lifting the pen."""
    left, top, right, bottom = row
    count = int(desk.rng.integers(7, 13))
    high = np.where(np.arange(count) % 2 == 0, 0.2, 0.8) + desk.rng.normal(0, 0.06, count)
    across = np.linspace(left + 1, right - 1, count)
    corners = tuple((float(x), float(top + (bottom - top) * y)) for x, y in zip(across, high, strict=True))
    return trace(Stroke(corners, curved=False))


def _move(ink: Ink, scale: float, right: float, down: float) -> Ink:
    """The ink scaled about the box's centre and moved by shares of the picture's side."""
    side = ink.shape[0]
    rest = (1 - scale) * side / 2
    matrix = np.array([[scale, 0, rest + right * side], [0, scale, rest + down * side]], np.float32)
    return np.asarray(cv2.warpAffine(ink, matrix, (side, side), flags=cv2.INTER_LINEAR), dtype=np.float32)


def _strike(hand: Writer, size: int, rng: np.random.Generator) -> Ink:
    """Two slanted lines through the left half."""
    centre = np.array([0.34, 0.54]) * size
    paths: list[Path] = []
    for _ in range(2):
        angle, reach = math.radians(float(rng.uniform(-50, -20))), float(rng.uniform(0.13, 0.19)) * size
        along = np.array([math.cos(angle), math.sin(angle)]) * reach
        paths.append(np.linspace(centre - along, centre + along, 8) + rng.normal(0, size * 0.02, 2))
    return ink_paths(paths, (size, size), hand.pen.width_mm / BOX_MM * size / REACH, hand.pen, rng)
