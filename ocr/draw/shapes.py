"""How people write digits: skeletons of pen strokes in a unit square, x to the right, y down.

Two families: `round` handwriting, and `segment`, the straight strokes of writers who follow the dotted guide that is
printed in the boxes of the vote page (about two thirds of the real boxes of 2024 that were looked at). All skeletons
were written for this drawer.
"""

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
    """One way to write a symbol."""

    name: str
    strokes: tuple[Stroke, ...]
    segment: bool = False


def _curve(*points: tuple[float, float]) -> Stroke:
    return Stroke(points, curved=True)


def _line(*points: tuple[float, float]) -> Stroke:
    return Stroke(points, curved=False)


def _oval(
    centre: tuple[float, float],
    radius: tuple[float, float],
    start: float = -100.0,
    sweep: float = 370.0,
    count: int = 13,
) -> Stroke:
    """An ellipse drawn from `start` degrees over `sweep` degrees (negative: against the clock)."""
    angles = (math.radians(start + sweep * at / (count - 1)) for at in range(count))
    return _curve(*((centre[0] + radius[0] * math.cos(a), centre[1] + radius[1] * math.sin(a)) for a in angles))


def _round(name: str, *strokes: Stroke) -> Shape:
    return Shape(name, strokes)


def _segment(name: str, *strokes: Stroke) -> Shape:
    return Shape(name, strokes, segment=True)


