"""An election's policy as the rule's numbers: named ones, checked ones, and those of stored decisions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.core.errors import InvalidInputError
from app.pemilu import policies as elections
from app.pemilu.definition import Policy
from app.verification.evidence import READERS_NEEDED, RulePolicy
from app.verification.posterior import Claim, believe_error, weigh

_NEWCOMER_ERRS = 2.0
_NEWCOMER_MISSES = 1.5
"""So much more often than the average a newcomer is assumed to err, and to miss a wrong value on his screen."""


def make_rule_policy(policy: Policy) -> RulePolicy:
    """Return the rule's numbers of an election's policy."""
    return RulePolicy(
        wrong_bound=policy.wrong_bound,
        blind_share=policy.blind_share,
        human_error_rate=policy.human_error_rate,
        confirm_catch_rate=policy.confirm_catch_rate,
        collision=policy.same_error_share,
        human_error_floor=policy.human_error_floor,
        catch_cap=policy.catch_cap,
        unsure_readers_needed=policy.unsure_readers_needed,
        machine_objects=policy.machine_objects,
        people_against_machine=policy.people_against_machine,
        plant_share=policy.plant_share,
        newcomer_error_rate=_NEWCOMER_ERRS * policy.human_error_rate,
        newcomer_catch_rate=round(1.0 - _NEWCOMER_MISSES * (1.0 - policy.confirm_catch_rate), 9),
        suspend_catch_below=policy.suspend_catch_below,
        suspend_error_above=policy.suspend_error_above,
    )


POLICIES: Mapping[str, RulePolicy] = {name: make_rule_policy(one) for name, one in elections.POLICIES.items()}
DEFAULT = POLICIES["default"]
STRICT = POLICIES["strict"]

EARLIER: Mapping[str, Any] = {
    "human_error_floor": 0.0,
    "catch_cap": 1.0,
    "like_digits": 0.0,
    "unsure_readers_needed": 2,
    "machine_objects": 2.0,
    "people_against_machine": 2,
    "sure_needs_review": False,
    "stuck_copy_differs": False,
    "unread_copy_asked": False,
    "copy_heeds_people": False,
    "newcomers_vouch": True,
    "rates_in_steps": False,
    "paper_readers_needed": 2,
    "heed_closing_rivals": False,
}
"""With these the rule is its version 1, which had no such numbers, and with the last but two of them given, version 2:
what a stored policy does not name is taken from here, and its decisions are computed again as they were made."""

_TRUST = frozenset(
    {
        "plant_share",
        "newcomer_error_rate",
        "newcomer_catch_rate",
        "error_strength",
        "catch_strength",
        "suspend_catch_below",
        "suspend_error_above",
        "suspend_alarm_above",
    }
)
"""Numbers that decide nothing: a change of theirs makes no decision another."""

_COIN = 0.5
"""A reader who errs as often as a coin says nothing."""


class UnsatisfiablePolicyError(InvalidInputError):
    """With these numbers no form would ever be accepted, or everything would."""

    code = "policy_unsatisfiable"


def policy_as_json(policy: RulePolicy) -> dict[str, Any]:
    """Return the numbers that a decision depends on."""
    return {name: value for name, value in vars(policy).items() if name not in _TRUST}


def policy_from_json(stored: Mapping[str, Any]) -> RulePolicy:
    """Return the numbers that :func:`policy_as_json` wrote, now or in the days of an earlier version."""
    return replace(DEFAULT, **{**EARLIER, **stored})


def require_satisfiable(policy: RulePolicy) -> None:
    """Check that as many agreeing blind people as are needed reach the bound, and that each number is in its range.

    Raises:
        UnsatisfiablePolicyError: says which number, and what would do.
    """
    for name in ("wrong_bound", "human_error_rate", "false_alarm_rate"):
        _require(0.0 < getattr(policy, name) < _COIN, name, "must lie between 0 and 0.5")
    _require(0.0 <= policy.human_error_floor < _COIN, "human_error_floor", "must lie between 0 and 0.5")
    for name in ("confirm_catch_rate", "catch_cap"):
        _require(_COIN <= getattr(policy, name) < 1.0, name, "must lie between 0.5 and 1")
    _require(0.0 < policy.collision <= 1.0, "collision", "must lie between 0 and 1")
    for name in ("blind_share", "plant_share"):
        _require(0.0 <= getattr(policy, name) <= 1.0, name, "must lie between 0 and 1")
    _require_people(policy)
    pair = weigh([Claim(0, believe_error(policy.human_error_rate, policy))] * _blind_alone(policy), policy)
    reached = 1.0 if pair is None else pair.wrong
    remedy = f"is never reached: so many agreeing blind readings reach {reached:.1e}; raise it, or lower the error rate"
    _require(reached <= policy.wrong_bound, "wrong_bound", remedy)


def _require_people(policy: RulePolicy) -> None:
    review = policy.humans_before_review
    _require(review >= READERS_NEEDED, "humans_before_review", "must be 2 at least")
    _require(policy.skips_before_review >= 1, "skips_before_review", "must be 1 at least")
    for name in ("unsure_readers_needed", "people_against_machine"):
        remedy = f"must lie between 2 and humans_before_review, which is {review}: then a reviewer is called"
        _require(READERS_NEEDED <= getattr(policy, name) <= review, name, remedy)


def _blind_alone(policy: RulePolicy) -> int:
    """Return how many people must agree where there is no machine."""
    return max(READERS_NEEDED, policy.unsure_readers_needed)


def _require(holds: bool, name: str, rest: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        message = f"Policy: {name} {rest}."
        raise UnsatisfiablePolicyError(message, "Correct it in the election file and import it again.")
