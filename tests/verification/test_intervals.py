"""Exact intervals, against values that tables have and against the binomial distribution itself."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.verification.intervals import bound_rate


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 10, 0.0, 0.3085), (1, 10, 0.0025, 0.4450), (5, 10, 0.1871, 0.8129), (10, 10, 0.6915, 1.0), (0, 0, 0.0, 1.0)],
)
def test_values_of_tables(count: int, of: int, low: float, high: float) -> None:
    assert bound_rate(count, of) == pytest.approx((low, high), abs=5e-5)


def test_three_by_n_where_nothing_was_seen() -> None:
    assert bound_rate(0, 1_000_000)[1] == pytest.approx(3.689e-6, rel=1e-3)
    low, high = bound_rate(900_000, 1_000_000)
    assert low == pytest.approx(0.9 - 1.96 * 0.0003, abs=2e-5)
    assert high == pytest.approx(0.9 + 1.96 * 0.0003, abs=2e-5)


@given(st.integers(1, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_its_ends_are_where_the_binomial_tails_are_a_fortieth(case: tuple[int, int]) -> None:
    count, of = case
    low, high = bound_rate(count, of)
    assert 0 <= low <= count / of <= high <= 1
    if count > 0:
        assert sum(_chance(one, of, low) for one in range(count, of + 1)) == pytest.approx(0.025, rel=1e-6)
    if count < of:
        assert sum(_chance(one, of, high) for one in range(count + 1)) == pytest.approx(0.025, rel=1e-6)


def _chance(count: int, of: int, rate: float) -> float:
    return comb(of, count) * rate**count * (1 - rate) ** (of - count)


def test_more_than_all_is_no_rate() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        bound_rate(3, 2)
