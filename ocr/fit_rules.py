"""Fit the view of a page to its printed rules: each says how far the paper lies off, at right angles to itself.

Robust least squares, coarse to fine. Rules that are not met say nothing; a wrong start is told by how few are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ocr.plane import Grey, Homography, scale_near
from ocr.rule_points import Floats, LinesMet, RulePoints, measure_lines, place_points

if TYPE_CHECKING:
    from ocr.layout import PageLayout, Rect

POINT_STEP_MM = 3.0
STAGES_MM = (4.0, 2.5, 1.5, 1.0, 0.8)
"""How far a line is looked for, round after round."""

MET_MM = 0.6
"""A rule is met where its line lies so near; curled paper is not nearer."""

BETWEEN_MM = 1.6
"""Beside a rule, this far off, no line is printed."""


@dataclass(frozen=True)
class RuleFit:
    """A page's view fitted to its rules.

    `met`: share of the visible points of rules where the line was met, the mean over the rules; `worst` the same of
    the tenth of the rules met least. `empty`: share of places beside rules where rightly no line was met. `visible`:
    share of all points that lie in the picture. `residual_mm`: median distance of the lines met.
    """

    homography: Homography
    met: float
    worst: float
    empty: float
    visible: float
    residual_mm: float


def fit_rules(grey: Grey, start: Homography, page: PageLayout) -> RuleFit:
    """Move the view `start` (page mm to pixels) onto the rules of the page, and say how well it fits."""
    points = place_points(page.rules, POINT_STEP_MM)
    homography = start
    for reach in STAGES_MM:
        seen = measure_lines(grey, homography, points, reach, _step(homography, page, reach))
        corrected = _correct(homography, points, seen, reach)
        if corrected is None:
            break
        homography = corrected
    return rate_fit(grey, homography, page)


def rate_fit(grey: Grey, homography: Homography, page: PageLayout) -> RuleFit:
    """How well a view fits the page's rules, unmoved."""
    points = place_points(page.rules, POINT_STEP_MM)
    seen = measure_lines(grey, homography, points, 1.2, 0.15)
    met = seen.met(MET_MM)
    shares = np.array(
        [met[points.rule == index][seen.inside[points.rule == index]].mean() for index in _shown(points, seen)]
    )
    if not len(shares):
        return RuleFit(homography, 0.0, 0.0, 0.0, 0.0, 9.9)
    return RuleFit(
        homography,
        float(shares.mean()),
        float(np.sort(shares)[: max(1, len(shares) // 10)].mean()),
        _share_empty(grey, homography, page.rules),
        float(seen.inside.mean()),
        float(np.median(np.abs(seen.offset[met]))) if met.any() else 9.9,
    )


def _shown(points: RulePoints, seen: LinesMet) -> list[int]:
    """Rules of which at least two points are in the picture."""
    return [index for index in range(int(points.rule.max()) + 1) if seen.inside[points.rule == index].sum() >= 2]


def _share_empty(grey: Grey, homography: Homography, rules: tuple[Rect, ...]) -> float:
    """The share of places beside rules that show no line, as they must: squared paper meets every rule."""
    free = _places_beside(rules)
    if not free:
        return 1.0
    points = place_points(free, 2 * POINT_STEP_MM)
    seen = measure_lines(grey, homography, points, 0.6, 0.15)
    return 1.0 - float(seen.met(0.3)[seen.inside].mean()) if seen.inside.any() else 0.0


@cache
def _places_beside(rules: tuple[Rect, ...]) -> tuple[Rect, ...]:
    """Lines beside the rules that no other rule runs along."""
    beside = []
    for x0, y0, x1, y1 in rules:
        dx, dy = (BETWEEN_MM, 0.0) if x0 == x1 else (0.0, BETWEEN_MM)
        beside += [(x0 + dx, y0 + dy, x1 + dx, y1 + dy), (x0 - dx, y0 - dy, x1 - dx, y1 - dy)]
    return tuple(one for one in beside if not any(_crowds(one, rule) for rule in rules))


def _crowds(one: Rect, rule: Rect) -> bool:
    """Does a parallel rule run within a millimetre and a half of this line?"""
    upright = one[0] == one[2]
    if upright != (rule[0] == rule[2]):
        return False
    away = abs(one[0] - rule[0]) if upright else abs(one[1] - rule[1])
    low, high = (one[1], one[3]) if upright else (one[0], one[2])
    first, last = (rule[1], rule[3]) if upright else (rule[0], rule[2])
    return away < BETWEEN_MM - 0.1 and first < high and low < last


def _step(homography: Homography, page: PageLayout, reach: float) -> float:
    """About a pixel, between a tenth and two fifths of a millimetre."""
    width, height = page.size_mm
    pixel = 1.0 / max(scale_near(homography, np.array([width / 2, height / 2])), 1e-6)
    return float(np.clip(0.7 * pixel, 0.1, min(0.4, reach / 6)))


def _correct(homography: Homography, points: RulePoints, seen: LinesMet, reach: float) -> Homography | None:
    """One robust step: the eight parameters of a small homography on the page that moves the rules onto the lines."""
    usable = seen.inside & (seen.contrast > 0.04)
    if usable.sum() < 24:
        return None
    place, across = points.place[usable], points.across[usable]
    offset, contrast = seen.offset[usable], seen.contrast[usable]
    middle, size = place.mean(axis=0), np.maximum(np.ptp(place, axis=0) / 2, 1.0)
    design = _design((place - middle) / size, across)
    solved, width = np.zeros(8), reach
    for _ in range(8):
        away = (offset - design @ solved) / width
        weight = np.minimum(contrast, 0.4) * np.where(np.abs(away) < 1.0, (1.0 - away**2) ** 2, 0.0)
        normal = design.T @ (weight[:, None] * design) + np.diag([1e-6] * 6 + [0.02 * weight.sum() + 1e-6] * 2)
        solved = np.linalg.solve(normal, design.T @ (weight * offset))
        width = max(0.35 * reach, width * 0.85, 0.5)
    return _apply(homography, solved, middle, size)


def _design(place: Floats, across: Floats) -> Floats:
    """(N, 8): how far each parameter moves each point along `across`."""
    x, y = place[:, 0], place[:, 1]
    nothing, one = np.zeros_like(x), np.ones_like(x)
    right = np.stack([x, y, one, nothing, nothing, nothing, -x * x, -x * y], axis=1)
    down = np.stack([nothing, nothing, nothing, x, y, one, -x * y, -y * y], axis=1)
    return across[:, :1] * right + across[:, 1:] * down


def _apply(homography: Homography, solved: Floats, middle: Floats, size: Floats) -> Homography | None:
    """The view after the correction; None if that turned the page over."""
    a, b, c, d, e, f, g, h = solved
    # The parameters are millimetres at the frame's edge; divided by its half size they are shares of it.
    moved = np.array(
        [
            [1 + a / size[0], b / size[0], c / size[0]],
            [d / size[1], 1 + e / size[1], f / size[1]],
            [g / size.mean(), h / size.mean(), 1.0],
        ]
    )
    into = np.array([[1 / size[0], 0, -middle[0] / size[0]], [0, 1 / size[1], -middle[1] / size[1]], [0, 0, 1]])
    result = homography @ np.linalg.inv(into) @ moved @ into
    if not np.all(np.isfinite(result)) or abs(result[2, 2]) < 1e-12 or np.linalg.det(moved) < 0.2:
        return None
    return np.asarray(result / result[2, 2], dtype=np.float64)
