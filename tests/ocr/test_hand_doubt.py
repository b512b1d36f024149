"""Digits that may be misread together so that every sum still closes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ocr import hand_doubt
from ocr.classify import CLASSES
from ocr.hand_doubt import Sight, doubt_hands, weigh_doubts
from ocr.layout import Identity
from ocr.read_bubbles import interpret

ROW = Identity("row", "j", ("l", "p"), "s")
UP = Identity("up", "all", ("j", "k"), "s")


def shown(symbols: str, other: str = "9", share: float = 1e-3, bubbles: str = "") -> Sight:
    """Boxes that look like `symbols`, each with a share for another digit."""
    boxes = np.full((len(symbols), len(CLASSES)), 1e-12, np.float32)
    for place, symbol in enumerate(symbols):
        boxes[place, CLASSES.index(other)] = share
        boxes[place, CLASSES.index(symbol)] = 1 - share
    fills = np.full((len(symbols), 10), 0.01)
    for place, mark in enumerate(bubbles):
        if mark != "_":
            fills[place, int(mark)] = 0.6
    return Sight(boxes, interpret(fills) if bubbles else None)


@pytest.fixture(autouse=True)
def nets_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests here are of the net's own odds; what no net has seen is in `test_hand_caught`."""
    monkeypatch.setattr(hand_doubt, "UNKNOWN_HAND", 0.0)


def doubts_of(sights: dict[str, Sight], closing: list[Identity]) -> dict[str, float]:
    return {name: weigh_doubts(doubts) for name, doubts in doubt_hands(sights, closing).items()}


def test_a_digit_that_stands_in_term_and_total_may_be_another_in_both() -> None:
    doubts = doubts_of({"l": shown("X0"), "p": shown("X7"), "j": shown("X7")}, [ROW])
    assert doubts["p"] == doubts["j"] == pytest.approx(1e-3, rel=0.01)
    assert doubts["l"] == 0.0


def test_different_digits_vouch_for_each_other() -> None:
    assert set(doubts_of({"l": shown("X3"), "p": shown("X4"), "j": shown("X7")}, [ROW]).values()) == {0.0}


def test_a_digit_in_another_place_changes_the_sum_otherwise() -> None:
    assert set(doubts_of({"l": shown("63"), "p": shown("X7"), "j": shown("70")}, [ROW]).values()) == {0.0}


def test_a_digit_of_both_terms_and_the_total_changes_with_one_of_them() -> None:
    doubts = doubts_of({"l": shown("10"), "p": shown("10", share=1e-5), "j": shown("20")}, [ROW])
    assert doubts["l"] == doubts["j"] == pytest.approx(1e-3, rel=0.01)  # the units, l and j together
    assert doubts["p"] == pytest.approx(1e-4, rel=0.01)  # p and j together: (1e-5 x 1e-3) ** (1 / 2)


def test_every_further_sum_must_go_along() -> None:
    sights = {"l": shown("0"), "p": shown("7"), "j": shown("7"), "k": shown("1"), "all": shown("8")}
    assert doubts_of(sights, [ROW])["p"] > 0
    assert set(doubts_of(sights, [ROW, UP]).values()) == {0.0}
    along = sights | {"k": shown("0"), "all": shown("7", share=1e-6)}
    assert doubts_of(along, [ROW, UP])["p"] == pytest.approx(1e-4, rel=0.02)  # (1e-3 x 1e-3 x 1e-6) ** (1 / 3)


def test_a_bubble_vouches_for_its_digit() -> None:
    doubts = doubts_of({"l": shown("0"), "p": shown("7", bubbles="7"), "j": shown("7")}, [ROW])
    assert set(doubts.values()) == {0.0}


def test_a_field_of_no_closing_sum_has_no_doubt_from_here() -> None:
    assert set(doubts_of({"l": shown("0"), "p": shown("7"), "j": shown("7")}, []).values()) == {0.0}


