"""How probable is it that the best supported number of one field is wrong?

Model. A reader with error rate ``e`` states the true number with probability ``1 - e``. When he errs, he states one
given other number with probability ``c``: the policy's ``collision``, more where the two differ by digits that are
taken for one another (``confusion.collide``). Misreadings are alike, so two wrong readers may well state the same wrong
number. About ``1 / collision`` numbers are plausible mistakes of one another; all start equally probable. Spreading
errors evenly over the 999 other numbers would make chance agreement look impossible and accept too early.

A *confirmation* was given with the number on the screen. It weighs ``P(confirm | right) / P(confirm | wrong)``, that is
``(1 - false alarm) / (1 - catch rate)`` with the reader's own catch rate, whichever wrong number it is: it is never an
independent reading. Nobody is believed beyond the policy's ``human_error_floor`` and ``catch_cap``: who reads well
where he knows that he is watched gains a bounded weight by it.

For a number ``v`` the likelihood is the product over readers of "states v" or "states his other number although v is
true". One more event is that none of the stated numbers is true: ``1 / collision`` candidates, all readers err. Readers
are taken as independent; ink that misleads everybody and people in league are the errors this overlooks. For the first
there is the blind share, for the second the readers who are needed beside the probability (``page_verdict``).
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor
from typing import NamedTuple

from app.verification.confusion import collide
from app.verification.evidence import ReadingInput, RulePolicy

ERROR_STEPS = (0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5)
"""Error rates of people as they are believed: the next larger of these, and never worse than a coin's."""

_CATCH_STEPS = 10
"""Catch rates as they are believed: tenths, the next smaller."""

_ROUNDED = 1e-9
_LITTLE = 0.01
"""By so much at least a confirmation is more probable of a right value: agreement is never evidence against."""


class Claim(NamedTuple):
    """Somebody says ``value``. ``error_rate`` 0..1; ``confirms``: it was on his screen; ``catch_rate`` -1: policy's."""

    value: int
    error_rate: float
    confirms: bool = False
    catch_rate: float = -1.0


@dataclass(frozen=True)
class Weighed:
    """The best supported number and the probability that it is wrong."""

    value: int
    wrong: float


def make_claim(reading: ReadingInput, name: str, policy: RulePolicy) -> Claim:
    """Return what ``reading`` claims of a field that it has a number for, with rates as far as they are believed."""
    value = reading.numbers[name]
    assert value is not None
    error = reading.error_rates[name]
    if reading.kind == "machine":
        return Claim(value, error)
    return Claim(value, believe_error(error, policy), reading.confirms(name), believe_catch(reading.catch_rate, policy))


def believe_error(rate: float, policy: RulePolicy) -> float:
    """Return the error rate that the rule uses for a person of whom ``rate`` was estimated.

    In steps: probabilities of decisions are public, and nobody shall read off them, answer by answer, how his own rate
    moved and which of his tasks was planted.
    """
    known = min(ERROR_STEPS[-1], max(policy.human_error_floor, rate))
    return ERROR_STEPS[bisect_left(ERROR_STEPS, known)] if policy.rates_in_steps else known


def believe_catch(rate: float | None, policy: RulePolicy) -> float:
    """Return the catch rate that the rule uses for a person of whom ``rate`` was estimated (None: the average's)."""
    known = policy.confirm_catch_rate if rate is None else rate
    if policy.rates_in_steps:
        known = floor(known * _CATCH_STEPS + _ROUNDED) / _CATCH_STEPS
    return max(policy.false_alarm_rate + _LITTLE, min(policy.catch_cap, known))


def weigh_claim(claim: Claim, other: int | None, policy: RulePolicy) -> tuple[float, float]:
    """Return P(claim | its number is true), P(claim | ``other`` is true); ``other`` None: some number nobody states."""
    if claim.confirms:
        catch = policy.confirm_catch_rate if claim.catch_rate < 0 else claim.catch_rate
        return 1.0 - policy.false_alarm_rate, 1.0 - catch
    share = policy.collision if other is None else collide(claim.value, other, policy)
    return 1.0 - claim.error_rate, claim.error_rate * share


def weigh(claims: Iterable[Claim], policy: RulePolicy, *, ruled: int | None = None) -> Weighed | None:
    """Return the best supported number; None without claims. The order of the claims does not matter, to the last bit.

    Equal support goes to the smaller number; it is then wrong with probability one half at least and never accepted.
    ``ruled``: a stated number that a reviewer chose; it is returned in place of the best, with its own probability.
    """
    ordered = sorted(claims)
    if not ordered:
        return None
    none_true = math.prod([weigh_claim(claim, None, policy)[1] for claim in ordered]) / policy.collision
    likelihoods = {value: _likelihood(value, ordered, policy) for value in {claim.value for claim in ordered}}
    best = min(likelihoods, key=lambda value: (-likelihoods[value], value)) if ruled is None else ruled
    total = math.fsum((*likelihoods.values(), none_true))
    wrong = math.fsum((*(other for value, other in likelihoods.items() if value != best), none_true)) / total
    return Weighed(best, wrong)


def _likelihood(value: int, claims: Sequence[Claim], policy: RulePolicy) -> float:
    return math.prod(
        [
            weigh_claim(claim, None, policy)[0] if claim.value == value else weigh_claim(claim, value, policy)[1]
            for claim in claims
        ]
    )
