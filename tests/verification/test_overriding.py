"""The override as the pure rule sees it: whose statements, and of what, stand."""

from dataclasses import replace
from itertools import permutations

import pytest

from app.verification.consensus import decide
from app.verification.evidence import Accept, Dispute, OverrideInput, ReadingInput, RulePolicy, SectionInput
from app.verification.stored_inputs import RuleInputs, inputs_as_json, inputs_from_json
from tests.verification.readings import CHECKS, TRUTH, changed, human, humans, machines, section

OTHER = changed(suara_01=173, suara_sah=479, suara_total=487)
POLICY = RulePolicy()


def two_photos() -> list[ReadingInput]:
    """Readings of two photographs that differ, each settled: without more the section is disputed."""
    first = [*machines(), *humans(11), *humans(12)]
    second = [human(who, page, OTHER, uploader="account/2", photo=page + 10) for who in (13, 14) for page in (2, 3)]
    return [*first, *second]


def state(*statements: list[ReadingInput]) -> SectionInput:
    """The section with statements that rest on these readings."""
    stated = (OverrideInput(own[0].reader, frozenset(one.id for one in own)) for own in statements)
    return section(overrides=tuple(stated))


def test_without_a_second_statement_the_rule_goes_on_as_ever() -> None:
    first, second = humans(21, mode="review"), humans(22, mode="review")
    readings = [*two_photos(), *first, *second]
    assert isinstance(decide(readings, CHECKS, POLICY, section()), Dispute)
    assert isinstance(decide(readings, CHECKS, POLICY, state(first)), Dispute)
    assert isinstance(decide(readings, CHECKS, POLICY, state(first, first)), Dispute), "twice the same person"


def test_two_statements_stand_in_whatever_order_and_are_computed_again() -> None:
    first, second = humans(21, mode="review"), humans(22, mode="review")
    outcomes = []
    for readings in ([*two_photos(), *first, *second], [*second, *first, *two_photos()]):
        for stated in permutations((first, second)):
            inputs = RuleInputs(tuple(readings), CHECKS, POLICY, state(*stated))
            again = inputs_from_json(inputs_as_json(inputs)).decide()
            assert again == inputs.decide()
            outcomes.append(again)
    accepted = outcomes[0]
    assert isinstance(accepted, Accept)
    assert accepted.numbers == TRUTH
    assert {"override", "reviewed"} <= set(accepted.flags)
    assert accepted.source_class == "one_uploader"
    assert accepted.photos == {2: 2, 3: 3}
    assert all(one == accepted for one in outcomes[2:])


@pytest.mark.parametrize(
    "spoilt", ["other number", "cannot tell", "not as a reviewer", "withdrawn", "own upload", "linked"]
)
def test_a_statement_counts_for_nothing_where(spoilt: str) -> None:
    first, second = humans(21, mode="review"), humans(22, mode="review")
    if spoilt == "other number":
        second = humans(22, OTHER, mode="review")
    elif spoilt == "cannot tell":
        second = humans(22, {**TRUTH, "suara_03": None}, mode="review")
    elif spoilt == "not as a reviewer":
        second = humans(22)
    elif spoilt == "own upload":
        second = humans(1, mode="review")
    elif spoilt == "linked":
        first, second = [[replace(one, group="group/1") for one in own] for own in (first, second)]
    readings = [*two_photos(), *first, *(second[:1] if spoilt == "withdrawn" else second)]
    outcome = decide(readings, CHECKS, POLICY, state(first, second))
    assert not (isinstance(outcome, Accept) and "override" in outcome.flags)


def test_two_pairs_that_differ_override_nothing() -> None:
    pairs = [
        humans(who, numbers, mode="review") for who, numbers in ((21, TRUTH), (22, TRUTH), (23, OTHER), (24, OTHER))
    ]
    readings = [*two_photos(), *(one for own in pairs for one in own)]
    outcome = decide(readings, CHECKS, POLICY, state(*pairs))
    assert not (isinstance(outcome, Accept) and "override" in outcome.flags)
