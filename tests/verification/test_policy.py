"""A policy that the rule cannot work with is refused before anything is decided by it."""

import pytest

from app.verification.evidence import RulePolicy, machine_error_rate
from app.verification.policies import POLICIES, UnsatisfiablePolicyError, require_satisfiable


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
