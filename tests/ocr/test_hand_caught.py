"""Hands that write one digit like another: caught at it, or never seen to do otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ocr.classify import CLASSES
from ocr.evidence import FieldBelief
from ocr.hand_caught import CAUGHT, catch_hand, doubt_caught
from ocr.hand_doubt import UNKNOWN_HAND, Sight, doubt_hands, weigh_doubts
from ocr.layout import Identity
from ocr.read_bubbles import interpret

ROW = Identity("row", "j", ("l", "p"), "s")


def shown(symbols: str, certain: float = 0.9999, bubbles: str = "") -> Sight:
    boxes = np.full((len(symbols), len(CLASSES)), 1e-12, np.float32)
    for place, symbol in enumerate(symbols):
        boxes[place, CLASSES.index(symbol)] = certain
    fills = np.full((len(symbols), 10), 0.01)
    for place, mark in enumerate(bubbles):
        fills[place, int(mark)] = 0.6
    return Sight(boxes, interpret(fills) if bubbles else None)


def settled(value: int, share: float = 0.99) -> FieldBelief:
    values = np.zeros(1000)
    values[value] = share
    return FieldBelief(values, 1 - share)


def caught(sight: Sight, value: int, share: float = 0.99) -> frozenset[int]:
    return catch_hand({"a": sight}, {"a": settled(value, share)})


def test_a_hand_is_caught_where_a_clear_7_turns_out_to_be_a_2() -> None:
    assert caught(shown("774"), 274) == {7}
    assert caught(shown("774"), 774) == frozenset()
    assert caught(shown("774"), 274, share=0.8) == frozenset()
    assert caught(shown("774", certain=0.8), 274) == frozenset()


def test_digits_that_nobody_writes_alike_are_a_habit_only_when_they_come_again() -> None:
    once, twice = {"a": shown("415")}, {"a": shown("415"), "b": shown("X41")}
    turned = {"a": settled(115), "b": settled(11)}
    assert catch_hand(once, turned) == frozenset()
    assert catch_hand(twice, turned) == {4}


def test_overwritten_boxes_and_crosses_before_the_number_catch_nobody() -> None:
    assert caught(replace(shown("774"), corrected=(True, False, False)), 274) == frozenset()
    assert caught(shown("604"), 4) == frozenset()  # the first box may be a cross


def test_whatever_shows_the_digit_is_doubted_unless_a_bubble_names_it() -> None:
    assert doubt_caught(shown("176"), {7}) == CAUGHT
    assert doubt_caught(shown("126"), {7}) == 0.0
    assert doubt_caught(shown("176", bubbles="176"), {7}) == 0.0


@pytest.mark.parametrize(
    ("elsewhere", "doubted"),
    [((), (1, 2)), (("122",), (1,)), (("211", "_22"), ()), (("_12",), (1, 2))],
    ids=["neither seen", "2 seen twice", "both seen twice", "once is a chance"],
)
def test_a_digit_may_be_its_lookalike_as_long_as_the_hand_has_not_shown_that_clearly(
    elsewhere: tuple[str, ...], doubted: tuple[int, ...]
) -> None:
    sights = {"l": shown("X0"), "p": shown("X7"), "j": shown("X7")}
    sights |= {str(place): shown(symbols) for place, symbols in enumerate(elsewhere)}
    doubts = doubt_hands(sights, [ROW])
    assert weigh_doubts(doubts["p"]) == pytest.approx(UNKNOWN_HAND * len(doubted), rel=0.01, abs=1e-9)
    assert weigh_doubts(doubts["j"]) == weigh_doubts(doubts["p"])
    assert weigh_doubts(doubts["l"]) == 0.0
