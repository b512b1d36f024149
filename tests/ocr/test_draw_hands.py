"""Hands keep their habits, vary their digits, and those of different splits share nothing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.draw.boxes import guide_dots, print_box, render_box
from ocr.draw.correct import overwrite
from ocr.draw.hands import SPLITS, SYMBOLS, Hand, Split, make_hand, render_glyph
from ocr.draw.image_hand import ImageHand


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_same_hand_is_made_again() -> None:
    assert make_hand("train", 7) == make_hand("train", 7)
    assert make_hand("train", 7) != make_hand("train", 8)


def test_the_same_seed_draws_the_same_box_and_another_seed_another() -> None:
    hand = make_hand("demo", 3)
    first = render_box(hand, "5", True, rng(4))
    assert np.array_equal(first, render_box(hand, "5", True, rng(4)))
    assert not np.array_equal(first, render_box(hand, "5", True, rng(5)))


def numbers(hand: Hand) -> set[float]:
    habits = dataclasses.astuple(hand.habits)
    flat = {part for habit in habits for part in (habit if isinstance(habit, tuple) else (habit,))}
    return flat | {hand.pen.width_mm, hand.pen.darkness, hand.pen.dryness}


def test_no_habit_of_one_split_can_come_up_in_another() -> None:
    def cells(split: Split) -> set[int]:
        sizes = (make_hand(split, number).habits.dash_length for number in range(300))
        return {int((size - 0.22) / (0.8 - 0.22) * 60) for size in sizes}

    train, evaluation, demo = (cells(split) for split in SPLITS)
    assert len(train) == len(evaluation) == len(demo) == 20
    assert train.isdisjoint(evaluation)
    assert train.isdisjoint(demo)
    assert evaluation.isdisjoint(demo)
    assert numbers(make_hand("train", 5)).isdisjoint(numbers(make_hand("evaluation", 5)))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SPLITS), st.integers(0, 10_000), st.sampled_from(SYMBOLS), st.integers(0, 10_000))
def test_ink_is_there_for_every_symbol_and_none_for_a_blank(split: Split, number: int, symbol: str, seed: int) -> None:
    ink = render_glyph(make_hand(split, number), symbol, 96, rng(seed))
    assert ink.shape == (96, 96)
    assert ink.dtype == np.float32
    assert 0 <= ink.min() <= ink.max() <= 1
    assert (ink.max() > 0.3) == (symbol != "_")
    middle = ink[19:-19, 19:-19].sum()
    assert middle >= 0.3 * ink.sum()  # a large digit reaches far out, an X to the corners


def test_a_box_has_its_border_six_pixels_from_the_edge() -> None:
    picture = print_box(guide=False)
    assert picture.shape == (64, 64)
    for profile in (picture[32], picture[:, 32]):
        dark = np.flatnonzero(profile < 140)
        assert dark[dark < 32].mean() == pytest.approx(5.5, abs=0.5)  # pixel 5 ends and pixel 6 begins at 6.0
        assert dark[dark > 32].mean() == pytest.approx(57.5, abs=0.5)
    assert picture[12:52, 12:52].min() == 240


def test_the_guide_is_an_eight_of_dots_that_is_fainter_than_any_pen() -> None:
    assert len(guide_dots()) == 33
    inside = print_box(guide=True)[12:52, 12:52]
    assert 190 <= inside.min() < 235


def test_a_correction_shows_both_but_the_later_symbol_darker() -> None:
    hand = make_hand("train", 4)
    corrected, right = overwrite(hand, "1", "8", 96, rng(2)), hand.render("8", 96, rng(2))
    assert corrected.sum() > right.sum()
    assert corrected.max() <= 1


def test_an_unknown_symbol_or_split_is_refused() -> None:
    with pytest.raises(ValueError, match="0123456789X-_"):
        render_glyph(make_hand("train", 1), "A", 64, rng())
    with pytest.raises(ValueError, match="evaluation"):
        make_hand("test", 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="out of range"):
        make_hand("train", -1)


def test_pictures_of_digits_can_be_the_hand() -> None:
    glyphs = np.zeros((10, 28, 28), np.uint8)
    for digit in range(10):
        glyphs[digit, 4:24, 9 + digit // 2 : 15] = 255
    hand = ImageHand(glyphs, np.arange(10), seed=11)
    box = render_box(hand, "3", False, rng())
    assert (box[14:50, 14:50] < 150).sum() > 20
    assert hand.render("X", 64, rng()).max() > 0.3
    with pytest.raises(ValueError, match="28"):
        ImageHand(glyphs[:, :20], np.arange(10), seed=1)
    with pytest.raises(ValueError, match="no picture shows '9'"):
        ImageHand(glyphs[:9], np.arange(9), seed=1).render("9", 64, rng())
