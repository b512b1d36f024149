"""Photographs of different people are compared: forgers with new accounts who read the genuine one gain nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.verification.consensus import decide
from app.verification.evidence import (
    Accept,
    Dispute,
    NeedReading,
    Outcome,
    OverrideInput,
    ReadingInput,
    RulePolicy,
    SkipInput,
)
from tests.verification.readings import CHECKS, TRUTH, changed, human, humans, machine, machines, section

LIE = changed(suara_01=223, suara_02=174)
LEFT_OPEN = {**TRUTH, "suara_01": None, "suara_02": None}
"""What the machine saw of the genuine photograph: everything but what the forgers altered."""


def rule(*readings: ReadingInput, **rest: Any) -> Outcome:
    return decide(readings, CHECKS, RulePolicy(), section(**rest))


def new(readings: list[ReadingInput]) -> list[ReadingInput]:
    return [replace(one, new_reader=True) for one in readings]


def forged(uploader: str = "account/2", first: int = 10) -> list[ReadingInput]:
    return [
        replace(machine(page, LIE, photo=first + page, uploader=uploader), newcomer=True, uploader=uploader)
        for page in (2, 3)
    ]


def genuine() -> list[ReadingInput]:
    return [machine(2, LEFT_OPEN, error=0.3, sure=frozenset({"suara_03"})), machine(3)]


def votes(who: int, numbers: Mapping[str, int | None] = TRUTH, *, fresh: bool = False, **rest: Any) -> ReadingInput:
    """A reading of the genuine photograph's votes."""
    return replace(human(who, 2, numbers, **rest), new_reader=fresh)


def confirmed() -> list[ReadingInput]:
    """The forged photograph came first; a forger has confirmed it."""
    said = [replace(one, photo_id=10 + one.page) for one in humans(7, LIE, mode="confirm", uploader="account/2")]
    return new([replace(one, shown={name: number for name, number in LIE.items() if number}) for one in said])


def asked(outcome: Outcome) -> tuple[str, str]:
    assert isinstance(outcome, NeedReading), outcome
    return outcome.mode, outcome.why


# --- the forged photograph is read first -------------------------------------------------------------------------


def test_one_forger_does_not_make_the_genuine_photo_agree() -> None:
    contested = [*forged(), *confirmed(), *genuine()]
    assert asked(rule(*contested)) == ("blind", "copy_differs")
    assert asked(rule(*contested, votes(8, LIE, fresh=True))) == ("blind", "copy_differs")


def test_forgers_who_read_it_one_after_another_meet_a_reviewer() -> None:
    lying = [votes(who, LIE, fresh=True) for who in (8, 9, 10)]
    contested = [*forged(), *confirmed(), *genuine(), *lying]
    assert asked(rule(*contested)) == ("review", "newcomers_alone")
    assert rule(*contested, votes(20, mode="review")) == Dispute("photos_differ", ("suara_01", "suara_02"))


def test_a_forger_does_not_outweigh_somebody_who_read_it_otherwise_however_well_he_is_known() -> None:
    contested = [*forged(), *confirmed(), *genuine(), votes(8)]
    assert asked(rule(*contested, votes(9, LIE))) == ("blind", "copy_differs")
    assert asked(rule(*contested, votes(9, LIE), votes(10, LIE, fresh=True))) == ("review", "copy_differs")
    assert rule(*contested, votes(11)) == Dispute("photos_differ", ("suara_01", "suara_02"))


def test_somebody_who_is_known_makes_copies_agree_by_himself() -> None:
    genuine_too = [machine(page, photo=10 + page, uploader="account/2") for page in (2, 3)]
    people = [replace(one, photo_id=10 + one.page) for one in humans(7, mode="confirm", uploader="account/2")]
    outcome = rule(*genuine_too, *people, *genuine(), votes(8))
    assert isinstance(outcome, Accept)
    assert outcome.source_class == "two_uploaders"


def test_new_readers_are_enough_where_a_reviewer_says_the_same() -> None:
    genuine_too = [machine(page, photo=10 + page, uploader="account/2") for page in (2, 3)]
    people = [replace(one, photo_id=10 + one.page) for one in humans(7, mode="confirm", uploader="account/2")]
    read = [votes(who, fresh=True) for who in (8, 9, 10)]
    assert asked(rule(*genuine_too, *people, *genuine(), *read)) == ("review", "newcomers_alone")
    outcome = rule(*genuine_too, *people, *genuine(), *read, votes(20, mode="review"))
    assert isinstance(outcome, Accept)
    assert outcome.source_class == "two_uploaders"


