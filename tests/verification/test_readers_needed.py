"""Who is needed beside the probability: the machine's objection, linked accounts, the strict policy, known readers."""

from dataclasses import replace

import pytest

from app.verification.consensus import decide
from app.verification.evidence import Accept, Dispute, NeedReading, Outcome, ReadingInput, RulePolicy
from app.verification.page_verdict import judge_field
from app.verification.policies import STRICT
from tests.verification.readings import CHECKS, TRUTH, changed, human, humans, machine, machines, section

LIE = changed(suara_01=223, suara_02=174)
"""A hundred votes moved from one choice to another: every sum closes as before."""


def rule(*readings: ReadingInput, policy: RulePolicy | None = None) -> Outcome:
    return decide(readings, CHECKS, policy or RulePolicy(), section())


def asked(outcome: Outcome) -> tuple[str, str]:
    assert isinstance(outcome, NeedReading), outcome
    return outcome.mode, outcome.why


def linked(readings: list[ReadingInput], group: str) -> list[ReadingInput]:
    return [replace(one, group=group) for one in readings]


def known(readings: list[ReadingInput], *, error: float = 0.01, catch: float | None = None) -> list[ReadingInput]:
    return [
        replace(one, error_rates=dict.fromkeys(one.numbers, error), catch_rate=catch)
        for one in readings
    ]  # fmt: skip


# --- a machine that holds another number ------------------------------------------------------------------------


def test_two_people_in_league_do_not_pass_a_machine_that_objects() -> None:
    lying = [*machines(error=0.04), *humans(7, LIE), *humans(8, LIE)]
    assert asked(rule(*lying)) == ("blind", "differing")
    outcome = rule(*lying, *humans(9, LIE))
    assert isinstance(outcome, Accept), "three people who agree outweigh a machine that is not sure"


def test_a_machine_that_objects_wants_three_even_where_the_probability_would_do() -> None:
    best = [known(humans(who, LIE), error=0.005) for who in (7, 8, 9)]
    own = machines(error=0.09)
    two = judge_field("suara_01", [own[0], best[0][0], best[1][0]], RulePolicy())
    assert two.wrong <= RulePolicy().wrong_bound
    assert not two.settled
    assert asked(rule(*own, *best[0], *best[1])) == ("blind", "differing")
    assert isinstance(rule(*own, *best[0], *best[1], *best[2]), Accept)


def test_two_people_pass_a_machine_that_hardly_holds_its_number() -> None:
    outcome = rule(*machines(error=0.4), *humans(7, LIE), *humans(8, LIE))
    assert isinstance(outcome, Accept)


def test_however_many_people_never_pass_a_machine_that_is_sure_without_a_reviewer() -> None:
    people = [one for who in (7, 8, 9, 10) for one in known(humans(who, LIE), error=0.005)]
    assert asked(rule(*machines(), *people)) == ("review", "still_differing")
    outcome = rule(*machines(), *people, *humans(20, LIE, mode="review"))
    assert isinstance(outcome, Accept)
    assert "reviewed" in outcome.flags


def test_one_person_does_not_talk_away_a_copy_whose_machine_objects() -> None:
    forged = machine(2, LIE, photo=12, uploader="account/2", error=0.01)
    lying = human(8, 2, photo=12, uploader="account/2")
    outcome = rule(*machines(), *humans(7, mode="confirm"), forged, lying)
    assert asked(outcome) == ("blind", "copy_differs")


def test_a_copy_on_which_a_reviewer_agrees_with_nobody_differs() -> None:
    seen = changed(suara_01=128)
    copy = [machine(2, seen, photo=12, uploader="account/2", error=0.2), human(8, 2, photo=12, uploader="account/2")]
    assert isinstance(rule(*machines(), *humans(7, mode="confirm"), *copy), Accept)
    reviewed = human(20, 2, changed(suara_01=188), photo=12, uploader="account/2", mode="review")
    outcome = rule(*machines(), *humans(7, mode="confirm"), *copy, reviewed)
    assert outcome == Dispute("photos_differ", ("suara_01",))


# --- linked accounts --------------------------------------------------------------------------------------------


def test_linked_readers_count_once() -> None:
    people = [*humans(7), *humans(8)]
    assert isinstance(rule(*people), Accept)
    assert asked(rule(*linked(people, "group/1"))) == ("blind", "too_few")


def test_nobody_linked_to_the_uploader_reads_for_him() -> None:
    own = [replace(one, uploader_group="group/1") for one in machines()]
    helper = [replace(one, group="group/1", uploader_group="group/1") for one in humans(7, mode="confirm")]
    assert asked(rule(*own, *helper)) == ("confirm", "sure")


def test_linked_uploaders_are_one_source() -> None:
    def two(group: str) -> list[ReadingInput]:
        copies = [machine(page, photo=10 + page, uploader="account/2") for page in (2, 3)]
        own = [*machines(), *humans(7, mode="confirm"), *copies]
        return [replace(one, uploader_group=group) for one in own]

    apart, together = rule(*two("")), rule(*two("group/1"))
    assert isinstance(apart, Accept)
    assert isinstance(together, Accept)
    assert (apart.source_class, together.source_class) == ("two_uploaders", "one_uploader")
    assert "copies_agree" not in together.explanation


