"""Wrong values that a machine might have read: what they keep, whatever the numbers."""

import random

from hypothesis import given
from hypothesis import strategies as st

from app.verification.evidence import ReadingInput
from app.verification.plants.alter import FIELDS_MAX, alter_numbers
from app.verification.plants.fitness import is_fit
from app.verification.plants.share import POOL_MAX, count_wanted
from tests.verification.readings import CHECKS, PAGE1_TRUTH, TRUTH, changed, human, humans, machines

SUMS = [(one.total, one.terms) for one in CHECKS]
ROWS = [
    (f"{row}_j", (f"{row}_l", f"{row}_p"))
    for row in ("pemilih_dpt", "pengguna_dpt", "pengguna_dptb", "pengguna_dpk", "pengguna_total")
]
COLUMNS = [
    (f"pengguna_total_{end}", tuple(f"pengguna_{kind}_{end}" for kind in ("dpt", "dptb", "dpk"))) for end in "lpj"
]
TABLE = {name: PAGE1_TRUTH[name] for total, terms in ROWS for name in (total, *terms)}
votes = st.integers(0, 300)


@given(votes, votes, votes, st.integers(0, 99), st.randoms(use_true_random=False))
def test_every_sum_still_closes_and_a_few_values_are_wrong(
    first: int, second: int, third: int, spoilt: int, rng: random.Random
) -> None:
    valid = first + second + third
    numbers = dict(zip(TRUTH, (first, second, third, valid, spoilt, valid + spoilt), strict=True))
    shown = alter_numbers(numbers, SUMS, rng)
    if shown is None:
        return
    assert all(shown[total] == sum(shown[term] for term in terms) for total, terms in SUMS)
    wrong = [name for name in numbers if shown[name] != numbers[name]]
    assert 2 <= len(wrong) <= FIELDS_MAX
    assert all(0 <= shown[name] <= 999 for name in shown)


def test_ordinary_forms_are_nearly_always_altered_and_in_many_ways() -> None:
    found = [alter_numbers(TRUTH, SUMS, random.Random(seed)) for seed in range(100)]
    assert None not in found
    assert len({tuple(sorted(one.items())) for one in found if one}) > 20


def test_a_table_of_rows_and_columns_is_altered_so_that_both_close() -> None:
    sums = ROWS + COLUMNS
    found = [alter_numbers(TABLE, sums, random.Random(seed)) for seed in range(20)]
    altered = [one for one in found if one is not None]
    assert altered
    for one in altered:
        assert one != TABLE
        assert all(one[total] == sum(one[term] for term in terms) for total, terms in sums)


def test_what_could_be_told_by_adding_up_is_not_altered() -> None:
    rng = random.Random(1)
    assert alter_numbers({**TRUTH, "suara_01": 124}, SUMS, rng) is None, "the paper itself does not close"
    assert alter_numbers({**TRUTH, "lain": 5}, SUMS, rng) is None, "a number in no sum"
    assert alter_numbers(TRUTH, [], rng) is None


CERTAIN = dict.fromkeys(TRUTH, 1e-6)


def fit(readings: list[ReadingInput], *flags: str, wrong: float = 1e-6) -> bool:
    return is_fit(TRUTH, dict.fromkeys(TRUTH, wrong), flags, readings)


def test_only_certain_numbers_measure_people() -> None:
    blind = machines() + humans(7)
    assert fit(blind)
    assert fit(humans(7) + humans(8)), "no machine is needed"
    assert not fit(blind, wrong=2e-5)
    assert not fit(blind, "paper")
    assert not fit(blind, "override")
    assert not fit(machines() + humans(7, mode="confirm")), "nobody has read it with empty boxes"
    assert not fit(humans(7)), "one reader alone"
    assert not fit([*machines(), human(7, 2)]), "page 3 was read by nobody"
    assert not fit(machines() + humans(7, changed(suara_03=33)))


def test_a_small_election_plants_few_of_its_forms() -> None:
    assert [count_wanted(decided) for decided in (0, 10, 100, 1_000_000)] == [0, 2, 20, POOL_MAX]
