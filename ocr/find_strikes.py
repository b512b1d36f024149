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
"""A darkness from which on a row is struck out. On drawn pages all 418 struck rows had 0.22 and more under *scan* and
*photo*, under *hard* 92 % of 200 had this; none of 1,855 other rows had 0.09 and more, nor had 34 rows of two crosses
whose arms cross the white on both sides (0.2 to 0.5 before the line had to go on into the last box)."""

INSET_MM = 1.0
"""The white between two boxes begins so far from the centre line of the printed border."""

INTO_BOX_MM, BELOW_TOP_MM = 1.5, 1.5
"""A line through the row goes on into the last box, past its border; the arm of a cross beside it ends in the white or
on the border. The printed top and bottom would lead any path through the box: nothing so near to them is looked at."""

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
    area = (boxes[0][0], boxes[0][1], boxes[-1][2], boxes[0][3])
    dark = darkness(flatten(grey, view.homography, area, PX_PER_MM), PX_PER_MM)
    dark = dark[round(BELOW_TOP_MM * PX_PER_MM) : -round(BELOW_TOP_MM * PX_PER_MM)]
    ends = [*(end for _, end in gaps[:-1]), boxes[-1][0] + INTO_BOX_MM]
    spans = [
        (round((start - area[0]) * PX_PER_MM), round((white - area[0]) * PX_PER_MM), round((end - area[0]) * PX_PER_MM))
        for (start, white), end in zip(gaps, ends, strict=True)
    ]
    return max(0.0, min(_cross(dark[:, start:end], white - start) for start, white, end in spans))


def _cross(dark: Floats, white: int) -> float:
    """The darkness, at its faintest point, of the best path from the left edge to the right.

    Counted from the darkness of the first `white` columns at half their heights: blur smears the printed borders into
    the white evenly.
    """
    reach = np.ones((2 * STEEP + 1, 1), np.uint8)
    path = dark[:, :1]
    for column in range(1, dark.shape[1]):
        path = np.minimum(cv2.dilate(path, reach), dark[:, column : column + 1])
    return float(path.max() - np.median(dark[:, :white].min(axis=1)))
