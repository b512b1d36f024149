"""Movements of a pen in a unit square, x to the right, y down: what digits and letters are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Stroke:
    """One movement of the pen through `points`; curved through them, or straight from one to the next."""

    points: Points
    curved: bool


@dataclass(frozen=True)
class Shape:
    """One way to write a symbol; a `segment` shape follows the dotted guide that is printed in the boxes."""

    name: str
    strokes: tuple[Stroke, ...]
    segment: bool = False


def curve(*points: tuple[float, float]) -> Stroke:
    """A smooth stroke through the points."""
    return Stroke(points, curved=True)


def line(*points: tuple[float, float]) -> Stroke:
    """Straight strokes from point to point without lifting the pen."""
    return Stroke(points, curved=False)


def oval(
    centre: tuple[float, float], radius: tuple[float, float], start: float, sweep: float, count: int = 13
) -> Stroke:
    """An ellipse drawn from `start` degrees over `sweep` degrees (negative: against the clock)."""
    angles = (math.radians(start + sweep * at / (count - 1)) for at in range(count))
    return curve(*((centre[0] + radius[0] * math.cos(a), centre[1] + radius[1] * math.sin(a)) for a in angles))


def rounded(name: str, *strokes: Stroke) -> Shape:
    """A shape of ordinary handwriting."""
    return Shape(name, strokes)


def guided(name: str, *strokes: Stroke) -> Shape:
    """A shape of those who follow the dotted guide."""
    return Shape(name, strokes, segment=True)
