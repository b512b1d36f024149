"""Cut the pictures that the classifier reads: one printed box each, snapped, flattened, 64 x 64."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ocr.classify import BOX_SIZE
from ocr.plane import Grey, corners_of, flatten, project

if TYPE_CHECKING:
    from ocr.layout import Rect
    from ocr.plane import Points
    from ocr.snap_boxes import FieldView

BORDER_PX = 6.0
"""The centre line of the printed border lies this far from each edge of the picture."""


def cut_boxes(grey: Grey, view: FieldView) -> Grey:
    """The field's boxes from left to right, uint8 (N, 64, 64)."""
    inner = BOX_SIZE - 2 * BORDER_PX
    return np.stack([_cut(grey, view, box.rect, (box.rect[2] - box.rect[0]) / inner) for box in view.field.boxes])


def _cut(grey: Grey, view: FieldView, rect: Rect, mm_per_px: float) -> Grey:
    """One box with its border and the white around it."""
    left, top, right, bottom = rect
    margin = BORDER_PX * mm_per_px
    area = (left - margin, top - margin, right + margin, bottom + margin)
    return flatten(grey, view.homography, area, 1.0 / mm_per_px)


def field_rect(view: FieldView) -> Rect:
    """The rectangle around all boxes of the field (mm)."""
    rects = np.array([box.rect for box in view.field.boxes])
    return (
        float(rects[:, 0].min()),
        float(rects[:, 1].min()),
        float(rects[:, 2].max()),
        float(rects[:, 3].max()),
    )


def field_quad(view: FieldView) -> Points:
    """The same rectangle's TL, TR, BR, BL in pixels of the photograph."""
    return project(view.homography, corners_of(field_rect(view)))