# --- the genuine photograph is read first, by forgers ---------------------------------------------------------------


def read_by_forgers() -> list[ReadingInput]:
    return [*genuine(), *new(humans(5, LIE)), *new(humans(6, LIE))]


def test_new_readers_alone_are_believed_while_theirs_is_the_only_photo() -> None:
    outcome = rule(*read_by_forgers())
    assert isinstance(outcome, Accept)
    assert outcome.source_class == "one_uploader"


def test_what_new_readers_alone_said_is_read_again_when_somebody_else_sends_a_photo() -> None:
    outcome = rule(*read_by_forgers(), *forged())
    assert asked(outcome) == ("blind", "newcomers_alone")
    assert isinstance(outcome, NeedReading)
    assert (outcome.photos, outcome.fields) == ({2: 2}, ("suara_01", "suara_02"))
    third = [*read_by_forgers(), *forged(), *new(humans(8, LIE))]
    assert asked(rule(*third)) == ("review", "newcomers_alone")
    reviewed = [*third, votes(20, mode="review")]
    assert asked(rule(*reviewed)) == ("blind", "too_few"), "the other photo is looked at first"
    other = replace(human(9, 2, LIE, uploader="account/2"), photo_id=12, new_reader=True)
    assert rule(*reviewed, other) == Dispute("photos_differ", ("suara_01", "suara_02"))


def test_what_a_reviewer_then_cannot_read_is_disputed() -> None:
    skip = SkipInput("account/20", "review", frozenset({2}))
    outcome = rule(*read_by_forgers(), *forged(), *new(humans(8, LIE)), skips=(skip,))
    assert outcome == Dispute("reviewer_cannot_read", ("suara_01", "suara_02"))


def test_a_known_reader_or_the_machine_vouches() -> None:
    for known in ([*genuine(), *new(humans(5)), *humans(6)], [*machines(), *new(humans(5, mode="confirm"))]):
        copies = [machine(page, photo=10 + page, uploader="account/2") for page in (2, 3)]
        outcome = rule(*known, *copies)
        assert isinstance(outcome, Accept)
        assert outcome.source_class == "two_uploaders"


# --- overrides ----------------------------------------------------------------------------------------------------


def test_newcomers_are_one_source_of_an_override_too() -> None:
    uploaders = [*forged("account/1", 10), *forged("account/2", 20)]
    reviews = [
        [replace(one, photo_id=10 + one.page) for one in humans(who, LIE, mode="review")]
        for who in (20, 21)
    ]  # fmt: skip
    beside = [replace(one, photo_id=20 + one.page) for one in humans(9, LIE, uploader="account/2")]
    stated = tuple(
        OverrideInput(f"account/{who}", frozenset(one.id for one in own))
        for who, own in zip((20, 21), reviews, strict=True)
    )
    outcome = rule(*uploaders, *reviews[0], *reviews[1], *beside, overrides=stated)
    assert isinstance(outcome, Accept)
    assert outcome.source_class == "one_uploader"
    other = [replace(one, newcomer=False) if one.uploader == "account/2" else one for one in (*uploaders, *beside)]
    known = rule(*other, *reviews[0], *reviews[1], overrides=stated)
    fresh = rule(*[one for one in other if one not in beside], *new(beside), *reviews[0], *reviews[1], overrides=stated)
    assert isinstance(known, Accept)
    assert known.source_class == "two_uploaders"
    assert isinstance(fresh, Accept)
    assert fresh.source_class == "one_uploader"


# --- one person, twice ----------------------------------------------------------------------------------------------


def test_a_known_sender_and_the_newcomer_that_he_was_or_is_linked_to_are_one_source() -> None:
    def send(second: str, group: str = "") -> str:
        copies = [replace(machine(page, photo=10 + page, uploader=second), newcomer=True) for page in (2, 3)]
        sent = [*machines(), *humans(7, mode="confirm"), *copies]
        outcome = rule(*[replace(one, uploader_group=group) for one in sent])
        assert isinstance(outcome, Accept)
        return outcome.source_class

    assert send("account/2") == "two_uploaders", "a newcomer confirms somebody who is known"
    assert send("account/1") == "one_uploader", "himself, some days before"
    assert send("account/2", "account/1") == "one_uploader", "his other account"
