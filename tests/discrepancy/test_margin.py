"""What a difference does to a lead: the same leader's, over whoever comes next with the official number."""

from hypothesis import given
from hypothesis import strategies as st

from app.discrepancy.margin import weigh_margin
from tests.official.factory import make_contest

CONTEST = make_contest()
FIRST, SECOND, THIRD = (choice.field for choice in CONTEST.choices)
SUMS = {FIRST: 500, SECOND: 480, THIRD: 100}


def lead_after(field: str, difference: int) -> tuple[int, int, bool]:
    effect = weigh_margin(SUMS, CONTEST, field, difference)
    assert effect is not None
    assert (effect.leader, effect.second) == (FIRST, SECOND)
    return effect.ours, effect.ours + effect.moved, effect.turns


def test_votes_of_the_first_and_the_second_move_the_lead() -> None:
    assert lead_after(FIRST, 7) == (20, 27, False)
    assert lead_after(FIRST, -30) == (20, -10, True)
    assert lead_after(SECOND, 5) == (20, 15, False)


def test_a_third_that_overtakes_takes_the_lead() -> None:
    assert lead_after(THIRD, 200) == (20, 20, False)
    assert lead_after(THIRD, 395) == (20, 5, False)
    assert lead_after(THIRD, 800) == (20, -400, True)


def test_a_second_that_falls_leaves_the_third_as_the_next() -> None:
    assert lead_after(SECOND, -450) == (20, 400, False)


def test_what_is_no_choice_has_no_effect() -> None:
    assert weigh_margin(SUMS, CONTEST, "suara_sah", 800) is None


@given(votes=st.tuples(*[st.integers(0, 1000)] * 3), place=st.integers(0, 2), difference=st.integers(-1000, 1000))
def test_the_lead_is_that_of_the_sums_with_the_official_number(
    votes: tuple[int, int, int], place: int, difference: int
) -> None:
    sums = dict(zip((FIRST, SECOND, THIRD), votes, strict=True))
    field = (FIRST, SECOND, THIRD)[place]
    effect = weigh_margin(sums, CONTEST, field, difference)
    assert effect is not None
    sums[field] += difference
    others = [count for name, count in sums.items() if name != effect.leader]
    assert effect.ours + effect.moved == sums[effect.leader] - max(others)
    assert effect.ours >= 0
