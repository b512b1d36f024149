"""What is believed of a reader: newcomers little, everybody in proportion to what was counted of him."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.verification.evidence import RulePolicy
from app.verification.skill import SkillCounts, estimate_skill, is_below_bound, make_prior

POLICY = RulePolicy()
PRIOR = make_prior(POLICY)


@st.composite
def counts(draw: st.DrawFn) -> SkillCounts:
    blind, shown, good = (draw(st.integers(0, 3000)) for _ in range(3))
    of = [draw(st.integers(0, most)) for most in (blind, shown, good)]
    return SkillCounts(blind, of[0], shown, of[1], good, of[2])


def test_a_newcomer_is_believed_less_than_the_average() -> None:
    skill = estimate_skill(SkillCounts(), PRIOR)
    assert skill.error_rate == pytest.approx(POLICY.newcomer_error_rate)
    assert skill.error_rate > POLICY.human_error_rate
    assert skill.catch_rate == pytest.approx(POLICY.newcomer_catch_rate)
    assert skill.catch_rate < POLICY.confirm_catch_rate
    assert is_below_bound(skill, POLICY) is None


def test_good_work_is_believed_in_time() -> None:
    found = [estimate_skill(SkillCounts(blind_fields=n, plants_shown=n, plants_caught=n), PRIOR) for n in (0, 10, 100)]
    for before, after in pairwise(found):
        assert after.error_rate < before.error_rate
        assert after.catch_rate > before.catch_rate
        assert after.error_high - after.error_low < before.error_high - before.error_low


@given(counts())
def test_the_estimate_lies_within_its_interval(one: SkillCounts) -> None:
    skill = estimate_skill(one, PRIOR)
    assert 0 <= skill.error_low <= skill.error_rate <= skill.error_high <= 1
    assert 0 <= skill.catch_low <= skill.catch_rate <= skill.catch_high <= 1
    assert 0 <= skill.alarm_low <= skill.alarm_rate <= skill.alarm_high <= 1


@given(counts())
def test_one_more_wrong_answer_never_raises_anybodys_standing(one: SkillCounts) -> None:
    worse = SkillCounts(
        one.blind_fields + 1, one.blind_wrong + 1, one.plants_shown + 1, one.plants_caught, one.good_shown + 1,
        one.good_changed + 1,
    )  # fmt: skip
    before, after = estimate_skill(one, PRIOR), estimate_skill(worse, PRIOR)
    assert after.error_rate > before.error_rate
    assert after.catch_rate < before.catch_rate
    assert after.alarm_rate > before.alarm_rate
    assert is_below_bound(before, POLICY) is None or is_below_bound(after, POLICY) is not None


def test_the_pool_makes_newcomers_worse_but_never_better_than_assumed() -> None:
    careless = make_prior(POLICY, SkillCounts(100_000, 5_000, 2_000, 800))
    assert careless.error.mean == pytest.approx(0.1, rel=0.02)
    assert careless.catch.mean == pytest.approx(0.4, rel=0.1)
    excellent = make_prior(POLICY, SkillCounts(100_000, 0, 2_000, 2_000))
    assert excellent.error.mean == POLICY.newcomer_error_rate
    assert excellent.catch.mean == pytest.approx(POLICY.newcomer_catch_rate)


@pytest.mark.parametrize(
    ("counted", "reason"),
    [
        (SkillCounts(plants_shown=40, plants_caught=2), "catch"),
        (SkillCounts(plants_shown=3, plants_caught=0), None),
        (SkillCounts(blind_fields=120, blind_wrong=40), "error"),
        (SkillCounts(blind_fields=6, blind_wrong=2), None),
        (SkillCounts(plants_shown=40, plants_caught=40, good_shown=100, good_changed=90), "alarm"),
        (SkillCounts(300, 6, 20, 15, 300, 5), None),
    ],
)
def test_who_is_suspended(counted: SkillCounts, reason: str | None) -> None:
    assert is_below_bound(estimate_skill(counted, PRIOR), POLICY) == reason


def test_hardly_any_careful_reader_is_ever_suspended() -> None:
    """Looked at after every ten answers, 400 readers who err in 2 % of fields and catch 75 % keep their place."""
    random = Random(4)
    suspended = sum(_ever_suspended(random, error=0.02, catch=0.75) for _ in range(400))
    assert suspended <= 4


def _ever_suspended(random: Random, *, error: float, catch: float) -> bool:
    wrong = caught = 0
    for look in range(1, 21):
        wrong += sum(random.random() < error for _ in range(60))
        caught += sum(random.random() < catch for _ in range(2))
        counted = SkillCounts(60 * look, wrong, 2 * look, caught)
        if is_below_bound(estimate_skill(counted, PRIOR), POLICY):
            return True
    return False


def test_more_than_all_cannot_be_counted() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        estimate_skill(SkillCounts(blind_fields=2, blind_wrong=3), PRIOR)
