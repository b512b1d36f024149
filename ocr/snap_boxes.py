"""Snap each field's boxes to their printed squares.

Four corner markers say where a flat sheet's boxes are; paper hangs in curves, a few millimetres off. For each field
the printed frame is looked for around the expected place, then a small affine correction (millimetres on the page) is
fitted to hundreds of points on its border lines. The fit is robust: digits cross the borders, shadows lie over them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import field as set_field
from typing import TYPE_CHECKING, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.plane import Grey, Homography, Points, flatten, project, shift_page

if TYPE_CHECKING:
    from ocr.layout import Box, Field, Rect

SEARCH_MM = 7.5
PX_PER_MM = 4.0
EDGE_REACH_MM = 1.7
FLANK_MM = 2.6
POINTS_PER_EDGE = 14
MIN_LINE_CONTRAST = 0.08
FOUND_SHARE = 0.5
LIFT_AT_MM = 0.4
"""So near its middle a line is dark; from `LIFT_FROM_MM` on there is paper again."""

LIFT_FROM_MM = 1.9
LIFT_REACH_MM = 2.4
MAX_OFF_LINE_MM = 0.6

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class FieldView:
    """One field as seen: `homography` (page mm to photograph pixels) is right for its boxes only.

    `border_shares`: for each box, the share of border points where the printed line was met (of its worst edge, once
    `check_grid` has looked). `shift_mm` is how far the field lay from where the markers put it, `residual_mm` how well
    its border lines fit afterwards. `line_contrast` is how dark the printed lines are against the paper beside them
    (0..1): blur and fog lower it. `lifts` (boxes, 4 edges, points) is the same for each point, straight across the
    place where the line should be; empty where it was not measured. `needed` is the share that a box is found with.
    """

    field: Field
    homography: Homography
    border_shares: tuple[float, ...]
    shift_mm: Points
    residual_mm: float
    line_contrast: float
    lifts: Floats = set_field(default_factory=lambda: np.zeros((0, 4, 0)))
    needed: float = FOUND_SHARE

    @property
    def found(self) -> bool:
        """Were all printed squares there? A number with one box under a thumb is another number."""
        return all(share >= self.needed for share in self.border_shares)


@dataclass(frozen=True)
class _BorderPoints:
    """Border points: page position (N, 2); is the edge vertical; how far off a line was met, how dark; which box.

    `lift` is how much darker the expected place of the line is than both its sides.
    """

    place: Points
    vertical: NDArray[np.bool_]
    offset: Floats
    contrast: Floats
    lift: Floats
    box: NDArray[np.intp]


def snap_field(grey: Grey, homography: Homography, field: Field) -> FieldView:
    """Find the field's printed squares near where `homography` expects them."""
    coarse = _find_frame(grey, homography, field)
    near = snap_from(grey, shift_page(homography, coarse), field)
    return replace(near, shift_mm=near.shift_mm + coarse)


def snap_from(grey: Grey, view: Homography, field: Field) -> FieldView:
    """Fit the field's view to its border lines, which lie within `EDGE_REACH_MM` of where `view` expects them."""
    total = np.eye(3)
    points = _measure_border(grey, view, field)
    for _ in range(2):
        correction = _fit_correction(points)
        view, total = view @ correction, total @ correction
        points = _measure_border(grey, view, field)
    middle = points.place.mean(axis=0)
    shift = project(total, middle)[0] - middle
    return FieldView(
        field,
        view,
        _border_shares(points, len(field.boxes)),
        shift,
        _residual(points),
        float(np.median(points.contrast)),
        points.lift.reshape(len(field.boxes), 4, POINTS_PER_EDGE),
    )


def field_area(boxes: tuple[Box, ...], margin: float) -> Rect:
    """The rectangle around all boxes, in mm."""
    rects = np.array([box.rect for box in boxes])
    left, top = rects[:, :2].min(axis=0) - margin
    right, bottom = rects[:, 2:].max(axis=0) + margin
    return float(left), float(top), float(right), float(bottom)


