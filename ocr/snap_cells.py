"""Snap the cells of a table to their printed walls: the page's view is nearly right, paper curls by the rest.

Cells share walls and are small, so nothing is searched for: a small affine correction is fitted to the walls of the
field. Robust, as digits cross the walls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from ocr.move_walls import move_walls
from ocr.plane import Grey, Homography, Points, project
from ocr.rule_points import Floats, LinesMet, RulePoints, measure_lines, place_points
from ocr.snap_boxes import FieldView

if TYPE_CHECKING:
    from ocr.layout import Box, Field, Rect

REACH_SHARE = 0.17
"""How far a wall is looked for, in widths of a cell."""

MET_SHARE = 0.07
"""How near a wall counts as met."""

POINTS_PER_WALL = 12
STEP_SHARE = 0.012


def snap_cells(grey: Grey, homography: Homography, field: Field) -> FieldView:
    """The field's view, moved onto its printed walls; boxes whose upright walls stand elsewhere end there."""
    width = float(np.mean([box.rect[2] - box.rect[0] for box in field.boxes]))
    points = _points_of(field, width)
    middle = points.place.mean(axis=0)
    view, total = homography, np.eye(3)
    for share in (1.0, 0.6):
        seen = measure_lines(grey, view, points, REACH_SHARE * width * share, STEP_SHARE * width)
        correction = _fit_affine(points, seen, middle, 1.5 * width)
        view, total = view @ correction, total @ correction
    moved = move_walls(grey, view, field)
    points = _points_of(moved, width)
    seen = measure_lines(grey, view, points, REACH_SHARE * width, STEP_SHARE * width)
    met = seen.met(MET_SHARE * width)
    owner = points.rule // 4
    return FieldView(
        field=moved,
        homography=np.asarray(view),
        border_shares=tuple(_share_met(met[owner == index]) for index in range(len(field.boxes))),
        shift_mm=cast("Points", project(total, middle)[0] - middle),
        residual_mm=float(np.median(np.abs(seen.offset))),
        line_contrast=float(np.median(seen.contrast)),
    )


def _points_of(field: Field, width: float) -> RulePoints:
    """Points along all walls of the field's boxes."""
    return place_points(tuple(wall for box in field.boxes for wall in walls_of(box)), width / POINTS_PER_WALL)


def _share_met(met: NDArray[np.bool_]) -> float:
    """The share of a cell's walls that was met. Old scans have dashed walls, so half of them count as all.

    Nothing is lost by it: the page's rules have been met before, and where a thumb lies none of them is.
    """
    return min(1.0, 2.0 * float(met.mean()))


def walls_of(box: Box) -> tuple[Rect, Rect, Rect, Rect]:
    """The four walls of a cell as rules."""
    left, top, right, bottom = box.rect
    return (
        (left, top, left, bottom),
        (right, top, right, bottom),
        (left, top, right, top),
        (left, bottom, right, bottom),
    )


def _fit_affine(points: RulePoints, seen: LinesMet, middle: Floats, size: float) -> Homography:
    """The affine correction on the page (mm) that moves the walls onto the lines met; held towards nought."""
    place = (points.place - middle) / size
    solved = np.zeros((2, 3))
    for axis in (0, 1):
        chosen = points.across[:, axis] > 0.5
        design = np.column_stack([np.ones(int(chosen.sum())), place[chosen]])
        solved[axis] = _fit_robust(design, seen.offset[chosen], np.minimum(seen.contrast[chosen], 0.4))
    correction = np.eye(3)
    correction[:2, :2] += solved[:, 1:] / size
    correction[:2, 2] = solved[:, 0] - (solved[:, 1:] / size) @ middle
    return correction


def _fit_robust(design: Floats, target: Floats, trust: Floats) -> Floats:
    """Weighted least squares, reweighted with Tukey's biweight."""
    prior = np.diag([0.2, 1.0, 1.0])
    solved: Floats = np.zeros(3)
    width = float(np.abs(target).max() + 1e-6)
    for _ in range(6):
        away = (target - design @ solved) / width
        weight = trust * np.where(np.abs(away) < 1.0, (1.0 - away**2) ** 2, 0.0)
        normal = design.T @ (weight[:, None] * design) + prior
        solved = np.asarray(np.linalg.solve(normal, design.T @ (weight * target)))
        width = max(0.3, width * 0.75)
    return solved
