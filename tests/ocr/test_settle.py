"""The joint posterior against brute force over all numbers meant and written, and what people would expect of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.clerk_errors import MISWRITTEN, OFF_BY_ONE, OFF_NEARLY, rate_of, slips
from ocr.evidence import FieldBelief, believe_nothing
from ocr.layout import Identity, Layout
from ocr.settle import NOUGHT_MEANT, settle
from ocr.sum_graph import grow_trees

SIZE = 10


def sums(*texts: str) -> list[Identity]:
    """Identities from "total = term + term"."""
    parts = [text.replace("=", "+").replace(" ", "").split("+") for text in texts]
    return [
        Identity(key=names[0] + "".join(names[1:]), total=names[0], terms=tuple(names[1:]), section="s")
        for names in parts
    ]


CHAIN = sums("c = a + b", "e = c + d", "e = f")
CIRCLE = sums("c = a + b", "d = a + e", "f = b + e")
TWINS = sums("c = a + b", "d = a + b")


def guess(names: Sequence[str], seed: int, sharp: float = 0.2) -> dict[str, FieldBelief]:
    """Beliefs of one-box fields at random; `sharp` near 0 makes most of them clear."""
    rng = np.random.default_rng(seed)
    shares = {name: rng.dirichlet(np.full(SIZE + 1, sharp)) + 1e-9 for name in names}
    return {name: FieldBelief(share[:SIZE] / share.sum(), share[SIZE] / share.sum()) for name, share in shares.items()}


def written(size: int, rate: float) -> np.ndarray:
    """P(written | meant), straight from its definition."""
    table = slips(size)
    near = np.zeros((size, size))
    for meant in range(size):
        for value, weight in zip(table.values[meant], table.weights[meant], strict=True):
            near[value, meant] += weight
    share = OFF_BY_ONE + OFF_NEARLY
    return (1 - rate) * np.eye(size) + rate * (share * near + (1 - share) / size)


def meant_tables(beliefs: Mapping[str, FieldBelief]) -> dict[str, np.ndarray]:
    blank = np.full(SIZE, (1 - NOUGHT_MEANT) / SIZE)
    blank[0] += NOUGHT_MEANT
    return {name: one.values @ written(SIZE, MISWRITTEN) + one.open * blank for name, one in beliefs.items()}


def chance_table(terms: int) -> np.ndarray:
    """P(total written | terms), an axis for the total and one for each term."""
    rate = rate_of(terms)
    total, *added = np.indices((SIZE,) * (terms + 1))
    whole = sum(added)
    return np.where(whole < SIZE, written(SIZE, rate)[total, np.minimum(whole, SIZE - 1)], rate / SIZE)


def joint_table(tables: Mapping[str, np.ndarray], identities: Sequence[Identity]) -> np.ndarray:
    """The weight of every combination of numbers meant, an axis a field in the order of `tables`."""
    axes = {name: axis for axis, name in enumerate(tables)}
    factors: list[tuple[tuple[str, ...], np.ndarray]] = [((name,), table) for name, table in tables.items()]
    factors += [((one.total, *one.terms), chance_table(len(one.terms))) for one in identities]
    joint = np.ones((SIZE,) * len(axes))
    for names, factor in factors:
        order = sorted(range(len(names)), key=lambda at: axes[names[at]])
        shape = [SIZE if name in names else 1 for name in axes]
        joint *= factor.transpose(order).reshape(shape)
    return joint


def by_brute_force(beliefs: Mapping[str, FieldBelief], identities: Sequence[Identity]) -> dict[str, np.ndarray]:
    """Each field's probabilities of what is written (SIZE,), then of "open"."""
    tables = meant_tables(beliefs)
    joint = joint_table(tables, identities)
    answers = {}
    for axis, (name, belief) in enumerate(beliefs.items()):
        told = joint.sum(axis=tuple(at for at in range(joint.ndim) if at != axis)) / tables[name]
        values = belief.values * (written(SIZE, MISWRITTEN) @ told)
        blank = belief.open * (NOUGHT_MEANT * told[0] + (1 - NOUGHT_MEANT) * told.mean())
        answers[name] = np.append(values, blank) / (values.sum() + blank)
    return answers