def darkness(flat: Grey, px_per_mm: float) -> Floats:
    """0 for paper, towards 1 for ink, whatever the light: relative to the white around."""
    size = max(9, round(8.0 * px_per_mm) | 1)
    white = cv2.blur(cv2.dilate(flat, np.ones((size, size), np.uint8)), (size, size))
    return np.asarray(1.0 - flat.astype(np.float64) / np.maximum(white.astype(np.float64), 24.0))


def _find_frame(grey: Grey, homography: Homography, field: Field) -> Points:
    """The shift (mm) under which the printed frame's lines are darkest against both their sides."""
    boxes = field.boxes
    dark = darkness(flatten(grey, homography, field_area(boxes, FLANK_MM + SEARCH_MM), PX_PER_MM), PX_PER_MM)
    scores = cv2.matchTemplate(dark.astype(np.float32), frame_template(boxes, PX_PER_MM), cv2.TM_CCORR)
    reach = SEARCH_MM * PX_PER_MM
    rows, columns = np.indices(scores.shape)
    away = np.hypot(rows - reach, columns - reach) / reach
    best = int(np.argmax(scores * (1.0 - 0.12 * away)))
    row, column = divmod(best, scores.shape[1])
    return np.array([column - reach, row - reach]) / PX_PER_MM


def frame_template(boxes: tuple[Box, ...], px_per_mm: float) -> NDArray[np.float32]:
    """+1 on the border lines, a negative weight beside them, 0 elsewhere; sums to nought. Margin: `FLANK_MM`."""
    left, top, right, bottom = field_area(boxes, FLANK_MM)
    shape = (round((bottom - top) * px_per_mm), round((right - left) * px_per_mm))
    line, beside = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    for box in boxes:
        corners = (np.array(box.rect).reshape(2, 2) - (left, top)) * px_per_mm
        first, last = (tuple(round(float(value)) for value in corner) for corner in corners)
        thick = max(1, round(box.border_mm * px_per_mm))
        cv2.rectangle(beside, first, last, 1, thick + 2 * round(1.6 * px_per_mm))
        cv2.rectangle(beside, first, last, 0, thick + 2 * round(0.6 * px_per_mm))
        cv2.rectangle(line, first, last, 1, thick)
    weights = line / max(1, line.sum()) - (beside & (1 - line)) / max(1, (beside & (1 - line)).sum())
    return cast("NDArray[np.float32]", weights.astype(np.float32))


