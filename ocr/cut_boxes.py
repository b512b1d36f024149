"""Cut the pictures that the classifier reads: one printed box each, snapped, flattened, 64 x 64."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ocr.classify import BOX_SIZE
from ocr.plane import Grey, Homography, corners_of, flatten, project
from ocr.snap_boxes import field_area

if TYPE_CHECKING:
    from ocr.layout import Rect
    from ocr.plane import Points
    from ocr.snap_boxes import FieldView

BORDER_PX = 6.0
"""The centre line of the printed border lies this far from each edge of the picture."""


FLATTEST, TALLEST = 0.72, 1.3
"""Heights of a box by its width that the classifier has learnt; beyond them a cell is stretched upright to fit."""


def cut_boxes(grey: Grey, view: FieldView) -> Grey:
    """The field's boxes from left to right, uint8 (N, 64, 64)."""
    return np.stack([cut_rect(grey, view.homography, box.rect) for box in view.field.boxes])


def cut_rect(grey: Grey, homography: Homography, rect: Rect) -> Grey:
    """One box or cell of a table, uint8 (64, 64): as wide as every other, its middle in the middle."""
    left, top, right, bottom = rect
    inner = BOX_SIZE - 2 * BORDER_PX
    mm_per_px = (right - left) / inner
    stretch = float(
        np.clip(1.0, (bottom - top) / (TALLEST * (right - left)), (bottom - top) / (FLATTEST * (right - left)))
    )
    middle, reach = (top + bottom) / 2 / stretch, BOX_SIZE / 2 * mm_per_px
    area = (left - BORDER_PX * mm_per_px, middle - reach, right + BORDER_PX * mm_per_px, middle + reach)
    return flatten(grey, homography @ np.diag([1.0, stretch, 1.0]), area, 1.0 / mm_per_px)


def field_quad(view: FieldView) -> Points:
    """TL, TR, BR, BL of the rectangle around all boxes of the field, in pixels of the photograph."""
    return project(view.homography, corners_of(field_area(view.field.boxes, 0.0)))
