"""How probable is it that the best supported number of one field is wrong?

Model. A reader with error rate ``e`` states the true number with probability ``1 - e``. When he errs, he states one
given *plausible* other number with probability ``c`` (the policy's ``collision``): misreadings are alike (3 and 8, 1
and 7), so two wrong readers may well state the same wrong number. About ``1 / c`` numbers are plausible mistakes of one
another; all start equally probable. Spreading errors evenly over the 999 other numbers would make chance agreement look
impossible and accept too early; ``c = 0.2`` assumes five plausible mistakes and errs towards asking once more.

A *confirmation* was given with the number on the screen. It weighs ``P(confirm | right) / P(confirm | wrong)``, that is
``(1 - false alarm) / (1 - catch rate)``, whichever wrong number it is: it is never an independent reading.

For a number ``v`` the likelihood is the product over readers of "states v" or "states his other number although v is
true". One more event is that none of the stated numbers is true: ``1 / c`` candidates, all readers err. Readers are
taken as independent; ink that misleads everybody is the error this overlooks, and the blind share measures it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from app.verification.evidence import RulePolicy


@dataclass(frozen=True, order=True)
class Claim:
    """One reader says ``value``. ``error_rate`` 0..1; ``confirms``: it was on his screen."""

    value: int
    error_rate: float
    confirms: bool = False


@dataclass(frozen=True)
class Weighed:
    """The best supported number and the probability that it is wrong."""

    value: int
    wrong: float


def _factors(claim: Claim, policy: RulePolicy) -> tuple[float, float]:
    """Return P(claim | its number is true), P(claim | a given other number is true)."""
    if claim.confirms:
        return 1.0 - policy.false_alarm_rate, 1.0 - policy.confirm_catch_rate
    return 1.0 - claim.error_rate, claim.error_rate * policy.collision


def weigh(claims: Iterable[Claim], policy: RulePolicy, *, ruled: int | None = None) -> Weighed | None:
    """Return the best supported number; None without claims. The order of the claims does not matter, to the last bit.

    Equal support goes to the smaller number; it is then wrong with probability one half at least and never accepted.
    ``ruled``: a stated number that a reviewer chose; it is returned in place of the best, with its own probability.
    """
    ordered = sorted(claims)
    if not ordered:
        return None
    likelihoods = {value: _likelihood(value, ordered, policy) for value in {claim.value for claim in ordered}}
    none_true = math.prod(_factors(claim, policy)[1] for claim in ordered) / policy.collision
    best = min(likelihoods, key=lambda value: (-likelihoods[value], value)) if ruled is None else ruled
    total = math.fsum((*likelihoods.values(), none_true))
    wrong = math.fsum((*(other for value, other in likelihoods.items() if value != best), none_true)) / total
    return Weighed(best, wrong)


def _likelihood(value: int, claims: list[Claim], policy: RulePolicy) -> float:
    return math.prod(_factors(claim, policy)[0 if claim.value == value else 1] for claim in claims)
