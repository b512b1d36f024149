"""Ink other than digits: blackened bubbles, tally strokes, struck-out rows, words, signatures. All lengths in mm."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.draw.hands import REACH, Writer
from ocr.draw.letters import lay_out, letter_paths
from ocr.draw.pen import Ink, Path, Pen, ink_paths, put_ink, trace, wobble
from ocr.draw.print_data import TallyGrid
from ocr.draw.strokes import Stroke
from ocr.layout import Bubble, Point, Rect

Picture = NDArray[np.uint8]

_FIVE = 5
_LEAST_LETTER_MM = 2.4


@dataclass(frozen=True)
class Desk:
    """The sheet on the clerk's desk: `paper` (BGR, changed in place), its scale, who writes, by what chance."""

    paper: Picture
    px_per_mm: float
    hand: Writer
    rng: np.random.Generator

    def draw(self, paths: list[Path], pen: Pen | None = None) -> None:
        """Ink paths given in mm."""
        if not paths:
            return
        pen = pen or self.hand.pen
        points = np.vstack(paths)
        margin = 2 + 2 * pen.width_mm
        corner = np.floor((points.min(axis=0) - margin) * self.px_per_mm)
        width, height = (np.ceil((points.max(axis=0) + margin) * self.px_per_mm) - corner).astype(int)
        shifted = [path * self.px_per_mm - corner for path in paths]
        ink = ink_paths(shifted, (int(height), int(width)), pen.width_mm * self.px_per_mm, pen, self.rng)
        put_ink(self.paper, ink, pen.colour, (int(corner[0]), int(corner[1])))

    def stamp(self, ink: Ink, centre: Point) -> None:
        """Lay square ink centred on a place in mm."""
        half = ink.shape[0] / 2
        corner = round(centre[0] * self.px_per_mm - half), round(centre[1] * self.px_per_mm - half)
        put_ink(self.paper, ink, self.hand.pen.colour, corner)

    def straight(self, start: Point, end: Point, shake: float = 0.3) -> Path:
        """A line as a hand draws it, without a ruler."""
        path = trace(Stroke((start, end), curved=False))
        return wobble(path / 20, shake / 20, self.rng) * 20


def glyph_side(box: Rect, px_per_mm: float) -> int:
    """Pixels of a glyph picture for a box."""
    return round((box[2] - box[0]) * REACH * px_per_mm)


def blacken(desk: Desk, bubble: Bubble, darkness: tuple[float, float] = (0.88, 1.0)) -> None:
    """Fill a circle as people do: mostly solid, with a ragged edge and now and then a gap."""
    rng, radius = desk.rng, bubble.diameter_mm / 2
    reach = radius * float(rng.uniform(0.78, 1.08))
    centre = np.asarray(bubble.centre) + rng.normal(0, radius * 0.07, 2)
    pen = Pen(
        float(rng.uniform(0.9, 1.7)), desk.hand.pen.colour, float(rng.uniform(*darkness)), float(rng.uniform(0, 0.12))
    )
    turns = max(3, math.ceil(reach / pen.width_mm * 1.35))
    angles = np.linspace(0, 2 * np.pi * turns, 26 * turns) + rng.uniform(0, 6)
    ragged = 1 + rng.normal(0, 0.035, len(angles))
    radii = np.linspace(reach - pen.width_mm / 2, 0.1, len(angles)) * ragged
    desk.draw([centre + np.column_stack([np.cos(angles), np.sin(angles)]) * radii[:, None]], pen)


def strike_votes(desk: Desk, grid: TallyGrid, count: int) -> None:
    """Turus: four upright strokes and one across to a square, squares from left to right, then the rows' sums."""
    left, top, right, bottom = grid.rect
    width, height = (right - left) / grid.columns, (bottom - top) / grid.rows
    paths: list[Path] = []
    for square in range(min(math.ceil(count / _FIVE), grid.rows * grid.columns)):
        row, column = divmod(square, grid.columns)
        corner = left + column * width, top + row * height
        paths += _strike_square(desk, corner, (width, height), min(_FIVE, count - square * _FIVE))
    desk.draw(paths, _fine(desk.hand.pen))
    rows = math.ceil(min(count, grid.rows * grid.columns * _FIVE) / (grid.columns * _FIVE))
    _write_row_sums(desk, grid, count, rows)
    if rows < grid.rows and desk.rng.random() < 0.7:
        _cancel_rows(desk, grid.rect, rows / grid.rows)
        _cancel_rows(desk, grid.totals, rows / grid.rows)


def _fine(pen: Pen) -> Pen:
    """The same pen for small writing: no marker fits it."""
    return Pen(min(pen.width_mm, 0.9), pen.colour, pen.darkness, pen.dryness)