@pytest.mark.parametrize(("identities", "names"), [(CHAIN, "abcdef"), (CIRCLE, "abcdef"), (TWINS, "abcd")])
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), sharp=st.sampled_from([0.02, 0.1, 0.5]))
def test_the_posterior_is_that_of_brute_force(identities: list[Identity], names: str, seed: int, sharp: float) -> None:
    beliefs = guess(names, seed, sharp)
    settled = settle(beliefs, identities)
    expected = by_brute_force(beliefs, identities)
    for name, shares in expected.items():
        found = np.append(settled.fields[name].values, settled.fields[name].open)
        assert found == pytest.approx(shares, abs=1e-9 + settled.left_out[name])
        assert settled.left_out[name] <= 2e-5


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_is_left_out_is_never_more_than_its_bound(seed: int) -> None:
    beliefs = guess("abcdef", seed, 0.3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ocr.sum_knot.LARGEST", 60)  # tables so small that candidates must go
        patch.setattr("ocr.settle.MISSED_MAX", 1.0)
        settled = settle(beliefs, CIRCLE)
    expected = by_brute_force(beliefs, CIRCLE)
    for name, shares in expected.items():
        for value in range(SIZE):
            assert settled.wrong(name, value) >= 1 - shares[value] - 1e-9


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_circle_cut_open_still_gives_a_posterior_of_the_sums_that_are_used(seed: int) -> None:
    beliefs = guess("abcdef", seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ocr.settle.MISSED_MAX", -1.0)
        settled = settle(beliefs, CIRCLE)
    used = [one for one in CIRCLE if one.key in settled.broken]
    assert len(used) == 2
    for name, shares in by_brute_force(beliefs, used).items():
        assert settled.fields[name].values == pytest.approx(shares[:SIZE], abs=1e-9)
        assert settled.left_out[name] == 0


@pytest.mark.parametrize(("identities", "names"), [(CHAIN, "abcdef"), (CIRCLE, "abcdef")])
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_all_values_together_are_as_probable_as_brute_force_says(
    identities: list[Identity], names: str, seed: int
) -> None:
    beliefs = guess(names, seed, 0.05)
    settled = settle(beliefs, identities)
    values = {name: settled.fields[name].best for name in "abd"}
    only = {
        name: FieldBelief(np.where(np.arange(SIZE) == values[name], one.values, 0.0), 0.0) if name in values else one
        for name, one in beliefs.items()
    }
    whole = joint_table(meant_tables(beliefs), identities).sum()
    right = joint_table(meant_tables(only), identities).sum() / whole
    assert settled.wrong_together(values) == pytest.approx(1 - right, abs=1e-9 + max(settled.left_out.values()))


def test_fields_that_no_sum_joins_are_right_together_as_often_as_each_by_itself() -> None:
    beliefs = guess("abcdef", 5, 0.5)
    settled = settle(beliefs, sums("c = a + b", "f = d + e"))
    ours, theirs = {"a": 3, "b": 1}, {"d": 2}
    right = (1 - settled.wrong_together(ours)) * (1 - settled.wrong_together(theirs))
    assert 0 < right < 1
    assert settled.wrong_together(ours | theirs) == pytest.approx(1 - right)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_paper_is_broken_as_often_as_brute_force_over_all_that_was_meant_and_written_says(seed: int) -> None:
    beliefs = {name: FieldBelief(one.values / one.values.sum(), 0.0) for name, one in guess("abc", seed, 0.05).items()}
    chances = [beliefs[name].values[:, None] * written(SIZE, MISWRITTEN) for name in "abc"]  # (written, meant)
    flat = {name: np.ones(SIZE) for name in "abc"}
    meant = joint_table(flat, CHAIN[:1])
    both = np.einsum("pqr,xp,yq,zr->xyz", meant, *chances)
    a, b, c = np.indices(both.shape)
    broken = 1 - both[a + b == c].sum() / both.sum()
    found = settle(beliefs, CHAIN[:1]).broken[CHAIN[0].key]
    assert broken - 1e-9 <= found <= broken + 1e-3  # mistakes that cancel: among ten numbers far likelier than on paper


def belief(**chances: float) -> FieldBelief:
    values = np.zeros(1000)
    for name, chance in chances.items():
        values[int(name[1:])] = chance
    rest = 1.0 - sum(chances.values())
    return FieldBelief(values + 0.9 * rest / 1000, 0.1 * rest)


def clear(**numbers: int) -> dict[str, FieldBelief]:
    return {name: belief(**{f"v{number}": 0.9999}) for name, number in numbers.items()}


VOTES = sums("sah = a + b + c", "total = sah + tidak")


def test_a_sum_that_closes_confirms_and_settles_a_doubtful_digit() -> None:
    beliefs = clear(a=100, b=130, c=20, sah=300) | {"b": belief(v130=0.6, v180=0.39)}
    settled = settle(beliefs, VOTES)
    assert settled.fields["b"].best == 180
    assert settled.wrong("b", 180) < 1e-2
    assert settled.wrong("sah", 300) < 2e-5 < 1 - beliefs["sah"].values[300]


def test_a_sum_that_does_not_close_casts_doubt_but_keeps_clear_digits() -> None:
    beliefs = clear(a=123, b=274, c=32, sah=427)
    settled = settle(beliefs, VOTES)
    assert {name: one.best for name, one in settled.fields.items()} == {"a": 123, "b": 274, "c": 32, "sah": 427}
    assert settled.wrong("sah", 427) > 1e-4
    assert settled.broken["sahabc"] > 0.9


def test_a_doubtful_digit_explains_an_open_sum_better_than_the_clerk() -> None:
    beliefs = clear(a=123, b=274, c=32, sah=429) | {"b": belief(v272=0.7, v274=0.29)}
    settled = settle(beliefs, VOTES)
    assert settled.fields["b"].best == 274
    assert settled.broken["sahabc"] < 0.1


def test_one_miswritten_number_that_breaks_two_sums_is_kept_as_written() -> None:
    numbers = {"a": 87, "b": 104, "c": 36, "sah": 237, "tidak": 5, "total": 232}
    settled = settle(clear(**numbers), VOTES)
    assert {name: one.best for name, one in settled.fields.items()} == numbers
    assert min(settled.broken.values()) > 0.5


def test_an_identity_with_a_field_on_a_missing_page_says_nothing() -> None:
    settled = settle(clear(b=2, c=3) | {"a": belief(v1=0.6, v7=0.4)}, VOTES)
    assert settled.fields["a"].values[1] == pytest.approx(0.6, abs=1e-4)
    assert settled.broken == {}


def test_an_empty_field_gains_no_value_from_a_sum_alone() -> None:
    settled = settle(clear(a=10, b=20, sah=37) | {"c": believe_nothing(3)}, VOTES)
    assert settled.fields["c"].values[7] < 0.5
    assert settled.fields["c"].open > 0.4


def test_fields_of_different_lengths_are_added_up() -> None:
    one, four = np.full(10, 1e-7), np.full(10_000, 1e-9)
    one[[3, 8]] = 0.6, 0.4
    four[1206] = 1.0
    beliefs = clear(b=199, c=999) | {"a": FieldBelief(one, 0.0), "sah": FieldBelief(four, 0.0)}
    settled = settle(beliefs, sums("sah = a + b + c"))
    assert settled.fields["a"].best == 8
    assert settled.wrong("a", 8) < 1e-2


GRID = {
    "pengguna_dpt": (105, 115, 220),
    "pengguna_dptb": (0, 1, 1),
    "pengguna_dpk": (3, 4, 7),
    "pengguna_total": (108, 120, 228),
}


def grid() -> dict[str, FieldBelief]:
    return clear(**{f"{row}_{sex}": n for row, three in GRID.items() for sex, n in zip("lpj", three, strict=True)})


def test_rows_and_columns_of_page_1_are_one_knot_and_the_votes_none(layout: Layout) -> None:
    names = frozenset(field.name for page in layout.pages.values() for field in page.fields)
    knots = {len(tree.knot) for tree in grow_trees(names, layout.identities)}
    assert knots == {7, 0}
    votes = frozenset(field.name for page in (2, 3) for field in layout.pages[page].fields)
    assert [tree.knot for tree in grow_trees(votes, layout.identities)] == [()]


def test_a_grid_that_closes_is_sure_and_one_wrong_number_is_found_by_its_row_and_column(layout: Layout) -> None:
    beliefs = grid()
    assert max(settle(beliefs, layout.identities).wrong(name, one.best) for name, one in beliefs.items()) < 1e-5
    doubtful = beliefs | {"pengguna_dpk_p": belief(v9=0.9, v4=0.09)}
    settled = settle(doubtful, layout.identities)
    assert settled.fields["pengguna_dpk_p"].best == 4
    assert settled.wrong("pengguna_dpk_p", 4) < 1e-3


def test_a_total_that_is_wrong_in_row_and_column_is_the_papers_fault(layout: Layout) -> None:
    settled = settle(grid() | clear(pengguna_total_j=238), layout.identities)
    assert settled.fields["pengguna_total_j"].best == 238
    broken = {key for key, chance in settled.broken.items() if chance > 0.5}
    assert broken == {"pengguna_total_l_p", "pengguna_j"}
    assert settled.wrong("pengguna_dpt_l", 105) < 1e-4


def test_two_rows_that_cannot_be_read_leave_the_others_sure(layout: Layout) -> None:
    beliefs = grid() | {f"pengguna_{row}_{sex}": believe_nothing(3) for row in ("dptb", "dpk") for sex in "lpj"}
    settled = settle(beliefs, layout.identities)
    assert max(settled.wrong(name, beliefs[name].best) for name in beliefs if "dpt_" in name or "total" in name) < 1e-4
    assert max(settled.left_out.values()) <= 2e-5
