"""The rule, sentence by sentence (docs/acceptance-rule.md)."""

from dataclasses import replace

from app.verification.consensus import decide
from app.verification.evidence import (
    Accept,
    Dispute,
    NeedPhoto,
    NeedReading,
    Outcome,
    ReadingInput,
    RulePolicy,
    SectionInput,
    SkipInput,
)
from tests.verification.readings import CHECKS, TRUTH, changed, human, humans, machine, machines, section

POLICY = RulePolicy()


def rule(*readings: ReadingInput, of: SectionInput | None = None) -> Outcome:
    return decide(readings, CHECKS, POLICY, of or section())


def asked(outcome: Outcome) -> tuple[str, str]:
    assert isinstance(outcome, NeedReading), outcome
    return outcome.mode, outcome.why


# --- the first reading --------------------------------------------------------------------------------------------


def test_sure_and_closing_asks_for_one_confirmation_of_both_pages() -> None:
    outcome = rule(*machines())
    assert asked(outcome) == ("confirm", "sure")
    assert isinstance(outcome, NeedReading)
    assert outcome.photos == {2: 2, 3: 3}


def test_one_confirmation_then_accepts() -> None:
    outcome = rule(*machines(), *humans(7, mode="confirm"))
    assert isinstance(outcome, Accept)
    assert outcome.numbers == TRUTH
    assert outcome.flags == ()
    assert outcome.source_class == "one_uploader"
    assert outcome.explanation == ("by_confirmation",)
    assert max(outcome.posterior_wrong.values()) <= 1e-4


def test_the_drawn_share_is_dealt_blind_although_sure() -> None:
    assert asked(rule(*machines(), of=section(dice=0.05))) == ("blind", "drawn_blind")


def test_a_field_the_machine_is_not_sure_of_makes_the_whole_section_blind() -> None:
    page3 = machine(3, sure=frozenset({"suara_sah", "suara_total"}))
    assert asked(rule(machine(2), page3)) == ("blind", "not_sure")


def test_sure_but_not_sure_enough_for_one_confirmation_is_dealt_blind() -> None:
    assert asked(rule(*machines(error=1e-3))) == ("blind", "not_sure")
    assert isinstance(rule(*machines(error=1e-3), *humans(7)), Accept)


def test_page_two_alone_has_no_sum_and_is_blind_for_ever() -> None:
    assert asked(rule(machine(2))) == ("blind", "page_without_sum")
    outcome = rule(machine(2), human(7, 2))
    assert isinstance(outcome, Accept)
    assert outcome.flags == ("incomplete",)
    assert set(outcome.numbers) == {"suara_01", "suara_02", "suara_03"}


def test_a_missing_page_is_named_before_anything_else_so_that_the_queue_waits_for_it() -> None:
    assert asked(rule(machine(2, error=0.3))) == ("blind", "page_without_sum")


def test_page_three_alone_waits_for_the_votes() -> None:
    assert rule(machine(3), human(7, 3)) == NeedPhoto("page_missing", (2,))
    assert rule() == NeedPhoto("page_missing", (2,))


def test_sure_sums_that_do_not_close_are_never_confirmed() -> None:
    odd = changed(suara_sah=430, suara_total=438)
    assert asked(rule(*machines(numbers=odd))) == ("blind", "sums_open")


# --- how many readings --------------------------------------------------------------------------------------------


def test_a_decent_machine_and_one_blind_person_accept() -> None:
    outcome = rule(*machines(error=0.03), *humans(7))
    assert isinstance(outcome, Accept)
    assert outcome.explanation == ("by_blind_person",)


def test_a_poor_machine_needs_two_blind_people() -> None:
    assert asked(rule(*machines(error=0.3), *humans(7))) == ("blind", "too_few")
    assert isinstance(rule(*machines(error=0.3), *humans(7), *humans(8)), Accept)


def test_a_machine_that_says_nothing_needs_two_blind_people() -> None:
    nothing: dict[str, int | None] = dict.fromkeys(TRUTH)
    assert asked(rule(*machines(numbers=nothing), *humans(7))) == ("blind", "too_few")
    outcome = rule(*machines(numbers=nothing), *humans(7), *humans(8))
    assert isinstance(outcome, Accept)
    assert outcome.explanation == ("by_blind_people",)


def test_the_uploader_is_no_reader_of_his_own_photo() -> None:
    assert asked(rule(*machines(), *humans(1))) == ("confirm", "sure")
    assert asked(rule(*machines(error=0.3), *humans(1), *humans(7))) == ("blind", "too_few")


def test_one_person_reading_twice_is_one_reader() -> None:
    assert asked(rule(*machines(error=0.3), *humans(7), *humans(7))) == ("blind", "too_few")


