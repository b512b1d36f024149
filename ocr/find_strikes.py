"""Numbers struck out: a line drawn through the whole row of boxes crosses the white between them, digits seldom do.

A clerk who was wrong strikes the boxes through and writes the number anew beside or above them. The net reads many a
digit through the line, surely and wrongly; so the line itself is looked for.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.plane import flatten
from ocr.snap_boxes import darkness

if TYPE_CHECKING:
    from ocr.plane import Grey
    from ocr.snap_boxes import FieldView, Floats

PX_PER_MM = 2.5
STRUCK = 0.12
"""A darkness from which on a row is struck out. On drawn pages under the conditions *photo* all 209 struck rows had
0.19 and more, under *hard* 93 % of 203; of 694 other rows under both 99 % had less than 0.1."""

INSET_MM = 1.0
"""The white between two boxes begins so far from the centre line of the printed border."""

NARROWEST_MM = 1.5
"""Less white than this between two boxes says nothing."""

STEEP = 3
"""A line may rise by so many pixels from one column of pixels to the next: a zigzag does."""


def measure_strike(grey: Grey, view: FieldView) -> float:
    """How dark the darkest line across all the white between a field's boxes is at its faintest point, 0..1.

    0 for fields whose boxes have no white between them.
    """
    boxes = [box.rect for box in view.field.boxes]
    gaps = [(left[2] + INSET_MM, right[0] - INSET_MM) for left, right in pairwise(boxes)]
    if not gaps or min(end - start for start, end in gaps) < NARROWEST_MM:
        return 0.0
    top, bottom = boxes[0][1], boxes[0][3]
    area = (boxes[0][0], top, boxes[-1][2], bottom)
    dark = darkness(flatten(grey, view.homography, area, PX_PER_MM), PX_PER_MM)
    spans = [(round((start - area[0]) * PX_PER_MM), round((end - area[0]) * PX_PER_MM)) for start, end in gaps]
    return max(0.0, min(_cross(dark[:, start:end]) for start, end in spans))


def _cross(dark: Floats) -> float:
    """The darkness, at its faintest point, of the best path from the left edge to the right.

    Counted from the darkness of the strip at half its heights: blur smears the printed borders into the white evenly.
    """
    reach = np.ones((2 * STEEP + 1, 1), np.uint8)
    path = dark[:, :1]
    for column in range(1, dark.shape[1]):
        path = np.minimum(cv2.dilate(path, reach), dark[:, column : column + 1])
    return float(path.max() - np.median(dark.min(axis=1)))
