"""How far each choice's share may lie from what is covered so far, weighing kabupaten by their TPS. Pure.

The combined ratio estimator of stratified sampling with its linearised variance and the correction for finite strata
(W. G. Cochran, *Sampling Techniques*, 3rd edition, 1977, sections 6.11 and 6.12). Strata are the kabupaten and kota, as
in post-stratified quick counts; a TPS is a unit. It errs towards a range that is too narrow: it takes the TPS covered
within a kabupaten for drawn by chance, which they are not. Nothing about *where* within a kabupaten people take
photographs is corrected. Therefore it is computed only where the election file asks for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

Z = 1.96
"""Half-width of the range in standard errors: 95 of 100, were the TPS drawn by chance."""

COVERED_MIN = 2
"""TPS of a stratum that its variance needs; strata with fewer are put together."""


@dataclass(frozen=True)
class Stratum:
    """What is covered of one kabupaten.

    ``expected``, ``covered``: TPS. ``votes``: sum of each choice's votes, ``squares``: of their squares, ``products``:
    of each choice's votes times the TPS's votes for all choices; ``total_squares``: of the squares of the latter.
    """

    expected: int
    covered: int
    votes: tuple[int, ...]
    squares: tuple[int, ...]
    products: tuple[int, ...]
    total_squares: int


@dataclass(frozen=True)
class ShareRange:
    """A choice's share, weighed by kabupaten, and the range around it; 0..1."""

    low: float
    share: float
    high: float


def estimate_shares(strata: Sequence[Stratum]) -> tuple[ShareRange, ...] | None:
    """Return a range for each choice, in their order; none while it would say nothing.

    That is: a kabupaten has no covered TPS at all (its voters would be left out), or nobody voted in what is covered.
    """
    if not strata or any(one.expected and not one.covered for one in strata):
        return None
    firm = _join_thin(strata)
    if firm is None:
        return None
    total = sum(one.expected / one.covered * sum(one.votes) for one in firm)
    if not total:
        return None
    return tuple(_estimate(firm, place, total) for place in range(len(firm[0].votes)))


def _join_thin(strata: Sequence[Stratum]) -> list[Stratum] | None:
    """Return the strata with those put together that are too thin; none when even together they are."""
    firm = [one for one in strata if one.covered >= COVERED_MIN]
    thin = [one for one in strata if 0 < one.covered < COVERED_MIN]
    if thin:
        joined = _add(thin)
        firm = [*firm, joined] if joined.covered >= COVERED_MIN else [_add([*firm[:1], joined]), *firm[1:]]
    return firm if firm and all(one.covered >= COVERED_MIN for one in firm) else None


def _add(strata: Sequence[Stratum]) -> Stratum:
    return Stratum(
        expected=sum(one.expected for one in strata),
        covered=sum(one.covered for one in strata),
        votes=tuple(map(sum, zip(*(one.votes for one in strata), strict=True))),
        squares=tuple(map(sum, zip(*(one.squares for one in strata), strict=True))),
        products=tuple(map(sum, zip(*(one.products for one in strata), strict=True))),
        total_squares=sum(one.total_squares for one in strata),
    )


def _estimate(strata: Sequence[Stratum], place: int, total: float) -> ShareRange:
    share = sum(one.expected / one.covered * one.votes[place] for one in strata) / total
    error = sqrt(sum(_spread(one, place, share) for one in strata)) / total
    return ShareRange(max(share - Z * error, 0.0), share, min(share + Z * error, 1.0))


def _spread(one: Stratum, place: int, share: float) -> float:
    """Return what a stratum adds to the variance of the choice's votes minus its share of all votes."""
    rest = one.votes[place] - share * sum(one.votes)
    squares = one.squares[place] - 2 * share * one.products[place] + share**2 * one.total_squares
    variance = max(squares - rest**2 / one.covered, 0.0) / (one.covered - 1)
    # More results than TPS (an ended kelurahan still counts) leave nothing to be drawn.
    left = max(1 - one.covered / one.expected, 0.0) if one.expected else 0.0
    return one.expected**2 * left * variance / one.covered