def test_a_persons_first_reading_counts_not_his_second_thought() -> None:
    wrong = changed(suara_01=128)
    assert isinstance(rule(*machines(error=0.02), *humans(7), *humans(7, wrong)), Accept)
    assert asked(rule(*machines(error=0.02), *humans(7, wrong), *humans(7))) == ("blind", "differing")


def test_a_newer_model_replaces_the_older() -> None:
    old, new = machines(numbers=changed(suara_01=128)), machines()
    assert isinstance(rule(*old, *new, *humans(7)), Accept)
    assert asked(rule(*machines(), *machines(numbers=changed(suara_01=128)), *humans(7))) == ("blind", "differing")


# --- people do not agree ------------------------------------------------------------------------------------------


def test_a_correction_in_confirm_mode_is_a_disagreement_and_goes_to_a_new_person() -> None:
    outcome = rule(*machines(), *humans(7, changed(suara_01=128), mode="confirm"))
    assert asked(outcome) == ("blind", "differing")
    assert isinstance(outcome, NeedReading)
    assert outcome.photos == {2: 2}, "page 3 is settled and is not read again"
    assert outcome.fields == ("suara_01",)


def test_disagreement_is_settled_by_as_many_new_people_as_the_evidence_needs() -> None:
    read = [*machines(error=0.02), *humans(7, changed(suara_01=128)), *humans(8)]
    assert asked(rule(*read)) == ("blind", "differing")
    assert isinstance(rule(*read, *humans(9)), Accept)


def test_a_lone_dissenter_against_machine_and_two_people_loses() -> None:
    wrong = changed(suara_01=128)
    outcome = rule(*machines(), *humans(7, wrong, mode="confirm"), *humans(8))
    assert isinstance(outcome, Accept)
    assert outcome.numbers["suara_01"] == 123


def test_three_people_who_still_differ_go_to_a_reviewer() -> None:
    read = [*humans(7, changed(suara_01=128)), *humans(8, changed(suara_01=125)), *humans(9, changed(suara_01=129))]
    assert asked(rule(*machines(error=0.3), *read)) == ("review", "still_differing")


def test_a_machine_that_is_sure_and_wrong_is_overruled_by_a_reviewer_not_by_two_people() -> None:
    wrong = changed(suara_01=128)
    two = [*humans(7), *humans(8)]
    assert asked(rule(*machines(numbers=wrong), *two)) == ("blind", "differing")
    assert asked(rule(*machines(numbers=wrong), *two, *humans(9))) == ("review", "still_differing")
    outcome = rule(*machines(numbers=wrong), *two, *humans(9), *humans(20, mode="review"))
    assert isinstance(outcome, Accept)
    assert outcome.numbers == TRUTH
    assert outcome.flags == ("reviewed",)


def test_a_reviewer_whom_nobody_agrees_with_makes_a_dispute() -> None:
    read = [*humans(7, changed(suara_01=128)), *humans(8, changed(suara_01=125)), *humans(9, changed(suara_01=129))]
    review = humans(20, changed(suara_01=999), mode="review")
    assert rule(*machines(error=0.3), *read, *review) == Dispute("reviewer_disagrees", ("suara_01",))


def test_what_a_person_cannot_read_goes_to_a_reviewer() -> None:
    outcome = rule(*machines(error=0.02), *humans(7, changed(suara_03=None)))
    assert asked(outcome) == ("review", "unreadable")
    assert isinstance(outcome, NeedReading)
    assert outcome.photos == {2: 2}
    assert isinstance(
        rule(*machines(error=0.02), *humans(7, changed(suara_03=None)), human(20, 2, mode="review")), Accept
    )


def test_one_person_who_cannot_tell_stops_others_from_settling_it_without_a_reviewer() -> None:
    readings = [*machines(error=0.02), *humans(7, changed(suara_03=None)), *humans(8)]
    assert asked(rule(*readings)) == ("review", "unreadable")
    assert isinstance(rule(*readings, human(20, 2, mode="review")), Accept)


def test_what_a_reviewer_cannot_read_is_disputed() -> None:
    readings = [*humans(7, changed(suara_03=None)), human(20, 2, changed(suara_03=None), mode="review")]
    assert rule(*machines(), *readings) == Dispute("reviewer_disagrees", ("suara_03",))


def test_a_photo_that_two_people_skip_goes_to_a_reviewer_and_then_to_dispute() -> None:
    both = frozenset({2, 3})
    skips: tuple[SkipInput, ...] = (SkipInput("account/7", "blind", both), SkipInput("account/8", "confirm", both))
    assert asked(rule(*machines(), of=section(skips=skips[:1]))) == ("confirm", "sure")
    assert asked(rule(*machines(), of=section(skips=skips))) == ("review", "skipped")
    linked = tuple(replace(one, group="account/7") for one in skips)
    assert asked(rule(*machines(), of=section(skips=linked))) == ("confirm", "sure"), "linked accounts are one person"
    skips = (*skips, SkipInput("account/20", "review", both))
    assert isinstance(rule(*machines(), of=section(skips=skips)), Dispute)
    better = [machine(2, photo=12, uploader="account/2"), machine(3, photo=13, uploader="account/2")]
    outcome = rule(*machines(), *better, of=section(skips=skips))
    assert isinstance(outcome, NeedReading)
    assert outcome.photos == {2: 12, 3: 13}, "somebody else's photo can still be read"


