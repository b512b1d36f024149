"""What is printed on a blank form, to be drawn along: level and upright lines, and the boxes that they enclose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

Picture: TypeAlias = NDArray[np.uint8]
Line: TypeAlias = tuple[float, float, float, float]

SHORTEST_SHARE = 0.012
"""Of the picture's longer side: shorter dark runs are letters."""

WIDEST_SHARE = 0.006
"""Thicker runs are black fields."""

DARK = 150
SIDE_MM = (3.0, 30.0)
MOST_SQUARES = 2000


@dataclass(frozen=True)
class PrintedLines:
    """In mm of the page: `rules` (x0, y0, x1, y1), `squares` (left, top, right, bottom)."""

    rules: tuple[Line, ...]
    squares: tuple[Line, ...]


def find_lines(page: Picture, width_mm: float) -> PrintedLines:
    """The lines of a blank page (grey) that is `width_mm` wide, and the boxes between them."""
    mm = width_mm / page.shape[1]
    ink = (page < DARK).astype(np.uint8)
    shortest = max(8, round(SHORTEST_SHARE * max(page.shape)))
    widest = max(3, round(WIDEST_SHARE * max(page.shape)))
    level = list(_runs(ink, shortest, widest))
    upright = [(y0, x0, y1, x1) for x0, y0, x1, y1 in _runs(np.ascontiguousarray(ink.T), shortest, widest)]
    rules = tuple(_to_mm(line, mm) for line in (*level, *upright))
    return PrintedLines(rules, tuple(_find_squares(ink, mm)))


def _runs(ink: Picture, shortest: int, widest: int) -> Iterator[tuple[float, float, float, float]]:
    """Level dark runs as centre lines, in pixels."""
    opened = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, shortest), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.asarray(opened, np.uint8), connectivity=8)
    for x, y, width, height, _ in stats[1:].tolist():
        if height <= widest and width >= 3 * height:
            middle = y + height / 2
            yield float(x), middle, float(x + width), middle


def _find_squares(ink: Picture, mm: float) -> Iterator[Line]:
    """White rectangles enclosed by ink, of the size of a box: to the middle of their walls."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.asarray(1 - ink, np.uint8), connectivity=4)
    listed = 0
    for x, y, width, height, area in stats[1:].tolist():
        fits = all(SIDE_MM[0] <= side * mm <= SIDE_MM[1] for side in (width, height))
        if fits and area > 0.85 * width * height and listed < MOST_SQUARES:
            listed += 1
            wall = _wall(ink, x, y, width, height)
            yield _to_mm((x - wall, y - wall, x + width + wall, y + height + wall), mm)


def _wall(ink: Picture, x: int, y: int, width: int, height: int) -> float:
    """Half the thickness of the thinnest wall around a rectangle, in pixels."""
    row, column = ink[y + height // 2], ink[:, x + width // 2]
    sides = (row[:x][::-1], row[x + width :], column[:y][::-1], column[y + height :])
    thick = [int(np.argmin(side)) if len(side) and not side.all() else len(side) for side in sides]
    return min(max(one, 1) for one in thick) / 2


def _to_mm(line: tuple[float, float, float, float], mm: float) -> Line:
    x0, y0, x1, y1 = (round(value * mm, 2) for value in line)
    return x0, y0, x1, y1
