"""A corrected box can be read: the old symbol is rubbed out where the new one would drown in it."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.draw.correct import overwrite
from ocr.draw.hands import make_hand

HANDS = [make_hand("train", number) for number in range(60)]
SEGMENTS = [hand for hand in HANDS if all(hand.favourites[digit][0].segment for digit in "1358")]


def left_of(before: str, after: str, number: int) -> float:
    """How dark the old symbol still is where the new one is not."""
    hand = SEGMENTS[number]
    ink = overwrite(hand, before, after, 96, np.random.default_rng(number))
    old = hand.render(before, 96, np.random.default_rng(number))
    new = np.stack([hand.render(after, 96, np.random.default_rng(seed)) for seed in range(30)]).max(axis=0)
    alone = (old > 0.5) & (new < 0.02)
    return float(ink[alone].mean()) if alone.any() else 0.0


@pytest.mark.parametrize("number", range(3))
def test_an_eight_is_rubbed_out_before_a_five_is_written(number: int) -> None:
    assert left_of("8", "5", number) < 0.22


def test_what_does_not_drown_is_written_over() -> None:
    assert max(left_of("6", "7", number) for number in range(3)) > 0.22