# --- papers that do not add up -------------------------------------------------------------------------------------

PAPER = changed(suara_sah=430, suara_total=438)


def test_a_paper_that_does_not_close_is_taken_as_written_after_two_blind_people() -> None:
    assert asked(rule(*machines(numbers=PAPER), *humans(7, PAPER))) == ("blind", "paper")
    outcome = rule(*machines(numbers=PAPER), *humans(7, PAPER), *humans(8, PAPER))
    assert isinstance(outcome, Accept)
    assert outcome.numbers == PAPER
    assert outcome.flags == ("paper",)


def test_a_confirmation_is_no_blind_reading_of_such_a_paper() -> None:
    shown = humans(7, PAPER, mode="confirm", shown=dict(PAPER))
    assert asked(rule(*machines(numbers=PAPER), *shown, *humans(8, PAPER))) == ("blind", "paper")


# --- several photos of one page ------------------------------------------------------------------------------------


def copy_of(uploader: int, first_photo: int, **rest: object) -> list[ReadingInput]:
    who = f"account/{uploader}"
    return [
        machine(2, photo=first_photo, uploader=who, **rest),  # type: ignore[arg-type]
        machine(3, photo=first_photo + 1, uploader=who, **rest),  # type: ignore[arg-type]
    ]


def test_a_second_uploader_whose_photo_agrees_makes_two_sources() -> None:
    outcome = rule(*machines(), *humans(7, mode="confirm"), *copy_of(2, 12))
    assert isinstance(outcome, Accept)
    assert outcome.source_class == "two_uploaders"
    assert "copies_agree" in outcome.explanation


def test_the_same_person_sending_two_photos_stays_one_source() -> None:
    outcome = rule(*machines(), *humans(7, mode="confirm"), *copy_of(1, 12))
    assert isinstance(outcome, Accept)
    assert outcome.source_class == "one_uploader"


def test_an_unsure_copy_that_agrees_is_no_second_source_but_no_trouble_either() -> None:
    outcome = rule(*machines(), *humans(7, mode="confirm"), *copy_of(2, 12, error=0.2))
    assert isinstance(outcome, Accept)
    assert outcome.source_class == "one_uploader"


def test_the_official_photo_is_named_beside_a_volunteers_and_not_alone() -> None:
    official = copy_of(2, 12, source="official")
    outcome = rule(*machines(), *humans(7, mode="confirm"), *official)
    assert isinstance(outcome, Accept)
    assert outcome.source_class == "official_photo"
    alone = rule(*official, *humans(7, mode="confirm", photo=12)[:1], human(7, 3, mode="confirm", photo=13))
    assert isinstance(alone, Accept)
    assert alone.source_class == "one_uploader"


def test_a_copy_that_says_otherwise_is_read_by_a_person_before_anything_is_accepted() -> None:
    forged = copy_of(2, 12, numbers=changed(suara_01=423, suara_sah=729, suara_total=737))
    outcome = rule(*machines(), *humans(7, mode="confirm"), *forged)
    assert asked(outcome) == ("blind", "copy_differs")
    assert isinstance(outcome, NeedReading)
    assert outcome.photos == {2: 12}


def test_two_photos_that_differ_for_certain_are_a_dispute() -> None:
    numbers = changed(suara_01=423, suara_sah=729, suara_total=737)
    forged = [*copy_of(2, 12, numbers=numbers), human(8, 2, numbers, photo=12, uploader="account/2")]
    assert rule(*machines(), *humans(7, mode="confirm"), *forged) == Dispute("photos_differ", ("suara_01",))


def test_a_copy_that_only_the_machine_misread_is_cleared_by_one_person() -> None:
    misread = [*copy_of(2, 12, numbers=changed(suara_01=128), error=0.2), human(8, 2, photo=12, uploader="account/2")]
    outcome = rule(*machines(), *humans(7, mode="confirm"), *misread)
    assert isinstance(outcome, Accept)


def test_a_copy_no_reviewer_can_read_speaks_against_nothing() -> None:
    blurred = copy_of(2, 12, numbers=changed(suara_01=128), error=0.4)
    skips = (SkipInput("account/20", "review", frozenset({12})),)
    outcome = rule(*machines(), *humans(7, mode="confirm"), *blurred, of=section(skips=skips))
    assert isinstance(outcome, Accept)
