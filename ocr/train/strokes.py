"""The training's own simple writing: polylines on a unit square, bent, rounded and drawn with a pen.

Many writers of 2024 forms follow the dotted guide and so write seven-segment figures, which no public set of digits
has. Cutting the corners of the same polylines turns them into round figures.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from ocr.classify import CLASSES
from ocr.train.arrays import Ink, as_ink
from ocr.train.chance import happens

Line = tuple[tuple[float, float], ...]
Points = npt.NDArray[np.float64]

SIDE = 96
"""Pixels of a drawn symbol's canvas."""

SYMBOLS: dict[str, tuple[tuple[Line, ...], ...]] = {
    "0": (
        (((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)),),
        (((0.5, 0), (0, 0.1), (0, 0.9), (0.5, 1), (1, 0.9), (1, 0.1), (0.5, 0)),),
    ),
    "1": (
        (((0.5, 0), (0.5, 1)),),
        (((0.2, 0.25), (0.5, 0), (0.5, 1)),),
        (((0.25, 0.2), (0.5, 0), (0.5, 1)), ((0.2, 1), (0.8, 1))),
    ),
    "2": (
        (((0, 0), (1, 0), (1, 0.5), (0, 0.5), (0, 1), (1, 1)),),
        (((0, 0.2), (0.1, 0), (1, 0), (1, 0.35), (0, 1), (1, 1)),),
    ),
    "3": (
        (((0, 0), (1, 0), (1, 1), (0, 1)), ((0.1, 0.5), (1, 0.5))),
        (((0, 0), (1, 0), (1, 0.45), (0.4, 0.5), (1, 0.55), (1, 1), (0, 1)),),
        (((0, 0), (1, 0), (0.45, 0.42), (1, 0.5), (1, 1), (0, 1)),),
    ),
    "4": (
        (((0, 0), (0, 0.5), (1, 0.5)), ((1, 0), (1, 1))),
        (((0.6, 0), (0, 0.65), (1, 0.65)), ((0.7, 0.3), (0.7, 1))),
        (((0.75, 1), (0.75, 0), (0, 0.65), (1, 0.65)),),
    ),
    "5": (
        (((1, 0), (0, 0), (0, 0.5), (1, 0.5), (1, 1), (0, 1)),),
        (((0, 0), (0, 0.45), (1, 0.4), (1, 1), (0, 1)), ((0, 0), (1, 0))),
    ),
    "6": (
        (((1, 0), (0, 0), (0, 1), (1, 1), (1, 0.5), (0, 0.5)),),
        (((0.8, 0), (0.1, 0.4), (0, 1), (1, 1), (1, 0.55), (0, 0.6)),),
    ),
    "7": (
        (((0, 0), (1, 0), (1, 1)),),
        (((0, 0), (1, 0), (0.4, 1)),),
        (((0, 0), (1, 0), (0.4, 1)), ((0.3, 0.5), (0.95, 0.5))),
        (((0, 0.25), (0, 0), (1, 0), (1, 1)),),
    ),
    "8": (
        (((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)), ((0, 0.5), (1, 0.5))),
        (((1, 0.1), (0, 0.05), (0, 0.4), (1, 0.6), (1, 1), (0, 1), (0, 0.6), (1, 0.4), (1, 0), (0.6, 0)),),
    ),
    "9": (
        (((1, 0.5), (0, 0.5), (0, 0), (1, 0), (1, 1), (0, 1)),),
        (((1, 0.5), (0, 0.5), (0, 0), (1, 0), (1, 1)),),
        (((1, 0.4), (0, 0.5), (0, 0), (1, 0), (0.9, 0.5), (0.5, 1)),),
    ),
    "X": ((((0, 0), (1, 1)), ((1, 0), (0, 1))), (((0, 0), (1, 1)), ((0, 1), (1, 0)))),
    "-": ((((0, 0.5), (1, 0.5)),), (((0, 0.56), (1, 0.44)),), (((0, 0.52), (0.3, 0.47), (0.7, 0.53), (1, 0.48)),)),
}


