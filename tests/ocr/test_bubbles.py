"""What a column of ten bubbles says."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.read_bubbles import BubbleReading, mark_column


def column(**fills: float) -> np.ndarray:
    table = np.full(10, 0.02)
    for name, fill in fills.items():
        table[int(name[1:])] = fill
    return table


@pytest.mark.parametrize(
    ("fills", "mark"),
    [
        (column(b3=0.7), "3"),
        (column(b0=0.4, b1=0.1), "0"),
        (column(), "_"),
        (column(b5=0.08), "_"),
        (column(b5=0.18), "?"),
        (column(b2=0.6, b7=0.55), "?"),
    ],
)
def test_one_clear_bubble_counts_and_nothing_else(fills: np.ndarray, mark: str) -> None:
    assert mark_column(fills) == mark


def test_bubbles_that_nobody_filled_are_no_reading() -> None:
    assert BubbleReading("___", np.zeros((3, 10))).text is None
    assert BubbleReading("_32", np.zeros((3, 10))).text == "_32"
