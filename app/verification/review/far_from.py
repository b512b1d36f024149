"""Is a result far from what is known around it? Pure and descriptive: it says what a person should look at, never why.

Three looks, in this order. *The authority*: another number of votes for a choice. *The voters' list*: more valid votes
than ballots a polling station gets, its own list (DPT) and 2 per cent (Law 7/2017, article 344 paragraph 2). *The
neighbours*: votes divided so unlike those of other polling stations of the village that a beta-binomial with the
village's own spread gives it less than :data:`UNLIKELY`; Mebane and others use the like for election forensics. The
spread is estimated from medians, so that one odd neighbour does not hide another, and is drawn towards a wide one
while neighbours are few: it errs towards silence. Small stations say little about anything and are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, lgamma
from statistics import median
from typing import Literal

Why = Literal["official_differs", "above_dpt", "unlike_neighbours"]

SPARE = 0.02
"""Ballots beyond the voters' list."""
UNLIKELY = 1e-4
"""Two-sided probability, over all choices together, below which a result is called unlike its neighbours."""
NEIGHBOURS_MIN = 5
VOTES_MIN = 30
"""Of a station and of each of its neighbours."""

PRIOR_SPREAD, PRIOR_WEIGHT = 0.05, 6.0
"""Spread (intra-class correlation) within a village as if seen at so many neighbours."""
SPREAD_MIN, SPREAD_MAX = 0.01, 0.5
_TO_SIGMA = 1.4826
"""A median deviation of a normal distribution times this is its standard deviation."""


@dataclass(frozen=True)
class Far:
    """Why a result should be looked at. ``fields``: which numbers; ``size``: votes by which it differs, or is above.

    ``probability``: of something as far or farther, for ``unlike_neighbours``; ``above``: then ``size`` with its sign.
    """

    why: Why
    fields: tuple[str, ...]
    size: int
    probability: float | None = None
    above: int = 0


def far_from(
    votes: Mapping[str, int],
    official: Mapping[str, int | None],
    dpt: int | None,
    neighbours: Sequence[Mapping[str, int]],
) -> Far | None:
    """Return why somebody should look at this result; None where nothing is odd, or nothing is known to compare with.

    ``votes``: choice field -> accepted votes; ``official``: the same as published; ``dpt``: people on the list of this
    station; ``neighbours``: accepted votes of other stations of the village. All are counts of people.
    """
    return _differ(votes, official) or _exceed(votes, dpt) or stand_apart(votes, neighbours)


def _differ(votes: Mapping[str, int], official: Mapping[str, int | None]) -> Far | None:
    gaps = {name: abs(votes[name] - said) for name, said in official.items() if name in votes and said is not None}
    differing = tuple(name for name, gap in gaps.items() if gap)
    return Far("official_differs", differing, max(gaps.values())) if differing else None


def _exceed(votes: Mapping[str, int], dpt: int | None) -> Far | None:
    if dpt is None or dpt <= 0:
        return None
    above = sum(votes.values()) - ceil(dpt * (1 + SPARE))
    return Far("above_dpt", tuple(votes), above) if above > 0 else None


def stand_apart(votes: Mapping[str, int], neighbours: Sequence[Mapping[str, int]]) -> Far | None:
    """Return that these votes are divided unlike the neighbours', by the choice that is least like; else None."""
    own = sum(votes.values())
    near = [one for one in neighbours if sum(one.values()) >= VOTES_MIN]
    if own < VOTES_MIN or len(near) < NEIGHBOURS_MIN:
        return None
    found = {name: _how_likely(count, own, name, near) for name, count in votes.items()}
    least = min(found, key=lambda name: found[name])
    # As many looks as choices: each must be as much less likely.
    if found[least] * len(votes) >= UNLIKELY:
        return None
    expected = median(one[least] / sum(one.values()) for one in near) * own
    above = round(votes[least] - expected)
    return Far("unlike_neighbours", (least,), abs(above), found[least] * len(votes), above)


def _how_likely(count: int, own: int, name: str, near: Sequence[Mapping[str, int]]) -> float:
    """Return the two-sided probability of ``count`` of ``own`` votes among these neighbours."""
    shares = [one[name] / sum(one.values()) for one in near]
    # Half a vote each way: a village where nobody voted so is no village where nobody could.
    share = min(max(median(shares), 0.5 / own), 1 - 0.5 / own)
    spread = _estimate_spread(share, shares, near)
    return tail(count, own, share, spread)


def _estimate_spread(share: float, shares: Sequence[float], near: Sequence[Mapping[str, int]]) -> float:
    """Return the intra-class correlation: how much farther than by chance alone the shares lie apart."""
    usual = 1 / median(sum(one.values()) for one in near)
    sigma = _TO_SIGMA * median(abs(one - share) for one in shares)
    seen = (sigma**2 / (share * (1 - share)) - usual) / (1 - usual)
    seen = min(max(seen, SPREAD_MIN), SPREAD_MAX)
    return (len(shares) * seen + PRIOR_WEIGHT * PRIOR_SPREAD) / (len(shares) + PRIOR_WEIGHT)


def tail(count: int, total: int, share: float, spread: float) -> float:
    """Return twice the smaller tail of a beta-binomial at ``count`` of ``total``; ``spread`` is its correlation."""
    scale = 1 / spread - 1
    alpha, beta = share * scale, (1 - share) * scale
    low = count <= total * share
    steps = range(count + 1) if low else range(count, total + 1)
    return min(1.0, 2 * sum(_mass(one, total, alpha, beta) for one in steps))


def _mass(count: int, total: int, alpha: float, beta: float) -> float:
    chosen = lgamma(total + 1) - lgamma(count + 1) - lgamma(total - count + 1)
    above = lgamma(count + alpha) + lgamma(total - count + beta) - lgamma(total + alpha + beta)
    return exp(chosen + above - lgamma(alpha) - lgamma(beta) + lgamma(alpha + beta))