def _measure_border(grey: Grey, view: Homography, field: Field) -> _BorderPoints:
    """Walk along all edges and measure how far off the dark line is."""
    area = field_area(field.boxes, FLANK_MM)
    dark = darkness(flatten(grey, view, area, PX_PER_MM), PX_PER_MM).astype(np.float32)
    place, vertical, box = _edge_points(field.boxes)
    steps = np.arange(-LIFT_REACH_MM, LIFT_REACH_MM + 1e-9, 0.5 / PX_PER_MM)
    direction = np.where(vertical[:, None], [1.0, 0.0], [0.0, 1.0])
    samples = place[:, None, :] + direction[:, None, :] * steps[None, :, None]
    pixel = ((samples - area[:2]) * PX_PER_MM - 0.5).astype(np.float32)
    profiles = cv2.remap(dark, pixel[..., 0], pixel[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    near = np.abs(steps) <= EDGE_REACH_MM + 1e-9
    offset, contrast = _locate_lines(profiles[:, near].astype(np.float64), steps[near])
    return _BorderPoints(place, vertical, offset, contrast, _lift(profiles.astype(np.float64), steps), box)


def _lift(profiles: Floats, steps: Floats) -> Floats:
    """How much darker the middle of each profile is than the lighter of its sides: ink may touch the other one."""
    middle = profiles[:, np.abs(steps) <= LIFT_AT_MM].mean(axis=1)
    before, behind = (profiles[:, side].mean(axis=1) for side in (steps <= -LIFT_FROM_MM, steps >= LIFT_FROM_MM))
    return cast("Floats", middle - np.minimum(before, behind))


def _edge_points(boxes: tuple[Box, ...]) -> tuple[Points, NDArray[np.bool_], NDArray[np.intp]]:
    """Points along the four edges of every box, corners left out; is the edge vertical; which box."""
    along = np.linspace(0.08, 0.92, POINTS_PER_EDGE)
    places, verticals, owners = [], [], []
    for index, box in enumerate(boxes):
        left, top, right, bottom = box.rect
        xs, ys = left + along * (right - left), top + along * (bottom - top)
        places += [np.stack([np.full_like(ys, fixed), ys], axis=1) for fixed in (left, right)]
        places += [np.stack([xs, np.full_like(xs, fixed)], axis=1) for fixed in (top, bottom)]
        verticals += [np.repeat([True, True, False, False], POINTS_PER_EDGE)]
        owners += [np.full(4 * POINTS_PER_EDGE, index)]
    return np.concatenate(places), np.concatenate(verticals), np.concatenate(owners)


def _locate_lines(profiles: Floats, steps: Floats) -> tuple[Floats, Floats]:
    """For each profile the offset (mm) of its dark line by centroid around the peak, and the line's contrast.

    Where the line runs beside other ink (a digit touching it) the centroid is off; the robust fit must cope.
    """
    base = np.minimum(profiles[:, :4].mean(axis=1), profiles[:, -4:].mean(axis=1))
    lift = np.maximum(profiles - base[:, None], 0.0)
    peak = np.argmax(lift * (1.0 - 0.15 * np.abs(steps) / steps[-1]), axis=1)
    window = np.abs(np.arange(len(steps))[None, :] - peak[:, None]) <= round(0.8 * PX_PER_MM * 2)
    weight = np.where(window, lift, 0.0) ** 2
    total = weight.sum(axis=1)
    offset = (weight * steps).sum(axis=1) / np.maximum(total, 1e-9)
    return offset, lift[np.arange(len(peak)), peak]


def _fit_correction(points: _BorderPoints) -> Homography:
    """The affine correction on the page (mm) that moves the expected borders onto the lines met."""
    correction = np.eye(3)
    middle = points.place.mean(axis=0)
    for row, chosen in ((0, points.vertical), (1, ~points.vertical)):
        place = points.place[chosen] - middle
        design = np.column_stack([np.ones(len(place)), place / 30.0])
        solved = _fit_robust(design, points.offset[chosen], points.contrast[chosen])
        slope = solved[1:] / 30.0
        correction[row, :2] += slope
        correction[row, 2] += solved[0] - slope @ middle
    return correction


def _fit_robust(design: Floats, target: Floats, contrast: Floats) -> Floats:
    """Weighted least squares, reweighted with Tukey's biweight; slopes are held towards nought by a weak prior."""
    trust = np.clip(contrast / MIN_LINE_CONTRAST - 0.5, 0.0, 3.0)
    prior = np.diag([1e-3, 4.0, 4.0])
    solved, width = np.array([_weighted_median(target, trust), 0.0, 0.0]), 1.0
    for _ in range(6):
        away = (target - design @ solved) / width
        weight = trust * np.where(np.abs(away) < 1.0, (1.0 - away**2) ** 2, 0.0)
        solved = np.linalg.solve(design.T @ (weight[:, None] * design) + prior, design.T @ (weight * target))
        width = max(0.45, width * 0.8)
    return cast("Floats", solved)


def _weighted_median(values: Floats, weights: Floats) -> float:
    """The value that half of the weight lies below; 0 if there is no weight."""
    if weights.sum() <= 0:
        return 0.0
    order = np.argsort(values)
    reached = np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)
    return float(values[order][min(reached, len(values) - 1)])


def _border_shares(points: _BorderPoints, boxes: int) -> tuple[float, ...]:
    """For each box the share of its border points where a line was met within `MAX_OFF_LINE_MM`."""
    met = (np.abs(points.offset) < MAX_OFF_LINE_MM) & (points.contrast > MIN_LINE_CONTRAST)
    return tuple(float(met[points.box == index].mean()) for index in range(boxes))


def _residual(points: _BorderPoints) -> float:
    """Median distance of the lines met from the fitted border (mm)."""
    return float(np.median(np.abs(points.offset)))
