"""How clerks err: distributions forth, their transposes back, and the arithmetic of sums under both."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.clerk_errors import BROKEN_COPY, BROKEN_SUM, chance_of, mean, rate_of, slips, wish_sum, write, write_sum
from ocr.sum_tables import add_up, shift_back


def weight(meant: int, written: int) -> float:
    table = slips(1000)
    return float(table.weights[meant][table.values[meant] == written].sum())


@pytest.mark.parametrize("size", [10, 100, 1000])
def test_slips_of_each_number_are_a_distribution_without_the_number_itself(size: int) -> None:
    table = slips(size)
    assert np.allclose(table.weights.sum(axis=1), 1.0)
    assert not table.weights[table.values == np.arange(size)[:, None]].any()
    assert table.values.min() >= 0
    assert table.values.max() < size


def test_slips_are_a_digit_an_exchange_a_carry_or_a_little_away() -> None:
    for written in (429, 247, 428, 437, 527, 727, 472, 435):
        assert weight(427, written) > 0
    assert weight(427, 350) == weight(427, 274) == 0
    assert weight(427, 428) > 5 * weight(427, 437)
    assert weight(5, 50) > 0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([10, 100, 1000]))
def test_forth_and_back_are_transposes_and_lose_no_weight(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    meant, written = rng.random(size), rng.random(size)
    assert write(meant, 0.1).sum() == pytest.approx(meant.sum())
    assert write(meant, 0.1) @ written == pytest.approx(meant @ mean(written, 0.1))
    true_sum = rng.random(size + 37)
    assert write_sum(true_sum, size, 0.02).sum() == pytest.approx(true_sum.sum() - 0.98 * true_sum[size:].sum())
    assert write_sum(true_sum, size, 0.02) @ written == pytest.approx(true_sum @ wish_sum(written, size + 37, 0.02))


def test_single_chances_are_those_of_whole_tables() -> None:
    sums = np.array([0, 9, 427, 999, 1003])
    totals = np.array([0, 427, 428, 1000 - 1])
    table = chance_of(totals, sums, 1000, 0.02)
    for at, true_sum in enumerate(sums):
        surely = np.zeros(2000)
        surely[true_sum] = 1.0
        assert table[:, at] == pytest.approx(write_sum(surely, 1000, 0.02)[totals])
    assert table.max() <= 1.0


def test_a_copy_fails_oftener_than_a_sum() -> None:
    assert rate_of(1) == BROKEN_COPY > BROKEN_SUM == rate_of(2)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_sums_by_transform_are_sums_by_hand(seed: int, sizes: list[int]) -> None:
    rng = np.random.default_rng(seed)
    terms = [rng.random(size) for size in sizes]
    by_hand = np.ones(1)
    for term in terms:
        by_hand = np.convolve(by_hand, term)
    assert add_up(terms) == pytest.approx(by_hand, rel=1e-9)
    wanted = rng.random(len(by_hand) + 12)
    expected = [sum(wanted[x + y] * by_hand[y] for y in range(len(by_hand))) for x in range(13)]
    assert shift_back(wanted, by_hand, 13) == pytest.approx(expected, rel=1e-9)


def test_a_sum_of_nothing_possible_is_nothing() -> None:
    assert not add_up([np.zeros(10), np.ones(10)]).any()
