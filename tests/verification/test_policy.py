"""A policy that the rule cannot work with is refused before anything is decided by it."""

import pytest

from app.pemilu.definition import Policy
from app.verification.evidence import RulePolicy, machine_error_rate
from app.verification.policies import (
    POLICIES,
    UnsatisfiablePolicyError,
    make_rule_policy,
    policy_as_json,
    policy_from_json,
    require_satisfiable,
)


@pytest.mark.parametrize("name", POLICIES)
def test_the_policies_with_names_can_be_satisfied(name: str) -> None:
    require_satisfiable(POLICIES[name])


@pytest.mark.parametrize(
    ("numbers", "named"),
    [
        ({"wrong_bound": 1e-6}, "wrong_bound"),
        ({"human_error_rate": 0.03}, "wrong_bound"),
        ({"wrong_bound": 0.7}, "wrong_bound"),
        ({"confirm_catch_rate": 0.2}, "confirm_catch_rate"),
        ({"collision": 0.0}, "collision"),
        ({"blind_share": 1.2}, "blind_share"),
        ({"humans_before_review": 1}, "humans_before_review"),
        ({"unsure_readers_needed": 4}, "unsure_readers_needed"),
        ({"people_against_machine": 1}, "people_against_machine"),
        ({"catch_cap": 1.0}, "catch_cap"),
        ({"plant_share": -0.1}, "plant_share"),
    ],
)
def test_a_policy_that_cannot_work_is_refused_by_name(numbers: dict[str, float], named: str) -> None:
    with pytest.raises(UnsatisfiablePolicyError, match=named):
        require_satisfiable(RulePolicy(**numbers))  # type: ignore[arg-type]


def test_no_machine_is_believed_to_be_perfect() -> None:
    assert machine_error_rate(1.0) == 1e-4
    assert machine_error_rate(0.9) == pytest.approx(0.1)


def test_the_default_election_has_the_rules_own_numbers() -> None:
    """Whoever looks at the rule without an election sees the numbers that elections begin with."""
    made, own = vars(make_rule_policy(Policy())), vars(RulePolicy())
    assert made == pytest.approx(own)


def test_a_policy_of_the_first_version_is_read_with_that_versions_numbers() -> None:
    stored = {"wrong_bound": 1e-4, "collision": 0.2}
    read = policy_from_json(stored)
    assert (read.sure_needs_review, read.like_digits, read.unsure_readers_needed) == (False, 0.0, 2)
    assert policy_from_json(policy_as_json(POLICIES["strict"])).unsure_readers_needed == 3


def test_what_concerns_trust_alone_is_no_part_of_a_decision() -> None:
    assert policy_as_json(RulePolicy(plant_share=0.3)) == policy_as_json(RulePolicy())
    assert policy_as_json(RulePolicy(catch_cap=0.7)) != policy_as_json(RulePolicy())
