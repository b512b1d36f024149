"""Points along printed rules, and how far from each the dark line really lies in a photograph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.plane import Grey, Homography, Points, project

if TYPE_CHECKING:
    from ocr.layout import Rect

Floats: TypeAlias = NDArray[np.float64]

MIN_CONTRAST = 0.06
"""A line is at least so much darker than the paper at both its sides, as a share of the paper's brightness."""

SMEAR_MM = 0.7
"""Profiles are averaged over three places so far apart along the line: ink that crosses weighs less, dashes close."""


@dataclass(frozen=True)
class RulePoints:
    """Points on rules: `place` (N, 2) in mm, `across` (N, 2) the unit vector at right angles, `rule` (N,) whose."""

    place: Points
    across: Points
    rule: NDArray[np.intp]

    def some(self, chosen: NDArray[np.bool_]) -> RulePoints:
        """Those points only."""
        return RulePoints(self.place[chosen], self.across[chosen], self.rule[chosen])


@dataclass(frozen=True)
class LinesMet:
    """For each point the offset (mm, along `across`) of the dark line there and its contrast 0..1.

    `inside`: whether the point lies in the picture.
    """

    offset: Floats
    contrast: Floats
    inside: NDArray[np.bool_]

    def met(self, within_mm: float) -> NDArray[np.bool_]:
        """Where a line was met that near."""
        return self.inside & (np.abs(self.offset) <= within_mm) & (self.contrast >= MIN_CONTRAST)


@lru_cache(maxsize=1024)
def place_points(rules: tuple[Rect, ...], step_mm: float) -> RulePoints:
    """Points every `step_mm` along the rules, their ends left out: corners pull sideways. Kept; change nothing.

    Only the latest, as walls that moved come once.
    """
    places, across, owner = [], [], []
    for index, (x0, y0, x1, y1) in enumerate(rules):
        length = max(x1 - x0, y1 - y0)
        count = max(2, round(length / step_mm))
        share = (np.arange(count) + 0.5) / count
        places.append(np.stack([x0 + share * (x1 - x0), y0 + share * (y1 - y0)], axis=1))
        across.append(np.tile([1.0, 0.0] if x0 == x1 else [0.0, 1.0], (count, 1)))
        owner.append(np.full(count, index))
    return RulePoints(np.concatenate(places), np.concatenate(across), np.concatenate(owner))


def measure_lines(grey: Grey, homography: Homography, points: RulePoints, reach_mm: float, step_mm: float) -> LinesMet:
    """Look across every point, `reach_mm` to both sides in steps of `step_mm`, for the dark line."""
    steps = np.arange(-reach_mm, reach_mm + 1e-9, step_mm)
    along = points.across[:, ::-1]
    shifts = np.array([-SMEAR_MM, 0.0, SMEAR_MM])
    spread = points.place[:, None, None, :] + along[:, None, None, :] * shifts[None, :, None, None]
    samples = spread + points.across[:, None, None, :] * steps[None, None, :, None]
    pixels = project(homography, samples.reshape(-1, 2)).reshape(samples.shape).astype(np.float32)
    height, width = grey.shape
    flat = pixels.reshape(len(points.place), -1, 2)
    seen = cv2.remap(
        grey, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,) * 4
    )
    profiles = seen.reshape(len(points.place), len(shifts), len(steps)).astype(np.float64).mean(axis=1)
    centre = project(homography, points.place)
    inside = np.all((centre >= 1) & (centre <= np.array([width - 2, height - 2])), axis=1)
    offset, contrast = _locate(profiles, steps)
    return LinesMet(offset, contrast, inside)


def _locate(profiles: Floats, steps: Floats) -> tuple[Floats, Floats]:
    """Offset of each profile's dark line by the centroid around its peak; its depth against the lighter of its sides.

    A line is dark against both sides: the edge of a black field is none.
    """
    paper = np.maximum(np.percentile(profiles, 85, axis=1), 24.0)
    depth = 1.0 - profiles / paper[:, None]
    left = np.minimum.accumulate(depth, axis=1)
    right = np.minimum.accumulate(depth[:, ::-1], axis=1)[:, ::-1]
    lift = depth - np.maximum(left, right)
    nearness = 1.0 - 0.35 * np.abs(steps) / steps[-1]
    peak = np.argmax(lift * nearness, axis=1)
    window = np.abs(steps[None, :] - steps[peak][:, None]) <= 0.45
    weight = np.where(window, lift, 0.0) ** 2
    total = weight.sum(axis=1)
    offset = (weight * steps).sum(axis=1) / np.maximum(total, 1e-9)
    return offset, lift[np.arange(len(peak)), peak]
