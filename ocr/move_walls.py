"""Upright walls of a table's cells that stand elsewhere than the form has them: each is moved on its own.

A scanner's feed slips and a column comes out narrower, or its paper was folded; no affine view of the field says so,
and a wall inside a cell looks like a stroke. A wall is moved only where none stands at its place and one does nearby,
straight and along the whole of the cell: strokes of figures rarely are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ocr.plane import flatten
from ocr.snap_boxes import darkness, field_area

if TYPE_CHECKING:
    from ocr.layout import Box, Field
    from ocr.plane import Grey, Homography
    from ocr.snap_boxes import Floats

REACH = 0.35
"""How far from its place a wall is looked for, in widths of a cell."""

STANDS, MISSING = 0.8, 0.5
"""A wall stands where so much of its height is dark, and is missing where less than this is."""

DARK = 0.25
"""Ink, as a share of the paper's brightness: watermarks are lighter."""

LINE_MM = 0.5
"""A scanned line leans and steps: dark within so much of its middle counts."""

BEYOND_MM = 0.6
"""How much of a cell is left out at its top and bottom, where the level walls are."""

PX_PER_MM = 8.0


def move_walls(grey: Grey, homography: Homography, field: Field) -> Field:
    """The field with its boxes' upright walls where they stand in the photograph, in mm on the page as seen.

    Walls that cannot be told stay where the form has them.
    """
    left, top, right, bottom = field_area(field.boxes, 0.0)
    reach = REACH * float(np.mean([box.rect[2] - box.rect[0] for box in field.boxes]))
    flat = flatten(grey, homography, (left - reach, top + BEYOND_MM, right + reach, bottom - BEYOND_MM), PX_PER_MM)
    filled = _fill(darkness(flat, PX_PER_MM))
    places = sorted({edge for box in field.boxes for edge in (box.rect[0], box.rect[2])})
    moved = {place: place + _move_of(filled, (place - left + reach) * PX_PER_MM, reach * PX_PER_MM) for place in places}
    if all(place == at for place, at in moved.items()):
        return field
    return replace(field, boxes=tuple(_between(box, moved) for box in field.boxes))


def _fill(dark: Floats) -> Floats:
    """For each column of pixels the share of its height that is dark there or just beside it."""
    near = max(1, round(LINE_MM * PX_PER_MM))
    padded = np.pad(dark >= DARK, ((0, 0), (near, near)))
    beside = np.lib.stride_tricks.sliding_window_view(padded, 2 * near + 1, axis=1).any(axis=2)
    return np.asarray(beside.mean(axis=0), dtype=np.float64)


def _move_of(filled: Floats, at: float, reach: float) -> float:
    """How far (mm) the wall expected in column `at` stands from there; 0 where it is there or nowhere."""
    columns = np.arange(len(filled))
    away = np.abs(columns - at)
    expected = away <= 0.5 * LINE_MM * PX_PER_MM
    standing = (away <= reach) & (filled >= STANDS)
    if filled[expected].max(initial=0.0) >= MISSING or not standing.any():
        return 0.0
    nearest = columns[standing][np.argmin(away[standing])]
    run = columns[standing & (np.abs(columns - nearest) <= 3 * LINE_MM * PX_PER_MM)]
    return float(run.mean() - at) / PX_PER_MM


def _between(box: Box, moved: dict[float, float]) -> Box:
    """The box between its walls as they stand."""
    left, top, right, bottom = box.rect
    return replace(box, rect=(moved[left], top, moved[right], bottom))
