"""Distributions of sums of independent numbers, by Fourier transform: the arithmetic under `ocr.settle`."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.clerk_errors import Table


def add_up(terms: Sequence[Table]) -> Table:
    """The distribution of the sum of independent numbers; of no number at all: surely 0.

    Tables are scaled to 1 before they are transformed: the transform's noise is 1e-16 of the largest entry, and what
    comes out negative is noise.
    """
    first, *others = sorted(terms, key=len) or [np.ones(1)]
    return reduce(convolve, others, first)


def convolve(first: Table, second: Table) -> Table:
    """The distribution of the sum of two independent numbers."""
    length = len(first) + len(second) - 1
    size = 1 << (length - 1).bit_length()
    high, wide = float(first.max()), float(second.max())
    if high <= 0 or wide <= 0:
        return np.zeros(length)
    product = np.fft.rfft(first / high, size) * np.fft.rfft(second / wide, size)
    return np.maximum(np.fft.irfft(product, size)[:length], 0.0) * (high * wide)


def shift_back(wanted: Table, others: Table, size: int) -> Table:
    """For each value x < size of one term: the sum over the others' total y of wanted[x + y] x others[y]."""
    if len(others) == 1:
        return cast("Table", wanted[:size] * others[0])
    return convolve(wanted, others[::-1])[len(others) - 1 : len(others) - 1 + size]