_ZERO = (
    _round("oval", _oval((0.5, 0.5), (0.48, 0.5), -100, -365)),
    _round("oval, clockwise", _oval((0.5, 0.5), (0.45, 0.5), -80, 375)),
    _round("open at the top", _oval((0.5, 0.5), (0.46, 0.5), -70, -325)),
    _round("circle", _oval((0.5, 0.55), (0.5, 0.42), -90, -368)),
    _round("narrow", _oval((0.5, 0.5), (0.3, 0.5), -95, -362)),
    _round(
        "with a tail",
        _curve((0.75, -0.02), (0.35, 0.05), (0.06, 0.4), (0.2, 0.9), (0.55, 1), (0.95, 0.6), (0.75, 0.1), (0.4, 0.02)),
    ),
    _round("slashed", _oval((0.5, 0.5), (0.45, 0.5), -100, -365), _line((0.85, 0.1), (0.15, 0.92))),
    _segment("rectangle", _line((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))),
    _segment("rectangle, against the clock", _line((1, 0), (0, 0), (0, 1), (1, 1), (1, 0))),
    _segment(
        "four strokes", _line((0, 0), (0, 1)), _line((0, 1), (1, 1)), _line((1, 0), (1, 1)), _line((0, 0), (1, 0))
    ),
)
_ONE = (
    _round("bar", _line((0.5, 0), (0.5, 1))),
    _round("leaning bar", _line((0.62, 0), (0.38, 1))),
    _round("flag", _line((0.2, 0.28), (0.55, 0), (0.55, 1))),
    _round("long flag", _line((0.05, 0.45), (0.6, 0), (0.6, 1))),
    _round("flag and foot", _line((0.22, 0.22), (0.52, 0), (0.52, 1)), _line((0.15, 1), (0.9, 1))),
    _round("short flag", _line((0.38, 0.12), (0.52, 0), (0.5, 1))),
    _round("bent bar", _curve((0.45, 0), (0.53, 0.3), (0.5, 0.7), (0.47, 1))),
    _segment("centre bar", _line((0.5, 0), (0.5, 1))),
    _segment("right bar", _line((1, 0), (1, 1))),
    _segment("left bar", _line((0, 0), (0, 1))),
    _segment("centre bar with flag", _line((0.25, 0.13), (0.5, 0), (0.5, 1))),
    _segment("flag and foot on the guide", _line((0.2, 0.02), (0.5, 0), (0.5, 1)), _line((0.1, 1), (0.9, 1))),
)
_TWO = (
    _round(
        "arch and base",
        _curve((0.05, 0.25), (0.3, 0.01), (0.75, 0.03), (0.92, 0.28), (0.6, 0.62), (0.05, 1)),
        _line((0.05, 1), (1, 0.98)),
    ),
    _round(
        "loop",
        _curve(
            (0.08, 0.22),
            (0.4, 0),
            (0.85, 0.12),
            (0.8, 0.45),
            (0.35, 0.85),
            (0.08, 0.98),
            (0.12, 0.83),
            (0.4, 0.88),
            (0.7, 1),
            (1, 0.92),
        ),
    ),
    _round("like a z", _line((0.05, 0.05), (0.9, 0.02), (0.05, 0.97), (0.98, 0.97))),
    _round(
        "swan", _curve((0.1, 0.2), (0.35, 0), (0.8, 0.1), (0.78, 0.42), (0.3, 0.8), (0.02, 0.98), (0.5, 0.94), (1, 1))
    ),
    _round(
        "flat top", _curve((0, 0.1), (0.5, 0), (0.9, 0.15), (0.75, 0.5), (0.02, 0.96)), _line((0.02, 0.96), (0.95, 1))
    ),
    _segment("on the guide", _line((0, 0), (1, 0), (1, 0.5), (0, 0.5), (0, 1), (1, 1))),
    _segment(
        "on the guide, five strokes",
        _line((0, 0), (1, 0)),
        _line((1, 0), (1, 0.5)),
        _line((1, 0.5), (0, 0.5)),
        _line((0, 0.5), (0, 1)),
        _line((0, 1), (1, 1)),
    ),
    _segment("with a slope", _line((0, 0.02), (1, 0), (0.98, 0.4), (0, 0.8), (0, 1), (1, 1))),
)
_THREE = (
    _round(
        "two bowls",
        _curve((0.08, 0.12), (0.45, 0), (0.88, 0.18), (0.7, 0.42), (0.35, 0.48)),
        _curve((0.35, 0.48), (0.8, 0.54), (0.95, 0.78), (0.55, 1), (0.02, 0.9)),
    ),
    _round(
        "one stroke",
        _curve(
            (0.1, 0.1),
            (0.5, 0),
            (0.85, 0.2),
            (0.65, 0.43),
            (0.4, 0.5),
            (0.75, 0.55),
            (0.92, 0.78),
            (0.6, 0.98),
            (0.05, 0.92),
        ),
    ),
    _round(
        "flat top",
        _line((0.05, 0.02), (0.88, 0.02), (0.42, 0.42)),
        _curve((0.42, 0.42), (0.85, 0.5), (0.92, 0.8), (0.5, 1), (0.02, 0.9)),
    ),
    _round(
        "small upper bowl",
        _curve((0.2, 0.1), (0.5, 0), (0.75, 0.14), (0.6, 0.34), (0.35, 0.4)),
        _curve((0.35, 0.4), (0.9, 0.46), (1, 0.8), (0.5, 1), (0, 0.93)),
    ),
    _round("angular", _line((0.05, 0.05), (0.85, 0.1), (0.4, 0.45), (0.9, 0.7), (0.05, 0.98))),
    _segment("on the guide", _line((0, 0), (1, 0), (1, 1), (0, 1)), _line((0, 0.5), (1, 0.5))),
    _segment("on the guide, one stroke", _line((0, 0), (1, 0), (1, 0.5), (0.1, 0.5), (1, 0.5), (1, 1), (0, 1))),
    _segment("short middle", _line((0, 0), (1, 0), (1, 1), (0, 1)), _line((0.4, 0.5), (1, 0.5))),
)
_FOUR = (
    _round("open", _line((0.3, 0.02), (0.05, 0.62), (1, 0.6)), _line((0.72, 0.25), (0.7, 1))),
    _round(
        "open, curved",
        _curve((0.12, 0.03), (0.06, 0.4), (0.2, 0.58), (0.6, 0.55), (0.95, 0.5)),
        _line((0.85, 0), (0.75, 1)),
    ),
    _round("closed", _line((0.72, 0.98), (0.74, 0), (0.02, 0.66), (1, 0.66))),
    _round("closed, two strokes", _line((0.68, 0.02), (0.02, 0.7), (1, 0.7)), _line((0.68, 0.02), (0.68, 1))),
    _round("lightning", _line((0.45, 0), (0.02, 0.6), (0.98, 0.55)), _line((0.8, 0.35), (0.5, 1))),
    _segment("on the guide", _line((0, 0), (0, 0.5), (1, 0.5)), _line((1, 0), (1, 1))),
    _segment("low bar", _line((0, 0), (0, 0.62), (1, 0.6)), _line((0.95, 0), (0.95, 1))),
    _segment("bar through the stem", _line((0, 0), (0, 0.52), (1.12, 0.5)), _line((0.75, 0.05), (0.75, 1))),
)
_FIVE = (
    _round(
        "hat and belly",
        _line((0.18, 0.02), (0.12, 0.42)),
        _curve((0.12, 0.42), (0.5, 0.34), (0.95, 0.62), (0.6, 0.98), (0.02, 0.9)),
        _line((0.15, 0.02), (0.92, 0)),
    ),
    _round(
        "one stroke",
        _curve((0.9, 0.02), (0.25, 0.04), (0.14, 0.42), (0.6, 0.38), (0.93, 0.68), (0.55, 0.98), (0.03, 0.9)),
    ),
    _round(
        "like an s", _curve((0.88, 0.06), (0.4, 0), (0.12, 0.25), (0.45, 0.45), (0.88, 0.62), (0.6, 0.97), (0.05, 0.93))
    ),
    _round(
        "angular",
        _line((0.92, 0.01), (0.12, 0.02), (0.1, 0.42), (0.7, 0.42)),
        _curve((0.7, 0.42), (0.98, 0.65), (0.7, 0.97), (0, 0.97)),
    ),
    _segment("on the guide", _line((1, 0), (0, 0), (0, 0.5), (1, 0.5), (1, 1), (0, 1))),
    _segment("on the guide, hat last", _line((0, 0), (0, 0.5), (1, 0.5), (1, 1), (0, 1)), _line((0, 0), (1, 0))),
    _segment(
        "rounded belly",
        _line((1, 0), (0.02, 0), (0, 0.45)),
        _curve((0, 0.45), (0.6, 0.42), (1, 0.7), (0.65, 1), (0, 1)),
    ),
)
_SIX = (
    _round(
        "curl",
        _curve(
            (0.8, 0.02), (0.35, 0.2), (0.06, 0.62), (0.3, 0.98), (0.78, 0.95), (0.92, 0.68), (0.6, 0.48), (0.12, 0.68)
        ),
    ),
    _round(
        "straight stem",
        _curve((0.65, 0), (0.3, 0.32), (0.06, 0.72), (0.4, 1), (0.9, 0.85), (0.8, 0.58), (0.45, 0.52), (0.1, 0.75)),
    ),
    _round(
        "like a b",
        _curve((0.12, 0), (0.1, 0.4), (0.1, 0.82), (0.45, 1), (0.92, 0.82), (0.75, 0.52), (0.35, 0.5), (0.1, 0.68)),
    ),
    _round(
        "small belly",
        _curve((0.85, 0.05), (0.3, 0.12), (0.05, 0.6), (0.3, 1), (0.75, 0.9), (0.68, 0.66), (0.3, 0.66), (0.1, 0.8)),
    ),
    _segment("on the guide", _line((1, 0), (0, 0), (0, 1), (1, 1), (1, 0.5), (0, 0.5))),
    _segment("without a roof", _line((0, 0), (0, 1), (1, 1), (1, 0.5), (0, 0.5))),
    _segment("short roof", _line((0.7, 0), (0, 0), (0, 1), (0.98, 1), (1, 0.48), (0.05, 0.5))),
)
_SEVEN = (
    _round("plain", _line((0.03, 0.03), (0.95, 0), (0.35, 1))),
    _round("curved stem", _line((0.03, 0.06), (0.93, 0.02)), _curve((0.93, 0.02), (0.6, 0.4), (0.42, 1))),
    _round("crossed", _line((0.03, 0.03), (0.95, 0), (0.4, 1)), _line((0.25, 0.5), (0.92, 0.48))),
    _round("serif", _line((0.05, 0.2), (0.06, 0.02), (0.92, 0.02), (0.42, 1))),
    _round(
        "serif and crossed", _line((0.05, 0.18), (0.08, 0.03), (0.95, 0), (0.45, 1)), _line((0.3, 0.52), (0.95, 0.5))
    ),
    _segment("on the guide", _line((0, 0), (1, 0), (1, 1))),
    _segment("serif on the guide", _line((0, 0.25), (0, 0), (1, 0), (1, 1))),
    _segment("leaning stem", _line((0, 0), (1, 0), (0.55, 1))),
    _segment("crossed on the guide", _line((0, 0), (1, 0), (1, 1)), _line((0.6, 0.5), (1.3, 0.5))),
)
_EIGHT = (
    _round("snowman", _oval((0.5, 0.25), (0.36, 0.25), 90, -365), _oval((0.5, 0.75), (0.45, 0.25), -90, 368)),
    _round(
        "one stroke",
        _curve(
            (0.8, 0.12),
            (0.45, 0),
            (0.14, 0.2),
            (0.5, 0.46),
            (0.88, 0.75),
            (0.5, 1),
            (0.1, 0.76),
            (0.5, 0.48),
            (0.84, 0.2),
            (0.7, 0.04),
        ),
    ),
    _round(
        "open top",
        _curve(
            (0.9, 0.03),
            (0.5, 0),
            (0.12, 0.18),
            (0.5, 0.45),
            (0.9, 0.74),
            (0.5, 1),
            (0.1, 0.78),
            (0.45, 0.5),
            (0.98, 0.12),
        ),
    ),
    _round(
        "slender",
        _curve(
            (0.6, 0.02),
            (0.3, 0.15),
            (0.45, 0.45),
            (0.72, 0.8),
            (0.45, 1),
            (0.24, 0.8),
            (0.5, 0.5),
            (0.75, 0.2),
            (0.55, 0),
        ),
    ),
    _segment("on the guide", _line((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)), _line((0, 0.5), (1, 0.5))),
    _segment(
        "two squares", _line((0, 0), (1, 0), (1, 0.5), (0, 0.5), (0, 0)), _line((0, 0.5), (0, 1), (1, 1), (1, 0.5))
    ),
    _segment("one stroke on the guide", _line((1, 0.5), (0, 0.5), (0, 0), (1, 0), (1, 1), (0, 1), (0, 0.5))),
)
_NINE = (
    _round("straight tail", _oval((0.46, 0.27), (0.42, 0.27), -20, -355), _line((0.88, 0.1), (0.82, 1))),
    _round(
        "curved tail",
        _curve(
            (0.88, 0.15),
            (0.5, 0),
            (0.08, 0.22),
            (0.35, 0.52),
            (0.82, 0.4),
            (0.9, 0.12),
            (0.86, 0.6),
            (0.6, 0.95),
            (0.1, 0.98),
        ),
    ),
    _round(
        "like a g",
        _curve(
            (0.9, 0.12),
            (0.45, 0),
            (0.06, 0.25),
            (0.35, 0.5),
            (0.84, 0.3),
            (0.92, 0.1),
            (0.9, 0.7),
            (0.55, 1),
            (0.08, 0.88),
        ),
    ),
    _round("leaning", _oval((0.5, 0.26), (0.4, 0.26), -10, -360), _line((0.9, 0.25), (0.45, 1))),
    _segment("on the guide", _line((1, 0.5), (0, 0.5), (0, 0), (1, 0), (1, 1), (0, 1))),
    _segment("without a base", _line((1, 0.5), (0, 0.5), (0, 0), (1, 0), (1, 1))),
    _segment("short base", _line((1, 0.48), (0.02, 0.5), (0, 0), (1, 0), (1, 1), (0.4, 1))),
)
_CROSS = (
    _round("two strokes", _line((0, 0), (1, 1)), _line((1, 0), (0, 1))),
    _round("flat", _line((0, 0.18), (1, 0.82)), _line((1, 0.18), (0, 0.82))),
    _round("narrow", _line((0.2, 0), (0.8, 1)), _line((0.8, 0), (0.2, 1))),
    _round("bent", _curve((0, 0.02), (0.45, 0.4), (1, 1)), _curve((1, 0), (0.55, 0.55), (0.02, 1))),
    _round("uneven", _line((0.08, 0.05), (0.95, 1)), _line((1, 0.12), (0, 0.9))),
)
_DASH = (
    _round("dash", _line((0, 0.5), (1, 0.5))),
    _round("rising", _line((0, 0.58), (1, 0.42))),
    _round("falling", _line((0, 0.44), (1, 0.55))),
    _round("wavy", _curve((0, 0.52), (0.3, 0.45), (0.7, 0.55), (1, 0.47))),
)

SHAPES: dict[str, tuple[Shape, ...]] = {
    "0": _ZERO, "1": _ONE, "2": _TWO, "3": _THREE, "4": _FOUR, "5": _FIVE, "6": _SIX, "7": _SEVEN, "8": _EIGHT,
    "9": _NINE, "X": _CROSS, "-": _DASH,
}  # fmt: skip
