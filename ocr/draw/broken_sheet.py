"""A drawn page that something happens to: covered, folded, cut up, and a note of what can still be seen of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.layout import PageLayout, Rect

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]

SHEET_PX_PER_MM = 3.0
HIDDEN_SHARE = 0.6
"""A box of which so much cannot be seen shows no digit."""

_MASK_PX_PER_MM = 1.0


@dataclass(frozen=True)
class Sheet:
    """A page as it lies there.

    `picture` is BGR with `SHEET_PX_PER_MM` pixels a millimetre, `hidden` (one pixel a millimetre) tells where the page
    as drawn cannot be seen any more, `values` what each field shows (None: no number).
    """

    layout: PageLayout
    picture: Picture
    hidden: Mask
    values: Mapping[str, int | None]

    def open_fields(self, unseen: Mask | None = None) -> frozenset[str]:
        """The fields with a box that cannot be seen; `unseen` is hidden besides (outside the photograph)."""
        hidden = self.hidden if unseen is None else self.hidden | unseen
        return frozenset(
            field.name
            for field in self.layout.fields
            if any(_inside(hidden, box.rect).mean() >= HIDDEN_SHARE for box in field.boxes)
        )


def lay_sheet(layout: PageLayout, picture: Picture, values: Mapping[str, int | None]) -> Sheet:
    """An unharmed page, drawn with `SHEET_PX_PER_MM`."""
    width, height = layout.size_mm
    hidden = np.zeros((round(height * _MASK_PX_PER_MM), round(width * _MASK_PX_PER_MM)), np.bool_)
    return Sheet(layout, picture, hidden, values)


def cover(sheet: Sheet, polygon: NDArray[np.float64], colour: tuple[float, float, float], *, soft_mm: float) -> Sheet:
    """Something flat lies on the page: a polygon (N, 2) in mm, its edge `soft_mm` wide."""
    return paste(sheet, np.full_like(sheet.picture, 0) + np.array(colour, np.uint8), polygon, soft_mm=soft_mm)


def paste(sheet: Sheet, other: Picture, polygon: NDArray[np.float64], *, soft_mm: float = 0.3) -> Sheet:
    """`other` (as large as the page) is seen within the polygon (mm) instead of the page."""
    inside = np.zeros(sheet.picture.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.rint(polygon * SHEET_PX_PER_MM).astype(np.int32)], 255)
    soft = cv2.GaussianBlur(inside, (0, 0), max(0.5, soft_mm * SHEET_PX_PER_MM))
    share = (soft.astype(np.float32) / 255)[:, :, None]
    picture = sheet.picture * (1 - share) + other * share
    covered = cv2.resize(inside, sheet.hidden.shape[::-1], interpolation=cv2.INTER_AREA) > 127
    return replace(sheet, picture=picture.astype(np.uint8), hidden=sheet.hidden | covered)


def corners_polygon(rect: Rect) -> NDArray[np.float64]:
    """A rectangle in mm as polygon."""
    left, top, right, bottom = rect
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def bend(sheet: Sheet, right_mm: NDArray[np.float32], down_mm: NDArray[np.float32]) -> Sheet:
    """The paper moved: at each place (coarse grids of any size, in mm) shows what lay so far to the right and below."""
    height, width = sheet.picture.shape[:2]
    across, along = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    across += cv2.resize(right_mm, (width, height), interpolation=cv2.INTER_CUBIC) * SHEET_PX_PER_MM
    along += cv2.resize(down_mm, (width, height), interpolation=cv2.INTER_CUBIC) * SHEET_PX_PER_MM
    moved = cv2.remap(sheet.picture, across, along, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return replace(sheet, picture=np.asarray(moved, dtype=np.uint8))


def cut_strip(sheet: Sheet, top_mm: float, height_mm: float) -> Sheet:
    """A strip across is gone, pleated away or lost by a scanner: what is below moves up, and the page is shorter."""
    first, last = (round(edge * SHEET_PX_PER_MM) for edge in (top_mm, top_mm + height_mm))
    hidden = sheet.hidden.copy()
    hidden[round(top_mm) : round(top_mm + height_mm)] = True
    return replace(sheet, picture=np.concatenate([sheet.picture[:first], sheet.picture[last:]]), hidden=hidden)


def repeat_strip(sheet: Sheet, top_mm: float, height_mm: float) -> Sheet:
    """A strip across stands there twice, as a panorama or a scanner may have it."""
    first, last = (round(edge * SHEET_PX_PER_MM) for edge in (top_mm, top_mm + height_mm))
    picture = np.concatenate([sheet.picture[:last], sheet.picture[first:]])
    return replace(sheet, picture=picture)


def shift_inside(sheet: Sheet, area: Rect, right_mm: float, down_mm: float) -> Sheet:
    """What is printed within `area` (mm) stands elsewhere, as on another edition of the form."""
    left, top, right, bottom = (round(edge * SHEET_PX_PER_MM) for edge in area)
    inner = sheet.picture[top:bottom, left:right]
    matrix = np.array([[1, 0, right_mm * SHEET_PX_PER_MM], [0, 1, down_mm * SHEET_PX_PER_MM]], np.float32)
    picture = sheet.picture.copy()
    picture[top:bottom, left:right] = cv2.warpAffine(inner, matrix, inner.shape[1::-1], borderValue=(250, 250, 250))
    return replace(sheet, picture=picture)


def _inside(hidden: Mask, rect: Rect) -> Mask:
    left, top, right, bottom = (round(edge * _MASK_PX_PER_MM) for edge in rect)
    return hidden[top:bottom, left:right]
