"""Exact bounds of a rate that was counted: what may be said after k of n, however few they are. Quantiles of beta.

Clopper and Pearson, Biometrika 26 (1934) 404: never narrower than it claims, so it errs towards saying less.
"""

from functools import lru_cache
from math import exp, lgamma, log, log1p

CONFIDENCE = 0.95
_STEPS = 60
_TERMS = 500
_TINY = 1e-300
_CLOSE = 1e-14


def bound_rate(count: int, of: int, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the two-sided exact interval of a rate of which ``count`` of ``of`` cases were seen; (0, 1) for no cases.

    Raises:
        ValueError: more were seen than there are.
    """
    if not 0 <= count <= of:
        message = f"{count} of {of} cannot be a rate."
        raise ValueError(message)
    tail = (1 - confidence) / 2
    low = 0.0 if count == 0 else find_beta_quantile(tail, count, of - count + 1)
    high = 1.0 if count == of else find_beta_quantile(1 - tail, count + 1, of - count)
    return low, high


@lru_cache(maxsize=65_536)
def find_beta_quantile(share: float, a: float, b: float) -> float:
    """Return where the beta distribution (``a``, ``b`` > 0) reaches ``share``.

    Newton's steps, and halving where one would leave the range that is left: the function only rises. Kept for the
    next who has the same counts: a tenth of a millisecond each, and counts are small whole numbers.
    """
    low, high, at = 0.0, 1.0, a / (a + b)
    front = lgamma(a + b) - lgamma(a) - lgamma(b)
    for _ in range(_STEPS):
        off = _beta_share(at, a, b) - share
        low, high = (at, high) if off < 0 else (low, at)
        steep = exp(front + (a - 1) * log(at) + (b - 1) * log1p(-at))
        step = at - off / steep if steep > _TINY else low
        before, at = at, step if low < step < high else (low + high) / 2
        if abs(at - before) <= _CLOSE * at:
            break
    return at


def _beta_share(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), by the continued fraction of DLMF 8.17.22."""
    if not 0.0 < x < 1.0:
        return x
    if x > (a + 1) / (a + b + 2):  # the fraction converges quickly on this side only
        return 1.0 - _beta_share(1.0 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    c, d = 1.0, 1.0 / _away_from_nought(1.0 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1.0 / _away_from_nought(1.0 + step * d)
            c = _away_from_nought(1.0 + step / c)
            fraction *= c * d
        if abs(c * d - 1.0) < _CLOSE:
            break
    return front * fraction


def _away_from_nought(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
