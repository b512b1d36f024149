"""What holds of the rule whatever is read, by whom, in which order."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.verification.consensus import decide
from app.verification.evidence import (
    Accept,
    Dispute,
    Mode,
    NeedPhoto,
    NeedReading,
    Outcome,
    ReadingInput,
    RulePolicy,
    SkipInput,
)
from tests.verification.readings import CHECKS, PAGES, TRUTH, human, machine, section

pytestmark = pytest.mark.slow(25)

POLICY = RulePolicy()
PHOTOS = {2: 2, 3: 3, 12: 2, 13: 3}
"""Photo -> page: the first uploader's two photos and a second uploader's."""
OWNER = {2: "account/1", 3: "account/1", 12: "account/2", 13: "account/2"}


@st.composite
def numbers(draw: st.DrawFn) -> dict[str, int | None]:
    """The truth with up to two slips; few other numbers, so that readers agree on wrong ones often."""
    slips = st.dictionaries(st.sampled_from(sorted(TRUTH)), st.sampled_from([None, 8, 9]), max_size=2)
    return {**TRUTH, **draw(st.one_of(st.just({}), st.just({}), slips))}


@st.composite
def readings(draw: st.DrawFn) -> list[ReadingInput]:
    """Machine readings of up to four photos and up to six people, uploaders among them, of one or both pages."""
    made: list[ReadingInput] = []
    for photo in draw(st.sampled_from([{2, 3}, {2, 3, 12, 13}, {2}, {2, 12}, {3}, {2, 3, 12}])):
        error = draw(st.sampled_from([1e-4, 3e-4, 1e-2, 0.3]))
        made.append(machine(PHOTOS[photo], draw(numbers()), error=error, photo=photo, uploader=OWNER[photo]))
    for who in draw(st.lists(st.sampled_from([1, 2, 7, 8, 9, 10, 20, 21]), max_size=6)):
        claim = draw(numbers())
        mode: Mode = "review" if who >= 20 else draw(st.sampled_from(["blind", "blind", "confirm"]))
        photos = draw(st.sampled_from([{2, 3}, {2, 3}, {12, 13}, {2}, {12}]))
        made += [human(who, PHOTOS[one], claim, mode=mode, photo=one, uploader=OWNER[one]) for one in photos]
    return made


@st.composite
def skips(draw: st.DrawFn) -> tuple[SkipInput, ...]:
    one = st.builds(
        SkipInput,
        st.sampled_from(["account/30", "account/31"]),
        st.sampled_from(["blind", "review"]),
        st.frozensets(st.sampled_from(sorted(PHOTOS)), min_size=1),
    )
    return tuple(draw(st.lists(one, max_size=2)))


many = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rule(found: Sequence[ReadingInput], dice: float = 0.5, skipped: tuple[SkipInput, ...] = ()) -> Outcome:
    return decide(found, CHECKS, POLICY, section(dice, skips=skipped))


def counts(reading: ReadingInput) -> bool:
    return reading.kind == "machine" or reading.reader != reading.uploader


@many
@given(readings(), st.floats(0, 1), skips())
def test_accepted_numbers_are_stated_by_two_readers_one_of_them_human(
    found: list[ReadingInput], dice: float, skipped: tuple[SkipInput, ...]
) -> None:
    outcome = rule(found, dice, skipped)
    if not isinstance(outcome, Accept):
        return
    for name, value in outcome.numbers.items():
        photo = outcome.photos[2 if name in PAGES[2] else 3]
        stating = [r for r in found if r.photo_id == photo and counts(r) and r.numbers.get(name) == value]
        assert len({r.reader for r in stating}) >= 2
        assert any(r.kind == "human" for r in stating)
        assert outcome.posterior_wrong[name] <= POLICY.wrong_bound or any(r.mode == "review" for r in stating)


@many
@given(readings(), skips(), st.randoms())
def test_the_order_of_readings_and_skips_is_irrelevant(
    found: list[ReadingInput],
    skipped: tuple[SkipInput, ...],
    random: Random,
) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert rule(found, skipped=skipped) == rule(shuffled, skipped=skipped[::-1])


@many
@given(readings())
def test_an_uploaders_readings_of_his_own_photo_change_nothing(found: list[ReadingInput]) -> None:
    assert rule(found) == rule([reading for reading in found if counts(reading)])


@many
@given(readings(), st.integers(1, 6))
def test_the_names_of_readers_and_the_height_of_ids_are_irrelevant(found: list[ReadingInput], step: int) -> None:
    renamed = [replace(r, reader=f"x{r.reader}", uploader=f"x{r.uploader}", id=r.id * step) for r in found]
    assert rule(found) == rule(renamed)


@many
@given(readings(), st.sampled_from(["blind", "review", "confirm"]))
def test_one_more_reader_who_agrees_keeps_the_acceptance(found: list[ReadingInput], mode: Mode) -> None:
    before = rule(found)
    if not isinstance(before, Accept):
        return
    agreeing = [
        human(50, page, {**TRUTH, **before.numbers}, mode=mode, photo=photo, uploader=OWNER[photo],
              shown=dict(before.numbers) if mode == "confirm" else None)
        for page, photo in before.photos.items()
    ]  # fmt: skip
    after = rule([*found, *agreeing])
    assert isinstance(after, Accept)
    assert after.numbers == before.numbers


@many
@given(readings())
def test_a_paper_that_does_not_close_has_two_blind_readers_for_every_number(found: list[ReadingInput]) -> None:
    outcome = rule(found)
    if not isinstance(outcome, Accept):
        return
    closes = [check.closes(outcome.numbers) is not False for check in CHECKS]
    assert ("paper" in outcome.flags) == (not all(closes))
    if all(closes):
        return
    for name, value in outcome.numbers.items():
        blind = {
            r.reader for r in found if counts(r) and r.mode in {"blind", "review"} and r.numbers.get(name) == value
        }
        assert len(blind) >= 2


@many
@given(readings())
def test_only_a_second_uploader_makes_a_second_source(found: list[ReadingInput]) -> None:
    outcome = rule(found)
    if isinstance(outcome, Accept) and outcome.source_class == "two_uploaders":
        for page in outcome.photos:
            assert {r.uploader for r in found if r.page == page} == {"account/1", "account/2"}


@many
@given(readings(), skips())
def test_what_is_asked_for_can_be_answered(found: list[ReadingInput], skipped: tuple[SkipInput, ...]) -> None:
    outcome = rule(found, skipped=skipped)
    if isinstance(outcome, NeedReading):
        assert outcome.photos
        assert all(PHOTOS[photo] == page for page, photo in outcome.photos.items())
        assert outcome.mode != "confirm" or set(outcome.photos) == {2, 3}
    if isinstance(outcome, NeedPhoto):
        assert not any(r.page == 2 for r in found if counts(r))


@many
@given(readings(), st.lists(numbers(), min_size=14, max_size=14), st.booleans())
def test_asking_ends(found: list[ReadingInput], answers: list[dict[str, int | None]], new: bool) -> None:  # noqa: FBT001
    """Whatever people answer, new ones or others, the rule comes to an end after few of them."""
    read = list(found)
    for who, answer in enumerate(answers, start=100):
        outcome = rule(read)
        if not isinstance(outcome, NeedReading):
            assert isinstance(outcome, Accept | Dispute | NeedPhoto)
            return
        mode = outcome.mode
        read += [
            human(who, page, answer, mode=mode, photo=photo, uploader=OWNER[photo], new_reader=new)
            for page, photo in outcome.photos.items()
        ]
    raise AssertionError(f"still asking: {rule(read)}")