def _strike_square(desk: Desk, corner: Point, size: tuple[float, float], count: int) -> list[Path]:
    rng = desk.rng
    x0, y0 = corner[0] + size[0] * rng.uniform(0.12, 0.2), corner[1] + size[1] * rng.uniform(0.15, 0.25)
    step, tall = size[0] * rng.uniform(0.13, 0.17), size[1] * rng.uniform(0.5, 0.62)
    lean = float(rng.normal(0.3, 0.4))
    paths = [
        desk.straight((x0 + step * at + lean, y0), (x0 + step * at - lean, y0 + tall), 0.12)
        for at in range(min(count, _FIVE - 1))
    ]
    if count == _FIVE:
        paths.append(desk.straight((x0 - step * 0.5, y0 + tall * 0.15), (x0 + step * 3.6, y0 + tall * 0.95), 0.15))
    return paths


def _write_row_sums(desk: Desk, grid: TallyGrid, count: int, rows: int) -> None:
    left, top, right, bottom = grid.totals
    height, full = (bottom - top) / grid.rows, grid.columns * _FIVE
    side = min((right - left) / 2, height)
    for row in range(rows):
        text = str(min(full, count - row * full)).rjust(2, "X" if row % 2 == 0 else "-")
        for place, symbol in enumerate(text):
            centre = left + (right - left) * (place + 0.5) / 2, top + height * (row + 0.5)
            ink = desk.hand.render(symbol, round(side * REACH * desk.px_per_mm), desk.rng, box_mm=side * 1.6)
            desk.stamp(ink, centre)


def _cancel_rows(desk: Desk, rect: Rect, used: float) -> None:
    """A long Z through the rows that stay empty."""
    left, top, right, bottom = rect
    inset, top = (right - left) * 0.06, top + (bottom - top) * (used + 0.03)
    bottom -= 4
    if bottom - top < 4:
        return
    corners = ((left + inset, top + 2), (right - inset, top + 2), (left + inset, bottom), (right - inset, bottom))
    desk.draw([desk.straight(corners[at], corners[at + 1]) for at in range(3)], _fine(desk.hand.pen))


def write_words(desk: Desk, text: str, rect: Rect, tallest_mm: float = 9.0) -> None:
    """Words in capitals, wrapped and made as small as the area needs."""
    left, top, right, bottom = rect
    aspect = float(np.clip(desk.hand.habits.aspect, 0.5, 0.75))
    height = tallest_mm
    lines = _wrap(text, (right - left) / height, aspect)
    while height > _LEAST_LETTER_MM and (
        len(lines) * height * 1.5 > bottom - top or _widest(lines, aspect) * height > right - left
    ):
        height *= 0.9
        lines = _wrap(text, (right - left) / height, aspect)
    paths: list[Path] = []
    for number, line in enumerate(lines):
        corner = left, top + number * height * 1.5
        paths += letter_paths(line, corner, height, aspect=aspect, slant=desk.hand.habits.slant * 0.5, rng=desk.rng)
    pen = desk.hand.pen
    desk.draw(paths, Pen(min(pen.width_mm, height * 0.16), pen.colour, pen.darkness, pen.dryness))


def _widest(lines: list[str], aspect: float) -> float:
    return max((lay_out(line, aspect)[1] for line in lines), default=0.0)


def _wrap(text: str, width: float, aspect: float) -> list[str]:
    """Lines no wider than `width` letter heights where words allow it."""
    lines: list[str] = []
    for word in text.split():
        if lines and lay_out(f"{lines[-1]} {word}", aspect)[1] <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def sign(desk: Desk, rect: Rect) -> None:
    """A signature nobody has: a few loops and a flourish."""
    rng = desk.rng
    left, top, right, bottom = rect
    count = int(rng.integers(7, 13))
    x = np.linspace(0.05, 0.8, count) + rng.normal(0, 0.05, count)
    y = 0.5 + np.where(np.arange(count) % 2 == 0, -1, 1) * rng.uniform(0.1, 0.45, count)
    x[2::3] -= rng.uniform(0.05, 0.14)
    points = tuple(
        (float(left + (right - left) * a), float(top + (bottom - top) * b)) for a, b in zip(x, y, strict=True)
    )
    paths = [trace(Stroke(points, curved=True))]
    if rng.random() < 0.6:
        paths.append(desk.straight((left + 1, bottom - 1), (right - 1, bottom - float(rng.uniform(1, 5)))))
    desk.draw(paths, _fine(desk.hand.pen))


def box_centre(rect: Rect) -> Point:
    """The middle of a box in mm."""
    left, top, right, bottom = rect
    return (left + right) / 2, (top + bottom) / 2
