"""Capital letters as pen strokes, for the words on a form: numbers spelled out, places, names.

Written for this drawer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from ocr.draw.pen import Path, trace, wobble
from ocr.draw.strokes import Stroke

# A stroke is points "x,y" in percent of the letter; strokes are parted by "/", and a curved one starts with "~".
_LETTERS = {
    "A": "0,100 50,0 100,100/18,65 82,65",
    "B": "5,0 5,100/~5,0 70,5 70,42 8,48/~8,48 95,55 90,95 5,100",
    "C": "~95,15 50,0 5,50 45,100 95,85",
    "D": "5,0 5,100/~5,0 80,15 95,60 5,100",
    "E": "90,0 5,0 5,100 95,100/5,48 75,48",
    "F": "90,0 5,0 5,100/5,48 75,48",
    "G": "~92,15 50,0 5,50 45,100 92,85 92,55/60,55 95,55",
    "H": "5,0 5,100/95,0 95,100/5,50 95,50",
    "I": "50,0 50,100",
    "J": "~75,0 75,75 45,100 10,80",
    "K": "5,0 5,100/90,0 8,52 95,100",
    "L": "5,0 5,100 90,100",
    "M": "0,100 10,0 50,65 90,0 100,100",
    "N": "5,100 5,0 95,100 95,0",
    "O": "~55,0 5,35 20,95 75,95 95,45 50,0",
    "P": "5,100 5,0/~5,0 85,8 80,48 8,52",
    "Q": "~55,0 5,35 20,95 75,95 95,45 50,0/60,70 100,100",
    "R": "5,100 5,0/~5,0 85,8 80,45 8,50/40,50 95,100",
    "S": "~90,12 45,0 10,22 50,48 90,72 55,100 5,88",
    "T": "0,0 100,0/50,0 50,100",
    "U": "~5,0 8,75 50,100 92,75 95,0",
    "V": "0,0 50,100 100,0",
    "W": "0,0 22,100 50,35 78,100 100,0",
    "X": "0,0 100,100/100,0 0,100",
    "Y": "0,0 50,48/100,0 50,48 50,100",
    "Z": "5,0 95,0 5,100 100,100",
    ".": "48,96 52,100",
    "-": "15,50 85,50",
    "'": "50,0 45,20",
    "0": "~50,0 5,50 50,100 95,50 50,0",
    "1": "25,25 55,0 55,100",
    "2": "~8,22 50,0 90,25 60,60 5,100/5,100 95,98",
    "3": "~10,10 55,0 85,22 40,48/~40,48 95,65 60,100 5,90",
    "4": "30,0 5,62 100,60/70,25 70,100",
    "5": "15,0 12,42/~12,42 60,36 95,68 55,100 5,90/15,0 90,0",
    "6": "~80,2 25,30 8,75 50,100 90,75 50,52 12,72",
    "7": "5,2 95,0 40,100",
    "8": "~80,12 45,0 14,20 50,46 88,75 50,100 10,76 50,48 84,20 70,4",
    "9": "~88,15 50,0 8,25 40,52 82,38 90,12 84,60 70,100",
}
_WIDTHS = {"I": 0.25, "M": 1.15, "W": 1.2, ".": 0.3, "'": 0.3, "-": 0.7}
_SPACE = 0.75


def _parse(data: str) -> tuple[Stroke, ...]:
    return tuple(_parse_stroke(stroke) for stroke in data.split("/"))


def _parse_stroke(data: str) -> Stroke:
    points = tuple((int(x) / 100, int(y) / 100) for x, y in re.findall(r"(\d+),(\d+)", data))
    return Stroke(points, curved=data.startswith("~"))


STROKES = {letter: _parse(data) for letter, data in _LETTERS.items()}


def lay_out(text: str, aspect: float) -> tuple[list[tuple[str, float]], float]:
    """Each letter with its left edge, and the width of all, in letter heights; what cannot be written is left out."""
    placed, at = [], 0.0
    for letter in text.upper():
        if letter in STROKES:
            placed.append((letter, at))
            at += aspect * (_WIDTHS.get(letter, 1.0) + 0.32)
        else:
            at += aspect * _SPACE
    return placed, at


def letter_paths(
    text: str, corner: tuple[float, float], height: float, *, aspect: float, slant: float, rng: np.random.Generator
) -> Iterator[Path]:
    """The pen's paths for one line of words from its top-left corner, in the unit of corner and height."""
    line = 0.0
    for letter, left in lay_out(text, aspect)[0]:
        line = 0.7 * line + float(rng.normal(0, 0.04))
        width = aspect * _WIDTHS.get(letter, 1.0)
        for stroke in STROKES[letter]:
            jittered = tuple(
                (x + float(rng.normal(0, 0.035)), y + float(rng.normal(0, 0.03))) for x, y in stroke.points
            )
            path = trace(Stroke(jittered, stroke.curved))
            x = left + path[:, 0] * width + slant * (0.5 - path[:, 1])
            placed = np.column_stack([x, path[:, 1] + line])
            yield np.asarray(corner) + wobble(placed, 0.006, rng) * height
