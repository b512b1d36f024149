"""The printed explanation: who said what, what it weighs, what it comes to. In two languages."""

from dataclasses import replace

import pytest

from app.verification.evidence import ReadingInput, RulePolicy
from app.verification.explanation import explain_field
from app.verification.stored_inputs import RuleInputs
from tests.verification.readings import CHECKS, changed, human, humans, machine, machines, section


def inputs(*readings: ReadingInput) -> RuleInputs:
    return RuleInputs(readings, CHECKS, RulePolicy(), section())


def english(found: RuleInputs, field: str = "suara_01") -> list[str]:
    return [one.en for one in explain_field(found, field)]


def test_a_confirmation_tells_both_readers_their_weights_and_the_sum() -> None:
    lines = explain_field(inputs(*machines(), *humans(7, mode="confirm")), "suara_01")
    assert [one.en for one in lines][:4] == [
        "Photograph 2:",
        "The machine: reads 123 and is sure; wrong 1 in 10,000. That weighs 49,995 to 1.",
        "Reader 7: saw 123 on the screen and confirmed it; catches 80 of 100 wrong values. That weighs 4.9 to 1.",
        "Together: 123 is misread with probability 1 in 48,996; the bound is 1 in 10,000.",
    ]
    assert lines[1].id == "Mesin: membaca 123 dan yakin; keliru 1 dari 10.000. Bobotnya 49.995 banding 1."
    assert lines[2].id.endswith("Bobotnya 4,9 banding 1.")


def test_disagreement_correction_and_review_are_told() -> None:
    found = inputs(
        machine(2, changed(suara_01=128), error=0.04, sure=frozenset()),
        machine(3),
        *humans(7, changed(suara_01=188), shown={"suara_01": 128}, mode="confirm"),
        *humans(8, changed(suara_01=None)),
        *humans(20, changed(suara_01=188), mode="review"),
    )
    lines = english(found)
    assert "The machine: reads 128, not sure; wrong 400 in 10,000. That weighs 120 to 1." in lines
    assert "Reader 7: saw 128 on the screen and wrote 188 instead; wrong 1 in 100. That weighs 495 to 1." in lines
    assert "Reader 8: could not tell." in lines
    assert "Reviewer 20: wrote 188 into an empty box; wrong 1 in 100. That weighs 495 to 1." in lines
    assert lines[-1].startswith("A reviewer decided")


def test_who_does_not_count_is_named_as_such_and_without_a_number() -> None:
    own = human(1, 2, changed(suara_01=999))
    linked = replace(human(9, 2), group="account/7")
    pair = [replace(one, group="account/7") for one in humans(7)]
    lines = english(inputs(*machines(), *pair, linked, own))
    assert sum("does not count" in one for one in lines) == 2
    assert not any("999" in one for one in lines)


def test_a_dispute_tells_of_every_photograph() -> None:
    lie = changed(suara_01=423, suara_sah=729, suara_total=737)
    copy = [machine(2, lie, photo=12, uploader="account/2"), human(8, 2, lie, photo=12, uploader="account/2")]
    lines = english(inputs(*machines(), *humans(7, mode="confirm"), *copy))
    assert [one for one in lines if one.startswith("Photograph")] == ["Photograph 2:", "Photograph 12:"]


def test_no_such_field() -> None:
    with pytest.raises(KeyError, match="suara_99"):
        explain_field(inputs(*machines()), "suara_99")
