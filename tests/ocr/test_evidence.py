"""Boxes, bubbles and sums weighed together: exact, and never a sum over what stands in the boxes."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.classify import CLASSES
from ocr.evidence import (
    BROKEN_SUM,
    VALUES,
    FieldBelief,
    _slips,
    believe_boxes,
    settle,
    weigh_bubbles,
)
from ocr.layout import Identity

SAH = Identity(key="sah", total="sah", terms=("a", "b", "c"), section="suara")
TOTAL = Identity(key="total", total="total", terms=("sah", "tidak"), section="suara")


def boxes(symbols: str, sure: float = 0.999, second: str | None = None, share: float = 0.0) -> np.ndarray:
    table = np.full((3, len(CLASSES)), (1 - sure) / (len(CLASSES) - 1), np.float32)
    for place, symbol in enumerate(symbols):
        table[place, CLASSES.index(symbol)] = sure
        if second and second[place] != symbol:
            table[place, CLASSES.index(second[place])] = share
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def belief(**chances: float) -> FieldBelief:
    values = np.zeros(VALUES)
    for name, chance in chances.items():
        values[int(name[1:])] = chance
    return FieldBelief(values, 1.0 - sum(chances.values()))


@pytest.mark.parametrize(
    ("symbols", "value"),
    [("123", 123), ("X32", 32), ("--5", 5), ("__3", 3), ("0X7", 7), ("XX0", 0), ("000", 0), ("-40", 40), ("907", 907)],
)
def test_unused_leading_places_may_be_written_in_any_way(symbols: str, value: int) -> None:
    believed = believe_boxes(boxes(symbols))
    assert believed.best == value
    assert believed.values[value] > 0.9


@pytest.mark.parametrize("symbols", ["___", "X__", "-X_", "12X", "1_3", "5-5", "8X0", "-3_"])
def test_what_is_no_number_is_left_open(symbols: str) -> None:
    believed = believe_boxes(boxes(symbols, sure=0.99999))
    assert believed.open > 0.98


@given(st.integers(0, 2**32 - 1))
def test_a_belief_is_a_distribution(seed: int) -> None:
    table = np.random.default_rng(seed).dirichlet(np.full(len(CLASSES), 0.3), size=3).astype(np.float32)
    believed = believe_boxes(table)
    assert believed.values.sum() + believed.open == pytest.approx(1.0)
    assert believed.values.min() >= 0
    assert weigh_bubbles(believed, "0_7").values.sum() <= 1.0 + 1e-9


@pytest.mark.parametrize("symbols", ["XXX", "---", "-X-"])
def test_boxes_struck_out_altogether_are_nought_but_not_surely(symbols: str) -> None:
    believed = believe_boxes(boxes(symbols, sure=0.99999))
    assert believed.best == 0
    assert 0.7 < believed.values[0] < 0.9


def test_a_cross_that_might_be_an_8_is_a_cross_where_800_voters_cannot_be() -> None:
    doubtful = believe_boxes(boxes("832", sure=0.7, second="X32", share=0.29))
    assert doubtful.best == 32
    assert believe_boxes(boxes("832", sure=0.999)).best == 832


def test_box_probabilities_of_another_shape_are_an_error() -> None:
    with pytest.raises(ValueError, match="pass"):
        believe_boxes(np.ones((2, 13), np.float32))


def test_bubbles_choose_between_digits_that_the_boxes_confuse() -> None:
    unsure = believe_boxes(boxes("131", sure=0.55, second="181", share=0.45))
    assert weigh_bubbles(unsure, "181").best == 181
    assert weigh_bubbles(unsure, "131").best == 131
    assert weigh_bubbles(unsure, "_?_").values[131] == pytest.approx(unsure.values[131])


def test_bubbles_cannot_overturn_a_clear_digit() -> None:
    clear = believe_boxes(boxes("131", sure=0.9999))
    assert weigh_bubbles(clear, "181").best == 131


def broken_by(true_sum: int, written: int) -> float:
    """P(written total | true sum), straight from its definition."""
    if true_sum >= VALUES:
        return BROKEN_SUM / VALUES
    slip = (float(_slips()[written, true_sum]) + 1 / VALUES) / 2
    return (1 - BROKEN_SUM) * (true_sum == written) + BROKEN_SUM * slip


def by_enumeration(beliefs: dict[str, FieldBelief]) -> dict[str, dict[int, float]]:
    """The posterior by summing over every combination of the fields' values."""
    names = list(beliefs)
    supports = [[int(value) for value in np.nonzero(beliefs[name].values)[0]] for name in names]
    posterior: dict[str, dict[int, float]] = {name: {} for name in names}
    for combination in product(*supports):
        paper = dict(zip(names, combination, strict=True))
        weight = float(np.prod([beliefs[name].values[value] for name, value in paper.items()]))
        weight *= broken_by(paper["a"] + paper["b"] + paper["c"], paper["sah"])
        weight *= broken_by(paper["sah"] + paper["tidak"], paper["total"])
        for name, value in paper.items():
            posterior[name][value] = posterior[name].get(value, 0.0) + weight
    return {
        name: {value: weight / sum(one.values()) for value, weight in one.items()} for name, one in posterior.items()
    }


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_messages_give_the_same_posterior_as_enumeration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    beliefs = {}
    for name in ("a", "b", "c", "sah", "tidak", "total"):
        values = np.zeros(VALUES)
        values[rng.choice(600, size=3, replace=False)] = rng.dirichlet(np.ones(3))
        beliefs[name] = FieldBelief(values, 0.0)
    beliefs["sah"].values[:] = 0
    beliefs["sah"].values[[min(999, sum(one.best for one in (beliefs["a"], beliefs["b"], beliefs["c"]))), 17]] = 0.5
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ocr.evidence.MISWRITTEN", 0.0)  # or the numbers meant would have to be enumerated too
        settled = settle(beliefs, [SAH, TOTAL])
    expected = by_enumeration(beliefs)
    for name, chances in expected.items():
        for value, chance in chances.items():
            assert settled[name].values[value] == pytest.approx(chance, rel=1e-6, abs=1e-12)


