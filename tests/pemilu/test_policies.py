"""The policy of an election file: by name, by numbers, by both."""

import pytest

from app.pemilu.definition import Policy
from app.pemilu.file_shape import ElectionFileError
from app.pemilu.policies import STRICT
from tests.pemilu.test_file_errors import expand
from tests.tally.contests import PILKADA


def policy_of(words: str) -> Policy:
    (contest,) = expand(PILKADA.replace('form = "c', f'{words}\nform = "c', 1))
    return contest.policy


def test_a_policy_is_chosen_by_its_name() -> None:
    assert policy_of('policy = "strict"') == STRICT
    assert policy_of('policy = "default"') == policy_of("") == Policy()
    assert policy_of('policy = { base = "strict" }') == STRICT


def test_own_numbers_stand_on_a_named_policy_and_are_called_own() -> None:
    own = policy_of('policy = { base = "strict", plant_share = 0.2 }')
    assert (own.name, own.plant_share, own.unsure_readers_needed) == ("own", 0.2, 3)
    assert policy_of('policy = { name = "KPPS", blind_share = 0.5 }').name == "KPPS"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('policy = "lunak"', "pemilihan[1].policy.base: Input should be 'default' or 'strict' (it is 'lunak')"),
        ("policy = 3", "pemilihan[1].policy: Input should be a valid"),
        ("policy = { unsure_readers_needed = 4 }", "policy.unsure_readers_needed: Input should be less than or equal"),
        ("policy = { catch_cap = 0.2 }", "policy.catch_cap: Input should be greater than or equal to 0.5"),
        ('policy = { name = "strict" }', "policy.name: 'strict' is the name of a policy with other numbers"),
        ('policy = { base = "strict", name = "default" }', "policy.name: 'default' is the name of a policy with other"),
        ('policy = { base = "strict", human_error_rate = 0.3 }', "policy: three people who agree are wrong"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_name(words: str, said: str) -> None:
    with pytest.raises(ElectionFileError) as error:
        policy_of(words)
    assert said in error.value.message
