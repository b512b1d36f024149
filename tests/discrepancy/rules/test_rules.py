"""What each rule finds, and what it leaves alone."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidInputError
from app.discrepancy.rules.catalogue import RULES, choose_rules, find_all
from app.discrepancy.rules.figures import UNKNOWN, Figures, lay_figures
from app.discrepancy.rules.finding import Finding
from app.pemilu.definition import Contest
from app.pemilu.expand import expand_election
from app.pemilu.file_shape import parse_election
from app.pemilu.service import read_layouts
from app.verification.review.far_from import stand_apart

ROOT = Path(__file__).parents[3]
KELURAHAN = "3171031004"


@pytest.fixture(scope="module")
def contest() -> Contest:
    path = ROOT / "app" / "pemilu" / "data" / "ppwp_2024.toml"
    shape = parse_election(path.read_bytes(), path.name)
    return expand_election(shape, read_layouts(ROOT / "ocr" / "layouts"), path.name)[0]


def tps(number: int, kelurahan: str = KELURAHAN) -> str:
    return f"{kelurahan}{number:03d}"


def row(contest: Contest, **numbers: int) -> tuple[int | None, ...]:
    return tuple(numbers.get(field) for field in contest.fields)


def votes(contest: Contest, *each: int, **more: int) -> tuple[int | None, ...]:
    named = {choice.field: number for choice, number in zip(contest.choices, each, strict=True)}
    return row(contest, **named, **more)


def find(contest: Contest, code: str, ours: object = None, official: object = None) -> tuple[Finding, ...]:
    figures = lay_figures(contest.fields, ours or {}, official or {})  # type: ignore[arg-type]
    return find_all(figures, contest, choose_rules([code]))


def test_a_number_that_differs_is_told_with_its_direction_and_a_missing_one_is_not(contest: Contest) -> None:
    ours = {tps(1): row(contest, suara_01=144, suara_02=19), tps(2): row(contest, suara_01=7)}
    official = {tps(1): row(contest, suara_01=744, suara_03=2), tps(2): row(contest, suara_01=7)}
    assert find(contest, "number", ours, official) == (Finding(tps(1), "number", "suara_01", 144, 744, 600),)


def test_what_one_side_lacks_altogether_is_told_of_votes_only(contest: Contest) -> None:
    some, page_1 = votes(contest, 10, 20, 30), row(contest, pemilih_dpt_j=280)
    assert find(contest, "missing_official", {tps(1): some, tps(2): page_1}, {tps(1): page_1}) == (
        Finding(tps(1), "missing_official", "suara", 60, None, -60),
    )
    assert find(contest, "missing_ours", {tps(3): some}, {tps(3): some, tps(4): some}) == (
        Finding(tps(4), "missing_ours", "suara", None, 60, 60),
    )


def test_sums_are_looked_at_on_both_sides_and_an_unknown_term_says_nothing(contest: Contest) -> None:
    open_, closed = votes(contest, 1, 2, 3, suara_sah=7), votes(contest, 1, 2, 3, suara_sah=6)
    unknown = row(contest, suara_01=1, suara_02=2, suara_sah=9)
    sheets = {tps(1): open_, tps(2): closed, tps(3): unknown}
    assert find(contest, "official_sum", official=sheets) == (Finding(tps(1), "official_sum", "suara_sah", None, 7, 1),)
    assert find(contest, "form_sum", ours=sheets) == (Finding(tps(1), "form_sum", "suara_sah", 7, None, 1),)


def test_votes_are_as_many_as_voters_unless_the_ballots_used_say_it_already(contest: Contest) -> None:
    bare = {"suara_total": 200, "pengguna_total_j": 203}
    sheets = {tps(1): row(contest, **bare), tps(2): row(contest, **bare, surat_suara_digunakan=200)}
    assert find(contest, "unequal_totals", official=sheets) == (
        Finding(tps(1), "unequal_totals", "suara_total=pengguna_total_j", None, 200, -3),
    )
    assert {one.field for one in find(contest, "official_sum", official=sheets)} == {"pengguna_surat_suara"}


def test_bounds_are_told_by_how_much_and_hold_at_their_edge(contest: Contest) -> None:
    voters = {"pemilih_dpt_j": 280, "pengguna_dptb_j": 3, "pengguna_dpk_j": 4}
    sheets = {tps(1): row(contest, suara_total=287, **voters), tps(2): row(contest, suara_total=290, **voters)}
    assert find(contest, "above_voters", ours=sheets) == (Finding(tps(2), "above_voters", "pemilih", 290, None, 3),)
    ballots = {tps(1): row(contest, suara_total=301, surat_suara_diterima=300)}
    assert [one.difference for one in find(contest, "above_ballots", official=ballots)] == [1]
    big = {tps(1): row(contest, suara_total=500), tps(2): row(contest, suara_total=777)}
    assert [(one.tps_kode, one.difference) for one in find(contest, "above_station", official=big)] == [(tps(2), 277)]


def test_neighbours_alike_are_named_once_and_small_or_unanimous_ones_are_not(contest: Contest) -> None:
    alike, small = votes(contest, 40, 50, 60), votes(contest, 1, 2, 60 - 4)
    unanimous, far = votes(contest, 0, 250, 0), "3171031005"
    sheets = {tps(1): alike, tps(2): alike, tps(3): small, tps(4): small, tps(5): unanimous, tps(6): unanimous}
    assert find(contest, "identical_neighbours", official=sheets) == (
        Finding(tps(2), "identical_neighbours", "suara", None, 150, 0),
    )
    apart = {tps(9): alike, tps(1, far): alike}
    assert not find(contest, "identical_neighbours", official=apart)


def draw_kelurahan(contest: Contest, shares: tuple[float, ...], size: int = 12) -> dict[str, tuple[int | None, ...]]:
    drawn = np.random.default_rng(5).multinomial(230, shares, size)
    return {tps(place + 1): votes(contest, *each) for place, each in enumerate(drawn.tolist())}


def test_a_station_unlike_its_kelurahan_is_described_and_a_lively_kelurahan_is_not(contest: Contest) -> None:
    sheets = draw_kelurahan(contest, (0.3, 0.6, 0.1))
    assert not find(contest, "outlier", official=sheets)
    sheets[tps(4)] = votes(contest, 10, 20, 200)
    found = find(contest, "outlier", official=sheets)
    assert {one.tps_kode for one in found} == {tps(4)}
    assert [(one.field, one.difference > 150) for one in found] == [("suara_03", True)]
    lively = {tps(n): votes(contest, 20 * n, 240 - 20 * n, 10) for n in range(1, 12)}
    assert not find(contest, "outlier", official=lively)


def test_the_quick_look_loses_none_of_those_that_are_unlike_their_kelurahan(contest: Contest) -> None:
    dice = np.random.default_rng(9)
    fields = [choice.field for choice in contest.choices]
    unlike = 0
    for _ in range(40):
        shares = dice.dirichlet(dice.uniform(5, 90, 3), 12)
        shares[0] = dice.dirichlet((1.0, 1.0, 1.0))  # one of them by other shares than the rest
        rows = [dice.multinomial(dice.integers(40, 300), one).tolist() for one in shares]
        named = [dict(zip(fields, one, strict=True)) for one in rows]
        wanted = {
            tps(place + 1)
            for place in range(12)
            if stand_apart(named[place], [one for other, one in enumerate(named) if other != place])
        }
        sheets = {tps(place + 1): votes(contest, *one) for place, one in enumerate(rows)}
        assert {one.tps_kode for one in find(contest, "outlier", official=sheets)} == wanted
        unlike += len(wanted)
    assert unlike > 10


def test_noken_provinces_and_few_stations_are_left_alone(contest: Contest) -> None:
    sheets = {f"9471031004{n:03d}": votes(contest, 0, 250, 0) for n in range(1, 9)}
    sheets["9471031004009"] = votes(contest, 250, 0, 0)
    assert not find(contest, "outlier", official=sheets)
    moved = {kode.replace("9471", "3171"): numbers for kode, numbers in sheets.items()}
    assert {one.tps_kode[-3:] for one in find(contest, "outlier", official=moved)} == {"009"}
    assert not find(contest, "outlier", official=dict(sorted(moved.items())[-4:]))


@given(data=st.data())
def test_one_at_a_time_finds_what_all_together_find(contest: Contest, data: st.DataObject) -> None:
    number = st.one_of(st.none(), st.integers(0, 30))
    sheet = st.tuples(*[number] * len(contest.fields))
    sides = data.draw(st.dictionaries(st.sampled_from([tps(n) for n in range(1, 5)]), st.tuples(sheet, sheet)))
    ours = {kode: both[0] for kode, both in sides.items()}
    official = {kode: both[1] for kode, both in sides.items()}
    rules = [rule for rule in RULES if rule.scope == "tps"]
    together = find_all(lay_figures(contest.fields, ours, official), contest, rules)
    apart = [
        finding
        for kode in sorted(sides)
        for finding in find_all(lay_figures(contest.fields, {kode: ours[kode]}, {kode: official[kode]}), contest, rules)
    ]
    assert list(together) == apart


def test_every_rule_has_a_code_of_its_own_a_source_and_words_in_two_languages(contest: Contest) -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert all(text for rule in RULES for text in (*rule.source, *rule.says))
    empty = Figures(contest.fields, (), *[np.zeros((0, len(contest.fields)), np.int32)] * 2)
    assert find_all(empty, contest) == ()
    nothing = lay_figures(contest.fields, {tps(1): row(contest)}, {tps(1): row(contest)})
    assert (nothing.ours == UNKNOWN).all()
    assert find_all(nothing, contest) == ()


def test_figures_that_do_not_fit_and_unknown_rules_are_refused(contest: Contest) -> None:
    one = np.zeros((1, len(contest.fields)), np.int32)
    with pytest.raises(InvalidInputError, match="official has the shape"):
        Figures(contest.fields, (tps(1),), one, one[:, 1:])
    with pytest.raises(InvalidInputError, match="ascending"):
        Figures(contest.fields, (tps(2), tps(1)), *[np.zeros((2, len(contest.fields)), np.int32)] * 2)
    with pytest.raises(InvalidInputError, match="no rule 'benford'"):
        choose_rules(["benford"])
