"""Boxes whose writer changed his mind: what they show is the later symbol."""

from __future__ import annotations

import math

import cv2
import numpy as np

from ocr.draw.hands import BOX_MM, REACH, Writer
from ocr.draw.pen import Ink, Path, ink_paths

_FINE_PEN_MM = 1.2


def overwrite(hand: Writer, wrong: str, right: str, size: int, rng: np.random.Generator) -> Ink:
    """Ink (size, size) of a corrected box: `right` written heavily over `wrong`, or beside it struck out.

    Errs towards readable: a correction nobody can read has no truth to be measured against.
    """
    before, after = hand.render(wrong, size, rng), hand.render(right, size, rng)
    if hand.pen.width_mm < _FINE_PEN_MM and rng.random() < 0.2:
        struck = np.maximum(_move(before, 0.75, -0.16, 0.04), _strike(hand, size, rng))
        return np.asarray(np.maximum(struck * 0.9, _move(after, 0.8, 0.17, -0.04)), dtype=np.float32)
    heavier = np.maximum(after, _move(after, 1.0, float(rng.normal(0, 0.012)), float(rng.normal(0, 0.012))))
    return np.asarray(np.maximum(before * rng.uniform(0.25, 0.6), heavier), dtype=np.float32)


def _move(ink: Ink, scale: float, right: float, down: float) -> Ink:
    """The ink scaled about the box's centre and moved by shares of the picture's side."""
    side = ink.shape[0]
    rest = (1 - scale) * side / 2
    matrix = np.array([[scale, 0, rest + right * side], [0, scale, rest + down * side]], np.float32)
    return np.asarray(cv2.warpAffine(ink, matrix, (side, side), flags=cv2.INTER_LINEAR), dtype=np.float32)


def _strike(hand: Writer, size: int, rng: np.random.Generator) -> Ink:
    """Two slanted lines through the left half."""
    centre = np.array([0.34, 0.54]) * size
    paths: list[Path] = []
    for _ in range(2):
        angle, reach = math.radians(float(rng.uniform(-50, -20))), float(rng.uniform(0.13, 0.19)) * size
        along = np.array([math.cos(angle), math.sin(angle)]) * reach
        paths.append(np.linspace(centre - along, centre + along, 8) + rng.normal(0, size * 0.02, 2))
    return ink_paths(paths, (size, size), hand.pen.width_mm / BOX_MM * size / REACH, hand.pen, rng)
