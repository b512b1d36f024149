"""The form drawer's hands as writers: many of them, each writing every symbol a few times, kept ready as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ocr.classify import BOX_SIZE, CLASSES
from ocr.draw.correct import overwrite
from ocr.draw.hands import Hand, Split, make_hand
from ocr.train.arrays import Labels, Picture, as_ink
from ocr.train.chance import happens
from ocr.train.compose import trim
from ocr.train.strokes import DRAWN
from ocr.train.writers import Written


@dataclass(frozen=True)
class HandWriter:
    """Symbols (N,64,64) that hands have written in place, and which they are (positions in CLASSES)."""

    glyphs: Picture
    labels: Labels

    def write(self, rng: np.random.Generator) -> Written:
        """Any of the symbols: half of them where the hand put it in its box, half to be put anywhere."""
        place = int(rng.integers(len(self.labels)))
        shape, symbol = as_ink(self.glyphs[place] / 255), CLASSES[self.labels[place]]
        if happens(rng, 0.5):
            return Written(shape, symbol, in_place=True)
        return Written(trim(shape), symbol)


def collect_writing(split: Split, numbers: Sequence[int], *, times: int, corrected: float, seed: int) -> HandWriter:
    """Every symbol that leaves ink, written `times` by each hand; a share `corrected` of the digits over another."""
    rng = np.random.default_rng(seed)
    glyphs, labels = [], []
    for number in numbers:
        hand = make_hand(split, number)
        for symbol in DRAWN * times:
            glyphs.append(_write(hand, symbol, corrected, rng))
            labels.append(CLASSES.index(symbol))
    return HandWriter(np.stack(glyphs), np.array(labels, dtype=np.int64))


def _write(hand: Hand, symbol: str, corrected: float, rng: np.random.Generator) -> Picture:
    """Ink at its darkest is full: how dark the pen is, the box it is put into decides."""
    if symbol.isdigit() and happens(rng, corrected):
        wrong = str((int(symbol) + int(rng.integers(1, 10))) % 10)
        ink = overwrite(hand, wrong, symbol, BOX_SIZE, rng)
    else:
        ink = hand.render(symbol, BOX_SIZE, rng)
    return np.asarray(np.clip(ink / max(float(ink.max()), 0.05), 0, 1) * 255, dtype=np.uint8)