def draw_symbol(symbol: str, rng: np.random.Generator) -> Ink:
    """One written symbol, (96,96); its own place and size mean nothing, only its shape does."""
    variants = SYMBOLS[symbol]
    lines = variants[rng.integers(len(variants))]
    width, height = _proportions(symbol, rng)
    roughness, rounds = rng.uniform(0.01, 0.07), int(rng.integers(0, 4))
    pen = float(rng.uniform(2.0, 9.0))
    slant = float(rng.normal(0, 0.1))
    canvas = np.zeros((SIDE, SIDE), dtype=np.uint8)
    for line in lines:
        points = _bend(np.array(line, dtype=np.float64), roughness, rounds, rng)
        points[:, 0] += slant * (0.5 - points[:, 1])
        _draw_line(canvas, (points - 0.5) * (width, height) + SIDE / 2, pen, rng)
    return as_ink(canvas / 255)


def draw_scribble(rng: np.random.Generator) -> Ink:
    """A mark that is no symbol: a tangle as from crossing something out."""
    canvas = np.zeros((SIDE, SIDE), dtype=np.uint8)
    points = rng.uniform(12, SIDE - 12, size=(int(rng.integers(6, 24)), 2))
    if happens(rng, 0.5):
        points = points[np.argsort(points[:, 0] + points[:, 1] * rng.uniform(-0.5, 0.5))]
    _draw_line(canvas, _cut_corners(points, int(rng.integers(0, 3))), float(rng.uniform(2, 8)), rng)
    return as_ink(canvas / 255)


def _proportions(symbol: str, rng: np.random.Generator) -> tuple[float, float]:
    height = rng.uniform(56, 80)
    if symbol == "-":
        return float(rng.uniform(24, 84)), float(height)
    if symbol == "X":
        return float(height * rng.uniform(0.45, 1.15)), float(height)
    return float(height * rng.uniform(0.35, 0.85)), float(height)


def _bend(points: Points, roughness: float, rounds: int, rng: np.random.Generator) -> Points:
    """Move every corner a little, let the ends run over or fall short, then round the corners."""
    points = points + rng.normal(0, roughness, size=points.shape)
    points[0] += (points[0] - points[1]) * rng.normal(0.02, 0.05)
    points[-1] += (points[-1] - points[-2]) * rng.normal(0.02, 0.05)
    return _cut_corners(_halve(points, roughness, rng), rounds)


def _halve(points: Points, roughness: float, rng: np.random.Generator) -> Points:
    """Put a slightly displaced point into the middle of each stretch: nobody draws a straight line."""
    middles = (points[:-1] + points[1:]) / 2 + rng.normal(0, roughness * 0.4, size=(len(points) - 1, 2))
    merged = np.empty((2 * len(points) - 1, 2))
    merged[0::2], merged[1::2] = points, middles
    return merged


def _cut_corners(points: Points, rounds: int) -> Points:
    """Chaikin's corner cutting, the ends kept."""
    for _ in range(rounds):
        near, far = points[:-1] * 0.75 + points[1:] * 0.25, points[:-1] * 0.25 + points[1:] * 0.75
        points = np.vstack([points[:1], np.stack([near, far], axis=1).reshape(-1, 2), points[-1:]])
    return points


def _draw_line(canvas: npt.NDArray[np.uint8], points: Points, pen: float, rng: np.random.Generator) -> None:
    fixed = np.round(points * 16).astype(np.int32)
    broken = happens(rng, 0.02)
    for start, end in pairwise(fixed):
        stop = start + (end - start) * 7 // 10 if broken else end
        thickness = max(1, round(pen * rng.uniform(0.85, 1.15)))
        cv2.line(canvas, start.tolist(), stop.tolist(), 255, thickness, cv2.LINE_AA, 4)


DRAWN = "".join(symbol for symbol in CLASSES if symbol in SYMBOLS)
"""Every class that leaves ink."""
