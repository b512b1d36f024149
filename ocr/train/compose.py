"""Printed boxes with ink in them, drawn: border, dotted guide, paper, dirt, neighbours and the writing itself.

Measures are pixels of the box picture: the printed square measures 52 from centre line to centre line. Drawn on a
canvas of 96, the square in its middle, so that a moved or turned picture still finds real surroundings at its edges.
"""

from __future__ import annotations

import cv2
import numpy as np

from ocr.train.arrays import Ink, Picture, as_ink
from ocr.train.chance import choose, happens
from ocr.train.strokes import SIDE

CANVAS = 96
SQUARE = 52.0
NEAR = (CANVAS - SQUARE) / 2
"""Where the square begins, from the canvas's left or top."""

NEIGHBOUR_PITCH = SQUARE * 23.5 / 20
"""From one box to the next of the same field, on the 2024 form."""

INKED = 0.15
"""A pixel with less ink than this is margin."""

FINE = 2
"""Canvas pixels are drawn this many times finer, then averaged."""


def blank_box(rng: np.random.Generator) -> Ink:
    """An empty printed box: paper brightness (96,96), 0 to 1."""
    paper = np.full((CANVAS * FINE, CANVAS * FINE), 255, dtype=np.uint8)
    if happens(rng, 0.45):
        _print_guide(paper, rng)
    thickness = max(1, round(float(rng.uniform(1.0, 3.6)) * FINE))
    darkness = int(rng.uniform(10, 90))
    stretch = float(rng.uniform(0.96, 1.04))
    _print_square(paper, CANVAS / 2, thickness, darkness, stretch)
    for side in (-1, 1):
        if happens(rng, 0.55):
            distance = NEIGHBOUR_PITCH * float(rng.uniform(0.97, 1.25))
            _print_square(paper, CANVAS / 2 + side * distance, thickness, darkness, stretch)
    return as_ink(cv2.resize(paper, (CANVAS, CANVAS), interpolation=cv2.INTER_AREA)) / np.float32(255)


def blank_cell(rng: np.random.Generator) -> Ink:
    """An empty cell of a table: its walls are its neighbours' walls, and it is rarely square; brightness (96,96)."""
    paper = np.full((CANVAS * FINE, CANVAS * FINE), 255, dtype=np.uint8)
    thickness = max(1, round(float(rng.uniform(0.7, 3.2)) * FINE))
    darkness = int(rng.uniform(0, 90))
    middle, half = CANVAS / 2, SQUARE / 2
    reach = half * float(rng.uniform(0.72, 1.3))
    near, far = (middle - half * 3 if happens(rng, 0.7) else middle - half for _ in range(2))
    left, right = round(near * FINE), round((CANVAS - far) * FINE)
    for y in (middle - reach, middle + reach):
        cv2.line(paper, (left, round(y * FINE)), (right, round(y * FINE)), darkness, thickness, cv2.LINE_AA)
    above = middle - reach * (3 if happens(rng, 0.5) else 1)
    below = middle + reach * (3 if happens(rng, 0.5) else 1)
    for x in (near, middle - half, middle + half, CANVAS - far):
        start, end = (round(x * FINE), round(above * FINE)), (round(x * FINE), round(below * FINE))
        cv2.line(paper, start, end, darkness, thickness, cv2.LINE_AA)
    return as_ink(cv2.resize(paper, (CANVAS, CANVAS), interpolation=cv2.INTER_AREA)) / np.float32(255)


def _print_square(paper: Picture, centre: float, thickness: int, darkness: int, stretch: float) -> None:
    half = SQUARE / 2
    near = (round((centre - half) * FINE), round((CANVAS / 2 - half * stretch) * FINE))
    far = (round((centre + half) * FINE), round((CANVAS / 2 + half * stretch) * FINE))
    cv2.rectangle(paper, near, far, darkness, thickness, cv2.LINE_AA)


def _print_guide(paper: Picture, rng: np.random.Generator) -> None:
    """The grey dots of the 2024 page 2: an eight of three columns and nine rows, its three bars of five dots."""
    grey, half = int(rng.uniform(120, 225)), max(1, round(0.012 * SQUARE * FINE))
    columns, rows = NEAR + SQUARE * np.linspace(0.3, 0.7, 5), NEAR + SQUARE * np.linspace(0.185, 0.815, 9)
    for place, y in enumerate(rows):
        for x in columns if place in (0, 4, 8) else columns[::2]:
            corner = (round(x * FINE) - half, round(y * FINE) - half)
            cv2.rectangle(paper, corner, (corner[0] + 2 * half, corner[1] + 2 * half), grey, cv2.FILLED)


