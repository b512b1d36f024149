"""Strokes to ink: what a pen leaves on paper, as a map of how much of the paper is covered (0 none, 1 all)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.draw.strokes import Stroke

Ink = NDArray[np.float32]
Path = NDArray[np.float64]

# Lines are drawn larger, then averaged: OpenCV's thickness is a whole number of pixels. Where a glyph is, finer.
_FINE, _FINE_ENOUGH, _LARGE_PX = 4, 2, 260
_STEPS = 14  # points a curve gets between two of its skeleton's


@dataclass(frozen=True)
class Pen:
    """`width_mm` of the line, its colour (blue, green, red), its darkness 0..1 and how unevenly it inks 0..1."""

    width_mm: float
    colour: tuple[int, int, int]
    darkness: float
    dryness: float


def trace(stroke: Stroke) -> Path:
    """The stroke as a dense path (N, 2), in the units of its skeleton."""
    points = np.asarray(stroke.points, dtype=np.float64)
    if not stroke.curved or len(points) < 3:
        return _divide(points)
    return _catmull_rom(points)


def _divide(points: Path) -> Path:
    """Straight pieces, each cut in steps, so that wobble bends them."""
    share = np.linspace(0, 1, _STEPS, endpoint=False)[:, None]
    pieces = [start + (end - start) * share for start, end in pairwise(points)]
    return np.vstack([*pieces, points[-1:]])


def _catmull_rom(points: Path) -> Path:
    """A smooth curve through all points: uniform Catmull-Rom (E. Catmull and R. Rom, 1974)."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, _STEPS, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(padded[:-3], padded[1:-2], padded[2:-1], padded[3:], strict=True):
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack([*pieces, points[-1:]])


def wobble(path: Path, amount: float, rng: np.random.Generator) -> Path:
    """The path shaken by slow waves of up to about `amount`, as a hand shakes."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    waves = np.zeros_like(path)
    for frequency in (1.3, 2.9, 6.1):
        phase, size = rng.uniform(0, 2 * np.pi, 2), rng.normal(0, amount / frequency**0.7, 2)
        waves += size * np.sin(2 * np.pi * frequency * along[:, None] + phase)
    shaken: Path = path + waves
    return shaken


def ink_paths(paths: Sequence[Path], size: tuple[int, int], width_px: float, pen: Pen, rng: np.random.Generator) -> Ink:
    """Ink (height, width) of `size` left by a pen that follows paths given in pixels."""
    height, width = size
    fine = _FINE if max(size) <= _LARGE_PX else _FINE_ENOUGH
    canvas = np.zeros((height * fine, width * fine), np.uint8)
    for path in paths:
        _ink_path(canvas, path * fine, width_px * fine, rng)
    ink = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.asarray(ink * pen.darkness * _unevenness(size, pen.dryness, rng), dtype=np.float32)


def _ink_path(canvas: NDArray[np.uint8], path: Path, width: float, rng: np.random.Generator) -> None:
    """Piece by piece: pressure, hence width, drifts along the stroke and eases off at its ends."""
    count = len(path)
    drift = 1 + 0.12 * np.sin(np.linspace(0, rng.uniform(2, 7), count) + rng.uniform(0, 6))
    ends = np.clip(np.minimum(np.arange(count), np.arange(count)[::-1]) / 4 + rng.uniform(0.6, 1), 0, 1)
    widths = np.maximum(1, np.rint(width * drift * ends)).astype(int)
    points = np.rint(path * 8).astype(np.int32)
    for start, end, thickness in zip(points[:-1], points[1:], widths, strict=False):
        cv2.line(canvas, start.tolist(), end.tolist(), 255, int(thickness), cv2.LINE_AA, 3)


def _unevenness(size: tuple[int, int], dryness: float, rng: np.random.Generator) -> Ink:
    """Coarse noise between 1 - dryness and 1: a ball pen skips, a marker does not."""
    coarse = rng.uniform(1 - dryness, 1, (max(2, size[0] // 6), max(2, size[1] // 6))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (size[1], size[0]), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def put_ink(paper: NDArray[np.uint8], ink: Ink, colour: tuple[int, int, int], corner: tuple[int, int]) -> None:
    """Lay ink with its top-left pixel at `corner` (x, y) on BGR or grey paper, in place; what lies outside is lost.

    Ink filters light: it darkens print beneath it and never lightens anything.
    """
    x, y = corner
    height, width = paper.shape[:2]
    left, top = max(0, x), max(0, y)
    right, bottom = min(width, x + ink.shape[1]), min(height, y + ink.shape[0])
    if left >= right or top >= bottom:
        return
    covered = ink[top - y : bottom - y, left - x : right - x, None]
    through = 1 - covered * (1 - np.asarray(colour, np.float32) / 255)
    target = paper[top:bottom, left:right]
    if paper.ndim == 2:
        target[:] = (target * through.mean(axis=2)).astype(np.uint8)
    else:
        target[:] = (target * through).astype(np.uint8)
