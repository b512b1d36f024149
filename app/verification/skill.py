"""How well does one person read? From what was counted of him and of everybody, with uncertainty. Pure.

Each rate is a beta distribution: what is assumed of a newcomer, as if it had been counted on so many cases, and his own
cases on top (conjugate; Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 5: a hierarchical prior). Newcomers are
assumed to be worse than the average, so they are not trusted at once; the assumption fades with every case.

Which way it errs: towards asking one more person, and towards not suspending anybody.
"""

from dataclasses import dataclass
from typing import Literal

from app.verification.evidence import RulePolicy
from app.verification.intervals import find_beta_quantile

_TAIL = 0.025
"""On either side of an interval: 95 % within."""

_POOL_NEEDED = 200.0
"""So many cases of everybody weigh as much as the policy's assumption, when the pooled rate is formed."""

_WORSE = 2.0
"""A newcomer is assumed to err this much more often than everybody together."""

SuspendReason = Literal["catch", "error", "alarm"]
"""He lets wrong values stand; he writes wrong values; he changes right ones."""


@dataclass(frozen=True)
class SkillCounts:
    """What was counted of one reader, or of all together.

    ``blind_fields``: fields he read blind whose value was decided; ``blind_wrong`` of them he wrote otherwise.
    ``plants_shown``: wrong values that were on his screen on purpose; ``plants_caught`` of them he corrected.
    ``good_shown``: right values on his screen; ``good_changed`` of them he changed.
    """

    blind_fields: int = 0
    blind_wrong: int = 0
    plants_shown: int = 0
    plants_caught: int = 0
    good_shown: int = 0
    good_changed: int = 0


@dataclass(frozen=True)
class Rate:
    """A rate as it is assumed: ``mean`` (0..1), as if counted on ``strength`` cases."""

    mean: float
    strength: float


@dataclass(frozen=True)
class SkillPrior:
    """What is assumed of a reader of whom nothing is known."""

    error: Rate
    catch: Rate
    alarm: Rate


@dataclass(frozen=True)
class Skill:
    """What one reader is believed to do, each with its 95 % interval.

    ``error``: wrong fields in blind entry; ``catch``: wrong values on the screen that he corrects; ``alarm``: right
    values on the screen that he changes.
    """

    error_rate: float
    error_low: float
    error_high: float
    catch_rate: float
    catch_low: float
    catch_high: float
    alarm_rate: float
    alarm_low: float
    alarm_high: float


def make_prior(policy: RulePolicy, everybody: SkillCounts | None = None) -> SkillPrior:
    """Return what is assumed of a newcomer: worse than ``everybody``, and never better than the policy assumes.

    ``everybody``: counts of all readers together. Without them, or while there are few, the policy's assumption holds.
    """
    all_of = everybody or SkillCounts()
    error = _pool(policy.newcomer_error_rate / _WORSE, all_of.blind_wrong, all_of.blind_fields)
    missed = _pool(1.0 - policy.newcomer_catch_rate, all_of.plants_shown - all_of.plants_caught, all_of.plants_shown)
    alarm = _pool(policy.false_alarm_rate, all_of.good_changed, all_of.good_shown)
    return SkillPrior(
        error=Rate(max(policy.newcomer_error_rate, min(0.5, _WORSE * error)), policy.error_strength),
        catch=Rate(1.0 - max(1.0 - policy.newcomer_catch_rate, missed), policy.catch_strength),
        alarm=Rate(alarm, policy.error_strength),
    )


def _pool(assumed: float, count: int, of: int) -> float:
    return (assumed * _POOL_NEEDED + count) / (_POOL_NEEDED + of)


def estimate_skill(counts: SkillCounts, prior: SkillPrior) -> Skill:
    """Return what one reader is believed to do: the assumption, and his own cases on top.

    Raises:
        ValueError: more were counted than there are.
    """
    error = _estimate(counts.blind_wrong, counts.blind_fields, prior.error)
    catch = _estimate(counts.plants_caught, counts.plants_shown, prior.catch)
    alarm = _estimate(counts.good_changed, counts.good_shown, prior.alarm)
    return Skill(*error, *catch, *alarm)


def _estimate(count: int, of: int, prior: Rate) -> tuple[float, float, float]:
    """Return mean, low and high of the posterior."""
    if not 0 <= count <= of:
        message = f"{count} of {of} cannot be a rate."
        raise ValueError(message)
    hits = prior.mean * prior.strength + count
    rest = (1.0 - prior.mean) * prior.strength + of - count
    return hits / (hits + rest), find_beta_quantile(_TAIL, hits, rest), find_beta_quantile(1.0 - _TAIL, hits, rest)


def is_below_bound(skill: Skill, policy: RulePolicy) -> SuspendReason | None:
    """Return why this reader is to be suspended; None where he is not.

    Only when the whole interval lies beyond the bound: a few bad answers suspend nobody.
    """
    if skill.catch_high < policy.suspend_catch_below:
        return "catch"
    if skill.error_low > policy.suspend_error_above:
        return "error"
    return "alarm" if skill.alarm_low > policy.suspend_alarm_above else None
