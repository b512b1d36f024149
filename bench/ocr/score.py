"""Exact bounds of rates, from counts."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

CONFIDENCE = 0.95


def upper_bound(failures: int, trials: int) -> float:
    """Clopper and Pearson's exact one-sided upper bound of a failure rate at 95 %."""
    if trials == 0 or failures >= trials:
        return 1.0
    low, high = failures / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(failures, trials, middle) > 1 - CONFIDENCE else (low, middle)
    return high


def lower_bound(failures: int, trials: int) -> float:
    """The same from below."""
    if failures == 0:
        return 0.0
    low, high = 0.0, failures / trials
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(failures - 1, trials, middle) > CONFIDENCE else (low, middle)
    return low


def _at_most(failures: int, trials: int, rate: float) -> float:
    """Binomial probability of at most so many failures."""
    if rate in {0.0, 1.0}:
        return 1.0 if rate == 0 or failures >= trials else 0.0
    return sum(
        exp(lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1) + k * log(rate) + (trials - k) * log1p(-rate))
        for k in range(failures + 1)
    )
