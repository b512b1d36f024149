"""Read the bubbles beside the boxes: the clerk blackens, under each box, the circle with the box's digit.

A second reader on the same paper, by another hand movement. It errs in its own way (forgotten, one row off), so it is
kept apart from the digits and only compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

from ocr.bubble_marks import NONE, mark_column, weigh_column
from ocr.plane import Grey, Homography, Points, flatten
from ocr.snap_boxes import Floats, darkness

if TYPE_CHECKING:
    from ocr.layout import Box
    from ocr.register import Registration

PX_PER_MM = 3.0
INNER_SHARE = 0.36
"""Radius of the disc that is measured, as a share of the bubble's diameter: inside the printed ring."""


@dataclass(frozen=True)
class BubbleReading:
    """One field's bubbles. `marks`: a digit a column, "_" for none blackened, "?" for unclear or several.

    `fills` (columns, 10) is how much darker each bubble is than the median of its column, 0..1. `kinds`: a word a
    column, see `ocr.bubble_marks.mark_column`. `likelihood` (columns, 10): how well it all goes with each digit.
    """

    marks: str
    kinds: tuple[str, ...]
    fills: Floats
    likelihood: Floats

    @property
    def text(self) -> str | None:
        """The marks, or None when the clerk blackened nothing at all."""
        return None if set(self.marks) <= {NONE} else self.marks

    def contradicts(self, value: int) -> bool:
        """Does a clearly blackened bubble name another digit than the value? Faint and double ones never do."""
        digits = f"{value:0{len(self.marks)}d}"
        columns = zip(self.marks, self.kinds, digits, strict=True)
        return any(kind == "clear" and mark != digit for mark, kind, digit in columns)

    def carries(self, value: int, symbols: str) -> bool:
        """Is the value's digit clearly blackened wherever its box looks like another one? Unused places are noughts."""
        looks = symbols.replace("X", "0").replace("-", "0").replace("_", "0")
        digits = f"{value:0{len(self.marks)}d}"
        columns = zip(self.marks, self.kinds, digits, looks, strict=True)
        return all(kind == "clear" and mark == digit for mark, kind, digit, look in columns if look != digit)


def interpret(fills: Floats) -> BubbleReading:
    """What the fills (columns, 10) of a field's bubbles say."""
    marks = [mark_column(column) for column in fills]
    likelihood = np.array([weigh_column(column) for column in fills])
    return BubbleReading("".join(mark for mark, _ in marks), tuple(kind for _, kind in marks), fills, likelihood)


def read_bubbles(grey: Grey, registration: Registration) -> dict[str, BubbleReading]:
    """The bubbles of every field that has them."""
    readings = {}
    for view in registration.fields:
        boxes = [box for box in view.field.boxes if box.bubbles]
        if len(boxes) == len(view.field.boxes):
            fills = np.array([_measure_column(grey, registration, box) for box in boxes])
            readings[view.field.name] = interpret(fills)
    return readings


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
