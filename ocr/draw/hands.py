"""Writers. A hand has habits that stay (shapes, slant, size, pen) and never writes a digit the same way twice.

The three splits share no hand: their seeds come from different ranges, and every habit that is a number is drawn from
cells of its range that belong to one split only, so no evaluation hand is a training hand by accident. What they share
is the ways a digit can be written at all (`ocr.draw.shapes`: a 1 with a flag, a 7 with a bar); each hand bends them its
own way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol

import numpy as np

from ocr.draw.pen import Ink, Path, Pen, ink_paths, trace, wobble
from ocr.draw.shapes import SHAPES
from ocr.draw.strokes import Shape, Stroke

Split = Literal["train", "evaluation", "demo"]
SPLITS: tuple[Split, ...] = ("train", "evaluation", "demo")
SYMBOLS = "0123456789X-_"  # the order of the classifier's classes; "_" is a box left blank

REACH = 64 / 52  # side of a glyph picture in box sides: strokes that leave the box are still drawn
BOX_MM = 20.0
GUIDE_SHARE = (8.94 / BOX_MM, 13.96 / BOX_MM)  # width and height of the printed guide in box sides
_SEEDS = {"train": 1_000_000_000, "evaluation": 2_000_000_000, "demo": 3_000_000_000}
_CELLS = 60
_BLUES = ((125, 45, 20), (160, 70, 30), (110, 30, 45), (95, 35, 15))  # blue, green, red
_BLACKS = ((35, 30, 30), (50, 45, 45), (25, 22, 28))
_REDS = ((40, 30, 170), (50, 40, 140))


@dataclass(frozen=True)
class Habits:
    """Lengths are in box sides, `slant` is a shear, the rest are shares of the symbol's size."""

    slant: float
    height: float
    aspect: float
    offset: tuple[float, float]
    shake: float
    spread: float
    overshoot: float
    follows_guide: float
    cross_size: float
    dash_length: float


class Writer(Protocol):
    """Whoever can fill a box: a drawn hand, or a collection of pictures of digits."""

    @property
    def pen(self) -> Pen: ...

    @property
    def habits(self) -> Habits: ...

    def render(self, symbol: str, size: int, rng: np.random.Generator, *, box_mm: float = BOX_MM) -> Ink:
        """Ink (size, size) centred on a box, REACH box sides wide."""
        ...


@dataclass(frozen=True)
class Hand:
    """A drawn writer: `favourites` are his shapes of each symbol, the first written far more often than the second."""

    split: Split
    number: int
    pen: Pen
    habits: Habits
    favourites: Mapping[str, tuple[Shape, Shape]]

    def render(self, symbol: str, size: int, rng: np.random.Generator, *, box_mm: float = BOX_MM) -> Ink:
        """Ink (size, size) of one symbol, centred on a box, REACH box sides wide."""
        scale = size / REACH
        paths = [(path + (REACH - 1) / 2) * scale for path in self.paths(symbol, rng)]
        return ink_paths(paths, (size, size), self.pen.width_mm / box_mm * scale, self.pen, rng)

    def paths(self, symbol: str, rng: np.random.Generator) -> list[Path]:
        """What the pen does for one symbol, in box sides from the box's top-left corner."""
        if symbol not in self.favourites:
            return []
        shape = self.favourites[symbol][int(rng.random() > 0.93)]
        frame = self._frame(symbol, shape, rng)
        slant = (self.habits.slant + float(rng.normal(0, 0.03))) * (0.35 if shape.segment else 1)
        slant = 0.0 if symbol in "X-" else slant
        return [self._place(trace(self._vary(stroke, shape, rng)), frame, slant, rng) for stroke in shape.strokes]

    def _frame(self, symbol: str, shape: Shape, rng: np.random.Generator) -> tuple[float, float, float, float]:
        """Left, top, width, height of the symbol in the box."""
        habits = self.habits
        size = float(rng.normal(1, 0.05))
        if symbol == "X":
            width = height = habits.cross_size * size
        elif symbol == "-":
            width, height = habits.dash_length * size, 0.25
        elif shape.segment:
            grow = 1 + (1 - habits.follows_guide) * 0.35
            width, height = GUIDE_SHARE[0] * grow * size, GUIDE_SHARE[1] * grow * float(rng.normal(1, 0.04))
        else:
            height = habits.height * size
            width = height * habits.aspect * float(rng.normal(1, 0.07))
        loose = 0.35 if shape.segment else 1.0
        x, y = (0.5 + loose * (habits.offset[axis] + float(rng.normal(0, 0.03))) for axis in (0, 1))
        return x - width / 2, y - height / 2, width, height

    def _vary(self, stroke: Stroke, shape: Shape, rng: np.random.Generator) -> Stroke:
        """The skeleton as it comes out this time, with ends that run over or stop short."""
        spread = self.habits.spread * (0.45 if shape.segment else _calm(stroke))
        points = np.asarray(stroke.points) + rng.normal(0, spread, (len(stroke.points), 2))
        for end, before in ((0, 1), (-1, -2)):
            points[end] += (points[end] - points[before]) * rng.normal(self.habits.overshoot, 0.04)
        return Stroke(tuple((float(x), float(y)) for x, y in points), stroke.curved)

    def _place(
        self, path: Path, frame: tuple[float, float, float, float], slant: float, rng: np.random.Generator
    ) -> Path:
        left, top, width, height = frame
        placed = np.column_stack([left + path[:, 0] * width, top + path[:, 1] * height])
        placed[:, 0] += slant * (top + height / 2 - placed[:, 1])
        return wobble(placed, self.habits.shake, rng)


