"""Read the bubbles beside the boxes: the clerk blackens, under each box, the circle with the box's digit.

A second reader on the same paper, by another hand movement. It errs in its own way (forgotten, one row off), so it is
kept apart from the digits and only compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

from ocr.plane import Grey, Homography, Points, flatten
from ocr.snap_boxes import Floats, darkness

if TYPE_CHECKING:
    from ocr.layout import Box
    from ocr.register import Registration

PX_PER_MM = 3.0
INNER_SHARE = 0.36
"""Radius of the disc that is measured, as a share of the bubble's diameter: inside the printed ring."""

FILLED = 0.26
EMPTY = 0.13
NONE, UNCLEAR = "_", "?"


@dataclass(frozen=True)
class BubbleReading:
    """One field's bubbles. `marks`: a digit a column, "_" for none blackened, "?" for unclear or several.

    `fills` (columns, 10) is how much darker each bubble is than the median of its column, 0..1.
    """

    marks: str
    fills: Floats

    @property
    def kinds(self) -> tuple[str, ...]:
        """A word a column."""
        return tuple("none" if mark == NONE else "unclear" if mark == UNCLEAR else "clear" for mark in self.marks)

    @property
    def likelihood(self) -> Floats:
        """(columns, 10): how well the marks go with each digit meant."""
        table = np.ones((len(self.marks), 10))
        for place, mark in enumerate(self.marks):
            if mark.isdigit():
                table[place] = 0.04 / 9
                table[place, int(mark)] = 0.86
        return table

    @property
    def text(self) -> str | None:
        """The marks, or None when the clerk blackened nothing at all."""
        return None if set(self.marks) <= {NONE} else self.marks


def read_bubbles(grey: Grey, registration: Registration) -> dict[str, BubbleReading]:
    """The bubbles of every field that has them."""
    readings = {}
    for view in registration.fields:
        boxes = [box for box in view.field.boxes if box.bubbles]
        if len(boxes) == len(view.field.boxes):
            fills = np.array([_measure_column(grey, registration, box) for box in boxes])
            readings[view.field.name] = BubbleReading("".join(map(mark_column, fills)), fills)
    return readings


def mark_column(fills: Floats) -> str:
    """What one column of ten says: a digit, none, or unclear."""
    order = np.argsort(-fills)
    first, second = fills[order[0]], fills[order[1]]
    if first < EMPTY:
        return NONE
    if first >= FILLED and second < max(EMPTY, 0.45 * first):
        return str(order[0])
    return UNCLEAR


def _measure_column(grey: Grey, registration: Registration, box: Box) -> Floats:
    """The darkness of each bubble of one column above the column's median, in the order of their values."""
    centres = np.array([bubble.centre for bubble in sorted(box.bubbles, key=lambda bubble: bubble.value)])
    diameter = box.bubbles[0].diameter_mm
    reach = diameter
    area = (*(centres.min(axis=0) - reach), *(centres.max(axis=0) + reach))
    flat = flatten(
        grey, _column_view(registration, centres), cast("tuple[float, float, float, float]", area), PX_PER_MM
    )
    disc = _disc(diameter * INNER_SHARE * PX_PER_MM)
    means = cv2.filter2D(darkness(flat, PX_PER_MM), -1, disc, borderType=cv2.BORDER_REPLICATE)
    pixels = np.rint((centres - area[:2]) * PX_PER_MM - 0.5).astype(int)
    dark = means[pixels[:, 1], pixels[:, 0]]
    return cast("Floats", np.maximum(dark - np.median(dark), 0.0))


def _disc(radius: float) -> Floats:
    """A round averaging kernel."""
    half = int(np.ceil(radius))
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    inside = (x**2 + y**2 <= radius**2).astype(np.float64)
    return np.asarray(inside / inside.sum(), dtype=np.float64)


def _column_view(registration: Registration, centres: Points) -> Homography:
    """The page's view, shifted along the column as the snapped fields above and below it were.

    At the markers the shift is nought by definition; between them and the fields it is interpolated.
    """
    heights, shifts = _known_shifts(registration)
    ends = np.array([centres[:, 1].min(), centres[:, 1].max()])
    dx, dy = (np.interp(ends, heights, shifts[:, axis]) for axis in (0, 1))
    slope_x, slope_y = (dx[1] - dx[0]) / (ends[1] - ends[0]), (dy[1] - dy[0]) / (ends[1] - ends[0])
    bend = np.array(
        [[1.0, slope_x, dx[0] - slope_x * ends[0]], [0.0, 1.0 + slope_y, dy[0] - slope_y * ends[0]], [0.0, 0.0, 1.0]]
    )
    return np.asarray(registration.homography @ bend)


def _known_shifts(registration: Registration) -> tuple[Floats, Points]:
    """Heights on the page (mm, rising) and the shift (mm) found there: markers 0, fields as snapped."""
    rows = [(y, 0.0, 0.0) for _, y in registration.page.markers.values()]
    for view in registration.fields:
        if view.found:
            middle = float(np.mean([(box.rect[1] + box.rect[3]) / 2 for box in view.field.boxes]))
            rows.append((middle, float(view.shift_mm[0]), float(view.shift_mm[1])))
    table = np.array(sorted(set(rows)))
    return cast("Floats", table[:, 0]), cast("Points", table[:, 1:])
