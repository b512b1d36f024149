"""What boxes and bubbles of one field say: distributions over values, and never a number where none stands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.classify import CLASSES
from ocr.evidence import (
    ALIKE_FLOOR,
    allow_correction,
    believe_boxes,
    believe_ink,
    believe_nothing,
    weigh_bubbles,
)


def boxes(symbols: str, sure: float = 0.999, second: str | None = None, share: float = 0.0) -> np.ndarray:
    table = np.full((len(symbols), len(CLASSES)), (1 - sure) / (len(CLASSES) - 1), np.float32)
    for place, symbol in enumerate(symbols):
        table[place, CLASSES.index(symbol)] = sure
        if second and second[place] != symbol:
            table[place, CLASSES.index(second[place])] = share
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def marks(text: str, other: float = 0.005) -> np.ndarray:
    """How well bubbles go with each digit: "_" says nothing."""
    table = np.ones((len(text), 10))
    for place, mark in enumerate(text):
        if mark.isdigit():
            table[place] = other
            table[place, int(mark)] = 1.0
    return table


@pytest.mark.parametrize(
    ("symbols", "value"),
    [
        ("123", 123),
        ("X32", 32),
        ("--5", 5),
        ("__3", 3),
        ("0X7", 7),
        ("XX0", 0),
        ("000", 0),
        ("-40", 40),
        ("907", 907),
        ("7", 7),
        ("0", 0),
        ("X4", 4),
        ("40", 40),
        ("1907", 1907),
        ("X040", 40),
        ("___6", 6),
    ],
)
def test_unused_leading_places_may_be_written_in_any_way(symbols: str, value: int) -> None:
    believed = believe_boxes(boxes(symbols))
    assert believed.best == value
    assert believed.values[value] > 0.9
    assert believed.values.shape == (10 ** len(symbols),)


@pytest.mark.parametrize("symbols", ["___", "X__", "-X_", "12X", "1_3", "5-5", "8X0", "-3_", "_", "3X", "1X23"])
def test_what_is_no_number_is_left_open(symbols: str) -> None:
    believed = believe_boxes(boxes(symbols, sure=0.99999))
    assert believed.open > 0.98


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_a_belief_is_a_distribution(seed: int, places: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.full(len(CLASSES), 0.3), size=places).astype(np.float32)
    believed = believe_boxes(table)
    weighed = weigh_bubbles(believed, rng.random((places, 10)) + 1e-3)
    for one in (believed, weighed, believe_nothing(places)):
        assert one.values.sum() + one.open == pytest.approx(1.0)
        assert one.values.min() >= 0
        assert one.open >= 0


@pytest.mark.parametrize("symbols", ["XXX", "---", "-X-", "X"])
def test_boxes_struck_out_altogether_are_nought_but_not_surely(symbols: str) -> None:
    believed = believe_boxes(boxes(symbols, sure=0.99999))
    assert believed.best == 0
    assert 0.7 < believed.values[0] < 0.9


def test_a_cross_that_might_be_an_8_is_a_cross_where_800_voters_cannot_be() -> None:
    doubtful = believe_boxes(boxes("832", sure=0.7, second="X32", share=0.29))
    assert doubtful.best == 32
    assert believe_boxes(boxes("832", sure=0.999)).best == 832


@pytest.mark.parametrize("shape", [(0, 13), (5, 13), (3, 12)])
def test_box_probabilities_of_another_shape_are_an_error(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="pass"):
        believe_boxes(np.ones(shape, np.float32))


def test_a_field_that_was_not_seen_says_nothing() -> None:
    assert believe_nothing(3).open > 1 - 1e-6


def test_bubbles_choose_between_digits_that_the_boxes_confuse() -> None:
    unsure = believe_boxes(boxes("131", sure=0.55, second="181", share=0.45))
    assert weigh_bubbles(unsure, marks("181")).best == 181
    assert weigh_bubbles(unsure, marks("131")).best == 131
    assert weigh_bubbles(unsure, marks("___")).values[131] == pytest.approx(unsure.values[131])


def test_bubbles_cannot_overturn_a_clear_digit() -> None:
    clear = believe_boxes(boxes("131", sure=0.9999))
    assert weigh_bubbles(clear, marks("181")).best == 131


def test_bubbles_give_no_number_to_empty_boxes() -> None:
    empty = believe_boxes(boxes("___", sure=0.9999))
    assert weigh_bubbles(empty, marks("042")).open > 0.9


def test_size_makes_a_number_rarer_but_is_no_ink() -> None:
    either = boxes("705", second="205", share=0.02, sure=0.97)
    assert believe_ink(either).values[705] > 0.9
    assert 0.2 < believe_boxes(either).values[205] < 0.5
    assert believe_ink(either).values[205] < 0.03


def test_beside_boxes_under_a_line_stands_a_number_whatever_the_boxes_spell() -> None:
    gap = believe_boxes(boxes("1_4"))
    assert gap.open > 0.7
    struck, plain = (allow_correction(gap, struck=line) for line in (True, False))
    assert plain.open == pytest.approx(gap.open, rel=0.01)
    assert struck.open < 0.06
    assert struck.values.min() > 5e-4


def test_a_certain_box_is_rather_a_lookalike_than_any_other_digit() -> None:
    seven = believe_ink(boxes("7", sure=1.0)).values
    assert seven[1] == pytest.approx(seven[2]) == pytest.approx(ALIKE_FLOOR / 2, rel=0.1)
    assert max(seven[digit] for digit in (0, 3, 4, 5, 6, 8, 9)) < 0.1 * seven[2]