class _Draw:
    """Draws habits for one hand: numbers only from the cells of the range that belong to the hand's split."""

    def __init__(self, split: Split, number: int) -> None:
        self._share = SPLITS.index(split)
        self.rng = np.random.default_rng(_SEEDS[split] + number)

    def number(self, low: float, high: float) -> float:
        cell = self._share + len(SPLITS) * int(self.rng.integers(_CELLS // len(SPLITS)))
        return low + (high - low) * (cell + self.rng.random()) / _CELLS

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)


def make_hand(split: Split, number: int) -> Hand:
    """Writer `number` of a split; the same two always make the same hand."""
    if split not in _SEEDS:
        raise ValueError(f"unknown split {split!r}; use one of {', '.join(SPLITS)}")
    if not 0 <= number < _SEEDS["train"]:
        raise ValueError(f"hand number {number} is out of range; use 0 to {_SEEDS['train'] - 1}")
    draw = _Draw(split, number)
    pen = _draw_pen(draw)
    return Hand(split, number, pen, _draw_habits(draw, pen), MappingProxyType(_draw_favourites(draw)))


def _calm(stroke: Stroke) -> float:
    """Points close together must move less, or a circle becomes a nut."""
    return min(1.0, 5 / len(stroke.points)) if stroke.curved else 1.0


def _draw_pen(draw: _Draw) -> Pen:
    kind = draw.rng.choice(3, p=[0.45, 0.4, 0.15])  # ball pen, felt pen, marker
    low, high = ((0.45, 0.95), (0.9, 1.7), (1.7, 3.2))[kind]
    colours = (_BLUES, _BLACKS, _REDS)[draw.rng.choice(3, p=[0.58, 0.4, 0.02])]
    colour = colours[int(draw.rng.integers(len(colours)))]
    return Pen(
        width_mm=draw.number(low, high),
        colour=colour,
        darkness=draw.number(0.72, 1.0),
        dryness=draw.number(0.05, 0.4) if kind == 0 else draw.number(0.0, 0.15),
    )


def _draw_habits(draw: _Draw, pen: Pen) -> Habits:
    """A broad pen needs tall digits, or their loops fill with ink."""
    smallest = 0.36 + 0.11 * pen.width_mm
    return Habits(
        slant=draw.number(-0.12, 0.42) if draw.chance(0.7) else draw.number(-0.03, 0.08),
        height=draw.number(smallest, max(0.86, smallest + 0.1)),
        aspect=draw.number(0.42, 0.85),
        offset=(draw.number(-0.08, 0.08), draw.number(-0.08, 0.08)),
        shake=draw.number(0.001, 0.011),
        spread=draw.number(0.012, 0.055),
        overshoot=draw.number(-0.05, 0.1),
        follows_guide=draw.number(0.5, 1.0),
        cross_size=draw.number(0.38, 1.05),
        dash_length=draw.number(0.22, 0.8),
    )


def _draw_favourites(draw: _Draw) -> dict[str, tuple[Shape, Shape]]:
    """Segment writers (about 55 %) write most digits as segments, others now and then one."""
    segments = 0.93 if draw.chance(0.55) else 0.07
    favourites: dict[str, tuple[Shape, Shape]] = {}
    for symbol, shapes in SHAPES.items():
        first = _personal(_pick(draw, shapes, segment=draw.chance(segments)), draw)
        second = _personal(_pick(draw, shapes, segment=first.segment), draw)
        favourites[symbol] = (first, second)
    return favourites


def _pick(draw: _Draw, shapes: tuple[Shape, ...], *, segment: bool) -> Shape:
    family = [shape for shape in shapes if shape.segment == segment] or list(shapes)
    return family[int(draw.rng.integers(len(family)))]


def _personal(shape: Shape, draw: _Draw) -> Shape:
    """The hand's own version of a skeleton: every point moved for good."""
    return Shape(shape.name, tuple(_personal_stroke(stroke, shape, draw) for stroke in shape.strokes), shape.segment)


def _personal_stroke(stroke: Stroke, shape: Shape, draw: _Draw) -> Stroke:
    reach = 0.03 if shape.segment else 0.07 * _calm(stroke)
    moved = ((x + draw.number(-reach, reach), y + draw.number(-reach, reach)) for x, y in stroke.points)
    return Stroke(tuple(moved), stroke.curved)


def render_glyph(hand: Writer, symbol: str, size: int, rng: np.random.Generator) -> Ink:
    """Ink (size, size), 0 none to 1 full, of one symbol of SYMBOLS; the picture is REACH box sides wide."""
    if symbol not in SYMBOLS:
        raise ValueError(f"no hand writes {symbol!r}; use one of {SYMBOLS}")
    return hand.render(symbol, size, rng)