def write_ink(paper: Ink, ink: Ink, rng: np.random.Generator, *, darkness: float | None = None) -> Ink:
    """The paper with ink on it: a pen covers some of the brightness, and the pressure varies a little."""
    cover = float(rng.uniform(0.45, 0.97)) if darkness is None else darkness
    return np.asarray(paper * (1 - ink * cover), dtype=np.float32)


def place_symbol(shape: Ink, symbol: str, rng: np.random.Generator) -> Ink:
    """The ink of a symbol, brought to a plausible size and place in the box, (96,96)."""
    height, width = _size(shape, symbol, rng)
    inked = resize_ink(shape, width, height)
    spread = 3.0 if symbol == "X" else 4.5
    centre = CANVAS / 2 + rng.normal(0, spread, size=2).clip(-9, 9)
    return paste(inked, float(centre[0]), float(centre[1]))


def resize_ink(shape: Ink, width: int, height: int) -> Ink:
    """The shape at another size."""
    how = cv2.INTER_AREA if height < shape.shape[0] else cv2.INTER_LINEAR
    return as_ink(cv2.resize(shape, (width, height), interpolation=how))


def _size(shape: Ink, symbol: str, rng: np.random.Generator) -> tuple[int, int]:
    rows, columns = shape.shape
    if symbol == "-":
        width = rng.uniform(12, 46)
        return max(3, round(rows * width / columns)), round(width)
    height = rng.uniform(18, 54) if symbol == "X" else float(np.clip(rng.normal(34, 8), 15, 49))
    width = height * columns / rows * rng.uniform(0.85, 1.18)
    return round(height), int(np.clip(round(width), 2, 58 if symbol == "X" else 50))


def paste(shape: Ink, x: float, y: float) -> Ink:
    """The shape, centred at (x, y) on an empty canvas; what falls outside is lost."""
    rows, columns = shape.shape
    move = np.array([[1, 0, x - columns / 2], [0, 1, y - rows / 2]], dtype=np.float64)
    return np.asarray(cv2.warpAffine(shape, move, (CANVAS, CANVAS), flags=cv2.INTER_LINEAR), dtype=np.float32)


def trim(shape: Ink) -> Ink:
    """The shape without its empty margins."""
    rows, columns = (np.flatnonzero(shape.max(axis=axis) > INKED) for axis in (1, 0))
    if not len(rows) or not len(columns):
        return shape
    return shape[max(rows[0] - 1, 0) : rows[-1] + 2, max(columns[0] - 1, 0) : columns[-1] + 2]


def repen(shape: Ink, rng: np.random.Generator) -> Ink:
    """A pixel digit as drawn with another pen: enlarged, then thinned or thickened by moving its edge."""
    large = cv2.resize(shape, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(large, (0, 0), 2.2)
    edge = float(rng.uniform(0.25, 0.72))
    return np.asarray(np.clip((soft / max(float(soft.max()), 1e-3) - edge) * 6 + 0.5, 0, 1), dtype=np.float32)


def add_dirt(paper: Ink, shape: Ink, rng: np.random.Generator) -> Ink:
    """Specks, a hair, or writing of the other side shining through: nothing that anyone wrote here."""
    kind = choose(rng, {"bleed": 0.4, "specks": 0.4, "hairs": 0.2})
    if kind == "bleed":
        mirrored = cv2.GaussianBlur(np.ascontiguousarray(place_symbol(shape, "8", rng)[:, ::-1]), (0, 0), 1.5)
        return write_ink(paper, as_ink(mirrored), rng, darkness=float(rng.uniform(0.02, 0.1)))
    marks = np.zeros((CANVAS, CANVAS), dtype=np.uint8)
    for _ in range(int(rng.integers(1, 5))):
        x, y = rng.uniform(20, 76, size=2)
        length = float(rng.uniform(1, 7)) if kind == "hairs" else 0.0
        turn = rng.uniform(0, 2 * np.pi)
        end = (round(x + length * np.cos(turn)), round(y + length * np.sin(turn)))
        cv2.line(marks, (round(x), round(y)), end, 255, 1 if length else int(rng.integers(1, 3)), cv2.LINE_AA)
    return write_ink(paper, as_ink(marks / 255), rng, darkness=float(rng.uniform(0.1, 0.6)))


def intrude(paper: Ink, shape: Ink, rng: np.random.Generator) -> Ink:
    """Ink of a neighbour: a symbol in the next box, or a stroke of it that reaches across the border."""
    side = -1 if happens(rng, 0.5) else 1
    height = round(float(rng.uniform(26, 50)))
    width = max(2, round(height * shape.shape[1] / shape.shape[0]))
    distance = NEIGHBOUR_PITCH - float(rng.uniform(0, 14)) + ((width - 24) / 2 if happens(rng, 0.3) else 0)
    placed = paste(resize_ink(shape, width, height), CANVAS / 2 + side * distance, CANVAS / 2 + float(rng.normal(0, 4)))
    return write_ink(paper, placed, rng)
