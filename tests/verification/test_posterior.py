import itertools

import pytest

from app.verification.confusion import collide
from app.verification.evidence import RulePolicy
from app.verification.posterior import Claim, believe_catch, believe_error, weigh

POLICY = RulePolicy()


def wrong(*claims: Claim) -> float:
    weighed = weigh(claims, POLICY)
    assert weighed is not None
    return weighed.wrong


def test_one_reader_is_as_wrong_as_he_usually_is() -> None:
    assert wrong(Claim(7, 0.01)) == pytest.approx(0.01)


def test_two_agreeing_readers_err_together_only_if_both_err_to_the_same_number() -> None:
    assert wrong(Claim(7, 0.01), Claim(7, 0.01)) == pytest.approx(0.01 * 0.01 * 0.2, rel=0.03)


def test_a_confirmation_weighs_less_than_a_blind_reading() -> None:
    blind = wrong(Claim(7, 1e-3), Claim(7, 0.01))
    confirmed = wrong(Claim(7, 1e-3), Claim(7, 0.01, confirms=True))
    assert confirmed == pytest.approx(1e-3 * 0.2 / 0.98, rel=0.01)
    assert confirmed > 50 * blind


def test_a_second_confirmation_never_makes_up_for_a_blind_reading() -> None:
    assert wrong(*[Claim(7, 0.05)] + [Claim(7, 0.01, confirms=True)] * 2) > wrong(Claim(7, 0.05), Claim(7, 0.01))


def test_two_people_against_a_machine_that_is_sure_do_not_settle_it() -> None:
    weighed = weigh([Claim(3, 1e-4), Claim(8, 0.01), Claim(8, 0.01)], POLICY)
    assert weighed is not None
    assert weighed.value == 8
    assert weighed.wrong > 0.1


def test_an_even_split_is_worth_a_coin_toss() -> None:
    weighed = weigh([Claim(8, 0.01), Claim(3, 0.01)], POLICY)
    assert weighed is not None
    assert weighed.value == 3
    assert weighed.wrong >= 0.5


def test_the_order_of_claims_changes_no_bit() -> None:
    claims = [Claim(8, 0.01), Claim(3, 0.03), Claim(8, 0.2), Claim(8, 0.01, confirms=True)]
    assert len({wrong(*order) for order in itertools.permutations(claims)}) == 1


def test_nobody_says_anything() -> None:
    assert weigh([], POLICY) is None


@pytest.mark.parametrize(("rate", "believed"), [(0.0, 0.005), (0.005, 0.005), (0.0051, 0.01), (0.02, 0.02), (0.9, 0.5)])
def test_an_error_rate_is_believed_in_steps_always_the_worse_one(rate: float, believed: float) -> None:
    assert believe_error(rate, POLICY) == believed


@pytest.mark.parametrize(("rate", "believed"), [(None, 0.8), (0.69, 0.6), (0.7, 0.7), (0.99, 0.9), (0.0, 0.03)])
def test_a_catch_rate_is_believed_in_tenths_never_more_than_the_cap(rate: float | None, believed: float) -> None:
    assert believe_catch(rate, POLICY) == pytest.approx(believed)


@pytest.mark.parametrize(("said", "true", "share"), [(8, 3, 0.83), (128, 123, 0.38), (1, 7, 0.6), (223, 123, 0.2)])
def test_digits_that_look_alike_are_taken_for_one_another_more_often(said: int, true: int, share: float) -> None:
    assert collide(said, true, POLICY) == pytest.approx(share, abs=0.01)


def test_two_people_weigh_less_against_a_machine_that_may_have_seen_the_same_ink_otherwise() -> None:
    alike = wrong(Claim(3, 0.05), Claim(8, 0.01), Claim(8, 0.01))
    unlike = wrong(Claim(4, 0.05), Claim(8, 0.01), Claim(8, 0.01))
    assert alike > 3 * unlike
