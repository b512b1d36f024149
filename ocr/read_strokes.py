"""Count tally strokes (turus): an experiment shown to people, which counts for nothing.

Upright strokes stand in squares, a fifth lies across, squares fill from left to right. That order is what the count is
checked by: every square before the last holds five, or a tangle that may be five, or else the total is left open. Errs
towards saying nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.plane import flatten

if TYPE_CHECKING:
    from ocr.layout_parts import StrokeGrid
    from ocr.plane import Grey, Homography

FIVE = 5
PX_PER_MM = 5.0
EDGE_MM = 0.8
"""The printed frame of the grid, and what a page not quite flat shows of it."""

FRAME_MM = 1.0
"""What is left of the frame beside that edge is no wider."""

PAPER_MM = 9.0
LEAST_INK = 0.22
"""Darker than the paper around by this share of it at least; the pale rules of the grid are just below."""

DARKEST = 99.97
"""The percentile that stands for ink: one stroke covers 0.05 % of a grid."""

LEAST_TALL = 0.25
MOST_TALL = 1.3
MOST_WIDE = 1.25
"""Of a square: what is lower is a speck, what is taller or wider was struck through empty squares."""

LEVEL = 1.5
"""Wider than tall by this, one line or the corner of two is no stroke."""

TANGLE = 0.3
"""Of a square's width: what is so wide and is no group of five that can be seen through is not clear."""

STEADY = 0.2
"""A number of strokes side by side counts when so many of a group's levels show it."""

Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Strokes:
    """`rows`: strokes a row, from the top, or None where a square is not clear; `fives`: groups of five in all.

    `total` is None when the last square used is unclear, one before it holds clearly less than five, or there is no ink
    at all: an empty grid may as well not have been filled in.
    """

    rows: tuple[int | None, ...]
    fives: int
    total: int | None


def read_strokes(grey: Grey, homography: Homography, grid: StrokeGrid) -> Strokes:
    """Count in the photograph `grey`; `homography` leads from page mm to its pixels."""
    return count_strokes(flatten(grey, homography, grid.rect, PX_PER_MM), grid.rows, grid.columns)


def count_strokes(flat: Grey, rows: int, columns: int) -> Strokes:
    """Count in a grid seen from straight above, `PX_PER_MM` fine."""
    squares = _fill_up(_count_squares(_find_ink(flat), rows, columns))
    by_row = [squares[start : start + columns] for start in range(0, len(squares), columns)]
    return Strokes(
        rows=tuple(None if None in row else sum(one or 0 for one in row) for row in by_row),
        fives=squares.count(FIVE),
        total=_add_up(squares),
    )


def _fill_up(squares: list[int | None]) -> list[int | None]:
    """A tangle with another used square after it holds five: nobody begins a square before the last one is full."""
    used = [at for at, one in enumerate(squares) if one != 0]
    last = used[-1] if used else 0
    return [FIVE if one is None and at < last else one for at, one in enumerate(squares)]


def _add_up(squares: list[int | None]) -> int | None:
    """All strokes; None unless five stand in every square before the last one used."""
    known = [one for one in squares if one is not None]
    if len(known) < len(squares) or not any(known):
        return None
    orderly = all(here == FIVE or not after for here, after in pairwise(known))
    return sum(known) if orderly else None


def _find_ink(flat: Grey) -> Mask:
    """What is clearly darker than the paper around it, halfway to the darkest ink; the grid's frame left out."""
    reach = round(PAPER_MM * PX_PER_MM) | 1
    paper = cv2.GaussianBlur(cv2.dilate(cv2.medianBlur(flat, 3), np.ones((reach, reach), np.uint8)), (0, 0), reach / 4)
    dark = 1.0 - flat.astype(np.float64) / np.maximum(paper.astype(np.float64), 1.0)
    edge = round(EDGE_MM * PX_PER_MM)
    inner = np.zeros_like(dark)
    inner[edge:-edge, edge:-edge] = dark[edge:-edge, edge:-edge]
    return np.asarray(inner > max(LEAST_INK, 0.36 * float(np.percentile(inner, DARKEST))))


def _count_squares(ink: Mask, rows: int, columns: int) -> list[int | None]:
    """Strokes in each square, row by row; None where they make no number from 0 to 5."""
    height, width = ink.shape[0] / rows, ink.shape[1] / columns
    counts: list[int | None] = [0] * (rows * columns)
    edge = round(EDGE_MM * PX_PER_MM)
    labels, marks, boxes, centres = _label(ink)
    for label in range(1, labels):
        left, top, wide, tall, _ = (int(value) for value in boxes[label])
        if not LEAST_TALL * height <= tall <= MOST_TALL * height or wide > MOST_WIDE * width:
            continue
        if wide <= FRAME_MM * PX_PER_MM and not edge < left < ink.shape[1] - edge - wide:
            continue
        column, row = int(centres[label][0] // width), int(centres[label][1] // height)
        strokes = _count_group(marks[top : top + tall, left : left + wide] == label, TANGLE * width)
        place = min(row, rows - 1) * columns + min(column, columns - 1)
        counts[place] = _add(counts[place], strokes)
    return counts


def _label(ink: Mask) -> tuple[int, NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Connected patches: how many (the paper is the first), which pixel is whose, their boxes, their centres."""
    count, marks, boxes, centres = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    return int(count), np.asarray(marks, np.int32), np.asarray(boxes, np.int32), np.asarray(centres, np.float64)


def _add(before: int | None, more: int | None) -> int | None:
    together = None if before is None or more is None else before + more
    return together if together is not None and together <= FIVE else None


def _count_group(patch: Mask, tangle: float) -> int | None:
    """Strokes in one patch of ink: four side by side that hang together are five, the fifth joins them.

    A patch that lies level is a piece of a line through empty squares: none. One wider than `tangle` (pixels) is not
    clear, nor are three that hang together.
    """
    tall, wide = patch.shape
    inner = patch[round(tall * 0.1) : max(round(tall * 0.9), 1)].astype(np.int8)
    starts = np.diff(inner, axis=1, prepend=0) == 1
    levels = np.sort(starts.sum(axis=1))[::-1]
    side_by_side = int(levels[int(STEADY * len(levels))])
    if side_by_side >= FIVE - 1:
        return FIVE
    if side_by_side <= 2 and wide > LEVEL * tall:
        return 0
    return side_by_side if side_by_side <= 2 and wide <= tangle else None
