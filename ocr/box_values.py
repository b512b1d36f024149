"""From a box's thirteen symbols to the value it stands for: a cross, a dash and a blank count as nought there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.classify import CLASSES, Probabilities

_DIGITS = 10
_NOUGHT = [CLASSES.index(symbol) for symbol in "0X-_"]


@dataclass(frozen=True)
class BoxValue:
    """One box alone: its value (0 to 9) with the probability of it, and the symbol it looks most like with its own.

    `probability` is the sum over all symbols of that value, so `symbol` need not be one of them.
    """

    value: int
    probability: float
    symbol: str
    symbol_probability: float


def value_boxes(probabilities: Probabilities) -> list[BoxValue]:
    """Values of boxes (N,13), each by itself: no neighbours, no sums."""
    values = _sum_values(probabilities)
    best, symbols = values.argmax(axis=1), probabilities.argmax(axis=1)
    rows = range(len(values))
    return [
        BoxValue(
            value=int(best[row]),
            probability=min(float(values[row, best[row]]), 1.0),
            symbol=CLASSES[symbols[row]],
            symbol_probability=min(float(probabilities[row, symbols[row]]), 1.0),
        )
        for row in rows
    ]


def _sum_values(probabilities: Probabilities) -> NDArray[np.float64]:
    values = probabilities[:, :_DIGITS].astype(np.float64)
    values[:, 0] = probabilities[:, _NOUGHT].sum(axis=1)
    return values
