"""Exact bounds of a rate from a count (Clopper and Pearson 1934), without a statistics library."""

from __future__ import annotations

import math
from collections.abc import Callable


def bound_rate(events: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """The two-sided interval for the rate behind `events` of `trials`; each side errs in half of 1 - confidence."""
    if not trials:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = 0.0 if events == 0 else _solve(lambda rate: 1 - _at_most(events - 1, trials, rate) - tail)
    high = 1.0 if events == trials else _solve(lambda rate: tail - _at_most(events, trials, rate))
    return low, high


def _at_most(events: int, trials: int, rate: float) -> float:
    """Probability of so many events or fewer."""
    if rate <= 0.0:
        return 1.0
    if rate >= 1.0:
        return float(events >= trials)
    term = trials * math.log1p(-rate)
    terms = [term]
    for count in range(1, events + 1):
        term += math.log((trials - count + 1) / count) + math.log(rate) - math.log1p(-rate)
        terms.append(term)
    largest = max(terms)
    return min(1.0, math.exp(largest) * math.fsum(math.exp(one - largest) for one in terms))


def _solve(rising: Callable[[float], float]) -> float:
    """Where a rising function of a rate crosses nought."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
