"""A paper whose sums do not close is taken as written, and not lightly."""

from app.verification.consensus import decide
from app.verification.evidence import Accept, Dispute, NeedReading, Outcome, ReadingInput, RulePolicy
from tests.verification.readings import CHECKS, TRUTH, changed, human, humans, machine, machines, section

WRITTEN = changed(suara_sah=430, suara_total=438)
"""Two sums of the paper are wrong; no single number would mend them."""
INK = changed(suara_01=128)
"""A 3 that looks like an 8: the sums of this paper close, but not with what people take it for."""


def rule(*readings: ReadingInput) -> Outcome:
    return decide(readings, CHECKS, RulePolicy(), section())


def asked(outcome: Outcome) -> tuple[str, str]:
    assert isinstance(outcome, NeedReading), outcome
    return outcome.mode, outcome.why


def open_machine(seen: int | None) -> list[ReadingInput]:
    """The machine is sure of nothing; ``seen``: its own idea of the doubtful number."""
    return [machine(2, changed(suara_01=seen), error=0.3, sure=frozenset()), machine(3, sure=frozenset())]


def test_a_machine_and_two_people_who_agree_are_enough() -> None:
    read = [*machines(numbers=WRITTEN, sure=frozenset()), *humans(7, WRITTEN)]
    assert asked(rule(*read)) == ("blind", "paper")
    outcome = rule(*read, *humans(8, WRITTEN))
    assert isinstance(outcome, Accept)
    assert outcome.flags == ("paper",)
    assert {name: outcome.numbers[name] for name in TRUTH} == WRITTEN


def test_a_page_that_few_have_read_is_read_by_people_though_many_have_read_the_other() -> None:
    """Page 2 was taken before page 3 came; three people and a reviewer have read page 3 since."""
    page_3 = [human(who, 3, WRITTEN) for who in (8, 9)]
    page_3 += [human(10, 3, {**WRITTEN, "suara_total": 111}), human(20, 3, WRITTEN, mode="review")]
    outcome = rule(*machines(numbers=WRITTEN), human(7, 2, WRITTEN), *page_3)
    assert asked(outcome) == ("blind", "paper")
    assert isinstance(outcome, NeedReading)
    assert set(outcome.photos) == {2}
    assert isinstance(rule(*machines(numbers=WRITTEN), human(7, 2, WRITTEN), *page_3, human(11, 2, WRITTEN)), Accept)


def test_two_people_alone_are_not() -> None:
    read = [*open_machine(None), *humans(7, INK), *humans(8, INK)]
    outcome = rule(*read)
    assert asked(outcome) == ("blind", "paper")
    assert isinstance(outcome, NeedReading)
    assert outcome.fields == ("suara_01",), "of the rest the machine says the same"
    assert isinstance(rule(*read, *humans(9, INK)), Accept)


def test_a_machine_that_reads_it_as_closing_calls_a_reviewer_whose_word_is_enough() -> None:
    people = [one for who in (7, 8, 9) for one in humans(who, INK)]
    assert asked(rule(*open_machine(123), *people)) == ("review", "paper_or_misread")
    outcome = rule(*open_machine(123), *people, *humans(20, INK, mode="review"))
    assert isinstance(outcome, Accept)
    assert outcome.flags == ("paper", "reviewed")


def test_a_person_who_reads_it_as_closing_makes_it_a_dispute_even_against_a_reviewer() -> None:
    people = [*humans(7, INK), *humans(8), *humans(9, INK)]
    assert asked(rule(*open_machine(None), *people)) == ("review", "still_differing")
    assert rule(*open_machine(None), *people, *humans(20, INK, mode="review")) == Dispute(
        "paper_or_misread", ("suara_01",)
    )
    closing = rule(*open_machine(None), *people, *humans(20, mode="review"))
    assert isinstance(closing, Accept)
    assert closing.flags == ("reviewed",)


def test_another_number_with_which_nothing_closes_either_casts_no_doubt() -> None:
    people = [*humans(7, WRITTEN), *humans(8, {**WRITTEN, "suara_01": 188}), *humans(9, WRITTEN)]
    outcome = rule(*machines(numbers=WRITTEN, error=0.02, sure=frozenset()), *people)
    assert isinstance(outcome, Accept)