def test_fields_that_are_misread_together_are_doubted_once_together_and_others_each() -> None:
    doubts = doubt_hands({"l": shown("60"), "p": shown("X7"), "j": shown("67")}, [ROW])
    each = [weigh_doubts(doubts[name]) for name in ("l", "p", "j")]
    assert each == pytest.approx([1e-3, 1e-3, 2e-3], rel=0.01)
    assert weigh_doubts(*doubts.values()) == pytest.approx(2e-3, rel=0.01)


def test_a_hand_whose_other_digit_is_known_is_doubted_less() -> None:
    sights = {"l": shown("X0"), "p": shown("X7", other="2"), "j": shown("X7", other="2")}
    elsewhere = {"read": shown("X2", bubbles="02"), "misread": shown("X7", bubbles="02"), "none": shown("X2")}
    known = {name: doubts_of({**sights, "k": sight}, [ROW])["p"] for name, sight in elsewhere.items()}
    assert known == pytest.approx({"read": 1e-4, "misread": 1e-3, "none": 1e-3}, rel=0.01)


def test_a_total_of_blackened_terms_makes_its_digits_known() -> None:
    sights = {"l": shown("X0"), "p": shown("X7", other="2"), "j": shown("X7", other="2")}
    sum_of_two = Identity("sum", "c", ("a", "b"), "s")
    terms = {"a": shown("11", bubbles="11"), "b": shown("X1", bubbles="_1"), "c": shown("12")}
    assert doubts_of(sights | terms, [ROW, sum_of_two])["p"] == pytest.approx(1e-4, rel=0.01)
    faint = terms | {"b": shown("X1")}
    assert doubts_of(sights | faint, [ROW, sum_of_two])["p"] == pytest.approx(1e-3, rel=0.01)
    assert doubts_of(sights | terms, [ROW])["p"] == pytest.approx(1e-3, rel=0.01)


def test_a_box_that_another_bubble_speaks_for_is_no_digit_of_the_hand() -> None:
    sights = {"l": shown("X0"), "p": shown("X7"), "j": shown("X7")}
    assert doubts_of(sights, [ROW])["j"] > 0
    sights["p"] = shown("X7", bubbles="02")  # the bubble's 2 was taken, whatever the box looks like
    assert doubts_of(sights, [ROW])["j"] == 0


def test_a_corrected_box_says_nothing_of_the_hand_where_another_does() -> None:
    smeared = replace(shown("X7", share=0.2), corrected=(False, True))
    sights = {"l": shown("X0"), "p": smeared, "j": shown("X7", share=1e-4)}
    assert doubts_of(sights, [ROW])["j"] == pytest.approx(1e-4, rel=0.01)
    sights["j"] = replace(sights["j"], corrected=(False, True))
    assert doubts_of(sights, [ROW])["j"] == pytest.approx((0.25 * 1e-4) ** 0.5, rel=0.01)


def test_a_box_that_is_read_as_another_digit_than_it_looks_is_no_witness_for_that_one() -> None:
    looks = {"l": shown("X0"), "p": shown("X7", share=0.01), "j": shown("X7", share=0.01)}
    assert doubts_of(looks, [ROW])["p"] == pytest.approx(0.01, rel=0.05)
    turned = {**looks, "j": replace(looks["j"], value=9)}
    assert turned["j"].shows(0) == 7
    assert turned["j"].reads(0) == 9
    assert doubts_of(turned, [ROW])["p"] == 0.0


def test_boxes_read_as_one_digit_are_doubted_by_what_they_look_like() -> None:
    turned = replace(shown("X7", share=0.2), value=9)
    doubts = doubts_of({"l": shown("X0"), "p": turned, "j": turned}, [ROW])
    assert doubts["p"] == pytest.approx(4.0, rel=0.01)  # 0.8 for the 7 beside 0.2 for the 9


def test_before_a_number_nothing_is_read() -> None:
    assert replace(shown("17"), value=7).reads(1) is None