def test_what_the_machine_left_open_on_somebody_elses_photo_is_read_before_anything_stands() -> None:
    forged = {**TRUTH, "suara_01": 23, "suara_02": 374}
    left_open = {**TRUTH, "suara_01": None, "suara_02": None}
    mine = [machine(page, forged, uploader="account/1") for page in (2, 3)]
    confirmed = humans(7, forged, mode="confirm", shown=None)
    genuine = [
        machine(page, left_open, photo=20 + page, uploader="account/2", error=0.3, sure=frozenset()) for page in (2, 3)
    ]
    first = rule(*mine, *confirmed, *humans(8, forged))
    assert isinstance(first, Accept)
    outcome = rule(*mine, *confirmed, *humans(8, forged), *genuine)
    assert asked(outcome) == ("blind", "copy_differs")
    assert isinstance(outcome, NeedReading)
    assert (outcome.photos, outcome.fields) == ({2: 22}, ("suara_01", "suara_02"))
    own = [replace(one, uploader="account/1") for one in genuine]
    assert isinstance(rule(*mine, *confirmed, *humans(8, forged), *own), Accept)
    said = humans(9, uploader="account/2")
    read = [replace(one, photo_id=20 + one.page) for one in said]
    after = rule(*mine, *confirmed, *humans(8, forged), *genuine, *read)
    assert not isinstance(after, Accept)


def test_newcomers_are_one_source_however_many_and_an_old_account_is_another() -> None:
    def carried_by(*newcomers: bool) -> list[ReadingInput]:
        copies = [
            replace(machine(page, photo=10 * number + page, uploader=f"account/{number}"), newcomer=new)
            for number, new in enumerate(newcomers, start=1)
            for page in (2, 3)
        ]
        return [*copies, *[replace(one, photo_id=10 + one.page) for one in humans(7, mode="confirm")]]

    classes = {}
    for newcomers in ((True, True, True), (True, False), (False, False)):
        outcome = rule(*carried_by(*newcomers))
        assert isinstance(outcome, Accept)
        classes[newcomers] = outcome.source_class
    assert list(classes.values()) == ["one_uploader", "two_uploaders", "two_uploaders"]


# --- what is known of a reader ----------------------------------------------------------------------------------


def test_a_confirmation_weighs_by_the_readers_own_catch_rate() -> None:
    own = machines(error=4e-4)
    for catch, enough in ((None, True), (0.9, True), (0.6, False)):
        outcome = rule(*own, *known(humans(7, mode="confirm"), catch=catch))
        assert isinstance(outcome, Accept) == enough, catch


def test_a_perfect_record_weighs_no_more_than_the_cap() -> None:
    own = machines(error=9e-4)
    perfect, capped = (rule(*own, *known(humans(7, mode="confirm"), catch=catch)) for catch in (1.0, 0.9))
    assert perfect == capped
    two = [known(humans(who), error=error) for who in (7, 8) for error in (0.0,)]
    floor = [known(humans(who), error=0.005) for who in (7, 8)]
    assert rule(*two[0], *two[1]) == rule(*floor[0], *floor[1])


@pytest.mark.parametrize(("error", "people"), [(0.01, 2), (0.02, 2), (0.04, 3)])
def test_people_who_err_more_must_be_more(error: float, people: int) -> None:
    read: list[ReadingInput] = []
    for who in range(7, 7 + people):
        assert not isinstance(rule(*read), Accept)
        read += known(humans(who), error=error)
    assert isinstance(rule(*read), Accept)


# --- the strict policy -----------------------------------------------------------------------------------------------


def test_strict_wants_three_where_the_machine_is_not_sure() -> None:
    assert asked(rule(*humans(7), *humans(8), policy=STRICT)) == ("blind", "too_few")
    assert isinstance(rule(*humans(7), *humans(8), *humans(9), policy=STRICT), Accept)


def test_strict_counts_the_machine_that_says_the_same() -> None:
    own = machines(error=0.02)
    assert asked(rule(*own, *humans(7), policy=STRICT)) == ("blind", "too_few")
    assert isinstance(rule(*own, *humans(7), *humans(8), policy=STRICT), Accept)


def test_strict_takes_a_sure_machine_and_one_confirmation() -> None:
    assert isinstance(rule(*machines(), *humans(7, mode="confirm"), policy=STRICT), Accept)


def test_strict_wants_three_blind_readers_of_a_paper_that_does_not_close() -> None:
    open_paper = {**TRUTH, "suara_sah": 430, "suara_total": 438}
    two = [*machines(numbers=open_paper, sure=frozenset()), *humans(7, open_paper), *humans(8, open_paper)]
    assert isinstance(rule(*two), Accept)
    assert asked(rule(*two, policy=STRICT)) == ("blind", "paper")
    assert isinstance(rule(*two, *humans(9, open_paper), policy=STRICT), Accept)
