"""Numbers and truths of many TPS at once, in which a number that nobody has stated is known to be unknown."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.discrepancy.rules.figures import UNKNOWN, Figures


@dataclass(frozen=True)
class Amount:
    """Numbers of all TPS, and where they are known."""

    numbers: NDArray[np.float64]
    known: NDArray[np.bool_]


@dataclass(frozen=True)
class Truth:
    """Where something holds, and where its opposite does; nowhere both, in places neither."""

    holds: NDArray[np.bool_]
    fails: NDArray[np.bool_]


AmountOf = Callable[[Figures], Amount]
TruthOf = Callable[[Figures], Truth]


def read_field(figures: Figures, side: str, place: int) -> Amount:
    """Return the numbers of one side's field, a column of its array."""
    column = figures.side(side)[:, place]
    return Amount(column.astype(np.float64), column != UNKNOWN)


def is_known(amount: Amount) -> Truth:
    """Tell where an amount is stated."""
    return Truth(amount.known, ~amount.known)


def calculate(left: AmountOf, right: AmountOf, how: Callable[..., NDArray[np.float64]]) -> AmountOf:
    """Return ``how`` of two amounts; unknown where one of them is."""

    def run(figures: Figures) -> Amount:
        one, other = left(figures), right(figures)
        return Amount(how(one.numbers, other.numbers), one.known & other.known)

    return run


def turn(amount: AmountOf, how: Callable[..., NDArray[np.float64]]) -> AmountOf:
    """Return ``how`` of an amount."""

    def run(figures: Figures) -> Amount:
        found = amount(figures)
        return Amount(how(found.numbers), found.known)

    return run


def compare(left: AmountOf, right: AmountOf, how: Callable[..., NDArray[np.bool_]]) -> TruthOf:
    """Return a comparison; it neither holds nor fails where an amount is unknown."""

    def run(figures: Figures) -> Truth:
        one, other = left(figures), right(figures)
        known, holds = one.known & other.known, how(one.numbers, other.numbers)
        return Truth(holds & known, ~holds & known)

    return run


def join(left: TruthOf, right: TruthOf, how: Callable[[Truth, Truth], Truth]) -> TruthOf:
    """Return two truths joined by ``how``."""
    return lambda figures: how(left(figures), right(figures))


def either(one: Truth, other: Truth) -> Truth:
    """Tell where one of two holds."""
    return Truth(one.holds | other.holds, one.fails & other.fails)


def both(one: Truth, other: Truth) -> Truth:
    """Tell where both hold."""
    return Truth(one.holds & other.holds, one.fails | other.fails)


def negate(truth: TruthOf) -> TruthOf:
    """Return the opposite of a truth."""

    def run(figures: Figures) -> Truth:
        found = truth(figures)
        return Truth(found.fails, found.holds)

    return run