def test_a_sum_that_closes_confirms_and_settles_a_doubtful_digit() -> None:
    beliefs = {
        "a": belief(v100=0.999),
        "b": belief(v130=0.6, v180=0.39),
        "c": belief(v20=0.999),
        "sah": belief(v300=0.99, v800=0.005),
    }
    settled = settle(beliefs, [SAH, TOTAL])
    assert settled["b"].best == 180
    assert settled["b"].values[180] > 0.99
    assert settled["sah"].values[300] > beliefs["sah"].values[300]


def test_a_sum_that_does_not_close_casts_doubt_but_keeps_clear_digits() -> None:
    clear = {"a": belief(v123=0.9999), "b": belief(v274=0.9999), "c": belief(v32=0.9999), "sah": belief(v427=0.9999)}
    settled = settle(clear, [SAH])
    assert {name: one.best for name, one in settled.items()} == {"a": 123, "b": 274, "c": 32, "sah": 427}


def test_one_miswritten_number_that_breaks_two_sums_is_kept_as_written() -> None:
    clear = {"a": 87, "b": 104, "c": 36, "sah": 237, "tidak": 5, "total": 232}
    beliefs = {name: believe_boxes(boxes(f"{value:03d}", sure=0.9999)) for name, value in clear.items()}
    settled = settle(beliefs, [SAH, TOTAL])
    assert {name: one.best for name, one in settled.items()} == clear


def test_an_identity_with_a_field_on_a_missing_page_says_nothing() -> None:
    beliefs = {"a": belief(v1=0.6, v7=0.4), "b": belief(v2=1.0), "c": belief(v3=1.0)}
    settled = settle(beliefs, [SAH])
    assert settled["a"].values[1] == pytest.approx(0.6)


def test_an_empty_field_gains_no_value_from_a_sum_alone() -> None:
    beliefs = {
        "a": believe_boxes(boxes("_10", sure=0.9999)),
        "b": believe_boxes(boxes("_20", sure=0.9999)),
        "c": believe_boxes(boxes("___", sure=0.9999)),
        "sah": believe_boxes(boxes("_37", sure=0.9999)),
    }
    settled = settle(beliefs, [SAH])
    assert settled["c"].values[7] < 0.5
    assert settled["c"].open > 0.4


def test_slips_are_distributions_of_values_a_digit_or_a_step_away() -> None:
    slips = _slips()
    assert np.allclose(slips.sum(axis=0), 1.0)
    assert np.all(np.diag(slips) == 0)
    assert slips[429, 427] > 0
    assert slips[247, 427] > 0
    assert slips[428, 427] > 0
    assert slips[350, 427] == 0
