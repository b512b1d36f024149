"""Where the writing on drawn boxes comes from: simple strokes, MNIST, and the hands of the form drawer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ocr.classify import CLASSES
from ocr.train.arrays import Ink, as_ink
from ocr.train.compose import repen, trim
from ocr.train.sources import Pictures
from ocr.train.strokes import DRAWN, draw_symbol


@dataclass(frozen=True)
class Written:
    """The shape of one symbol, and which it is: without margins, or `in_place` as written into a box (64,64)."""

    shape: Ink
    symbol: str
    in_place: bool = False

    def alone(self) -> Ink:
        """The shape without margins."""
        return trim(self.shape) if self.in_place else self.shape


class Writer(Protocol):
    """Anything that writes one symbol; the same generator state gives the same shape."""

    def write(self, rng: np.random.Generator) -> Written:
        """A symbol of the writer's own choice."""


@dataclass(frozen=True)
class StrokeWriter:
    """Our own polylines; crosses and dashes as often as any digit."""

    symbols: str = DRAWN

    def write(self, rng: np.random.Generator) -> Written:
        """Any of `symbols`, each as often."""
        symbol = self.symbols[int(rng.integers(len(self.symbols)))]
        return Written(trim(draw_symbol(symbol, rng)), symbol)


@dataclass(frozen=True)
class MnistWriter:
    """Digits of MNIST, each with a pen of its own."""

    digits: Pictures

    def write(self, rng: np.random.Generator) -> Written:
        """Any digit of the set."""
        place = int(rng.integers(len(self.digits.labels)))
        return self.write_digit(place, rng)

    def write_digit(self, place: int, rng: np.random.Generator) -> Written:
        """The digit at `place` of the set."""
        shape = as_ink(self.digits.pictures[place] / 255)
        return Written(trim(repen(shape, rng)), CLASSES[self.digits.labels[place]])


@dataclass(frozen=True)
class MixedWriter:
    """One of several writers, by weight."""

    writers: Sequence[Writer]
    weights: Sequence[float]

    def write(self, rng: np.random.Generator) -> Written:
        """Whatever the chosen writer writes."""
        chances = np.array(self.weights) / sum(self.weights)
        return self.writers[int(rng.choice(len(self.writers), p=chances))].write(rng)
