"""Cut a page's boxes anew from its photograph and a reading that was stored: no searching, no reading.

The reading says where each field lies; four corners are a whole view of it, the snapped one that it was read with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ocr.cut_boxes import cut_rect
from ocr.decode import decode_grey
from ocr.layout import load_layout
from ocr.plane import Grey, corners_of, fit_homography, project
from ocr.read import turn_upright

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ocr.layout import Field
    from ocr.reading import Quad


class OtherLayoutError(ValueError):
    """The layout is not the one that the reading was made with; its boxes may lie elsewhere."""

    code = "layout_changed"


@dataclass(frozen=True)
class Placed:
    """Where the fields of a page lie, as `PhotoReading` says it: the same names, the same units."""

    layout_key: str
    layout_sha256: str
    page: int
    rotation_quarter_turns: int
    field_rects: Mapping[str, Quad]


def cut_again(data: bytes, placed: Placed) -> dict[str, Grey]:
    """The boxes of each placed field that the layout knows, uint8 (boxes, 64, 64).

    Raises `Refused` for a file that cannot be decoded any more, OtherLayoutError.
    """
    layout = load_layout(placed.layout_key)
    if layout.sha256 != placed.layout_sha256:
        raise OtherLayoutError(f"layout {placed.layout_key} is {layout.sha256}, was {placed.layout_sha256}")
    picture = decode_grey(data)
    height, width = picture.pixels.shape[:2]
    back = np.linalg.inv(turn_upright((width, height), placed.rotation_quarter_turns, picture.shrink))
    fields = [field for field in layout.pages[placed.page].fields if field.name in placed.field_rects]
    cut = {field.name: _cut_field(picture.pixels, field, placed.field_rects[field.name], back) for field in fields}
    return {name: boxes for name, boxes in cut.items() if boxes is not None}


def _cut_field(grey: Grey, field: Field, quad: Quad, back: np.ndarray) -> Grey | None:
    """One field's boxes; None where the corners span nothing."""
    corners = np.array([corners_of(box.rect) for box in field.boxes]).reshape(-1, 2)
    view = fit_homography(corners_of((*corners.min(axis=0), *corners.max(axis=0))), project(back, np.array(quad)))
    if view is None:
        return None
    return np.stack([cut_rect(grey, view, box.rect) for box in field.boxes])
