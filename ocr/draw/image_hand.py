"""A writer made of pictures of handwritten digits, e.g. MNIST of an installed package: nothing of it ships here."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.draw.hands import BOX_MM, REACH, Habits, Hand, make_hand
from ocr.draw.pen import Ink, Pen

_SIDE = 28


@dataclass(frozen=True)
class ImageHand:
    """`glyphs` uint8 (N, 28, 28), white ink on black, with `labels` (N,) 0..9.

    `seed` fixes the pen, the size and the place in the box; X and dash are drawn by a hand of the training split.
    """

    glyphs: NDArray[np.uint8]
    labels: NDArray[np.integer]
    seed: int

    def __post_init__(self) -> None:
        if self.glyphs.ndim != 3 or self.glyphs.shape[1:] != (_SIDE, _SIDE) or len(self.glyphs) != len(self.labels):
            raise ValueError(
                f"pictures {self.glyphs.shape} and labels {self.labels.shape} do not fit; give (N, 28, 28) and (N,)"
            )

    @property
    def pen(self) -> Pen:
        return self._hand.pen

    @property
    def habits(self) -> Habits:
        return self._hand.habits

    @property
    def _hand(self) -> Hand:
        return make_hand("train", self.seed)

    def render(self, symbol: str, size: int, rng: np.random.Generator, *, box_mm: float = BOX_MM) -> Ink:
        """Ink (size, size) of a picture of that digit, REACH box sides wide; other symbols are drawn."""
        hand = self._hand
        if not symbol.isdecimal():
            return hand.render(symbol, size, rng, box_mm=box_mm)
        choice = np.flatnonzero(self.labels == int(symbol))
        if len(choice) == 0:
            raise ValueError(f"no picture shows {symbol!r}; give pictures of every digit")
        glyph = self.glyphs[int(rng.choice(choice))].astype(np.float32) / 255
        return np.asarray(_place(glyph, hand, size, rng) * hand.pen.darkness, dtype=np.float32)


def _place(glyph: NDArray[np.float32], hand: Hand, size: int, rng: np.random.Generator) -> Ink:
    """The picture scaled to the hand's size (20 of its 28 pixels are the digit) and put where the hand writes."""
    habits = hand.habits
    height = habits.height * float(rng.normal(1, 0.05)) * size / REACH
    scale = height / 20
    centre = [(0.5 + (offset + float(rng.normal(0, 0.03))) / REACH) * size for offset in habits.offset]
    stretch = scale * float(rng.normal(1, 0.08))
    matrix = np.array([[stretch, 0, centre[0] - stretch * 13.5], [0, scale, centre[1] - scale * 13.5]], np.float32)
    placed = cv2.warpAffine(glyph, matrix, (size, size), flags=cv2.INTER_CUBIC)
    return np.asarray(np.clip((placed - 0.15) * 1.5, 0, 1), dtype=np.float32)
