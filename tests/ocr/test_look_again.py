"""Two digits in one box: the one that was written last is read, and nothing else is looked at again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.classify import CLASSES, Classifier, load_classifier
from ocr.draw.correct import overwrite
from ocr.draw.hands import Hand, make_hand
from ocr.look_again import FIRST, find_later, look_again

PAIRS = ("81", "31", "41", "94", "87", "62", "53", "09", "17", "24")
HANDS = [make_hand("train", number) for number in range(25)]
PLAIN = next(hand for hand in HANDS if 0.9 < hand.pen.width_mm < 1.7)
THIN = min(HANDS, key=lambda hand: hand.pen.width_mm)


def box(ink: np.ndarray) -> np.ndarray:
    """The ink in a printed box, as a photograph shows it."""
    picture = 225 * (1 - 0.75 * ink.astype(np.float32))
    cv2.rectangle(picture, (6, 6), (57, 57), 55.0, 2)
    return cv2.GaussianBlur(picture, (0, 0), 0.7).astype(np.uint8)


def two_tones(before: str, after: str, pale: float = 0.4) -> np.ndarray:
    """The later digit over a paler earlier one, in a plain hand."""
    over, under = (_write(symbol) for symbol in (after, before))
    return box(np.maximum(over, pale * under))


def side_by_side(struck: str, after: str) -> np.ndarray:
    """A digit struck out on the left, another on the right, with a thin pen."""
    ink = np.maximum(_move(_write(struck, THIN), 0.7, -0.17), _move(_write(after, THIN), 0.75, 0.18))
    cv2.line(ink, (13, 42), (30, 30), 1.0, 1, cv2.LINE_AA)
    return box(ink)


def _write(symbol: str, hand: Hand = PLAIN) -> np.ndarray:
    return hand.render(symbol, 64, np.random.default_rng(1))


def _move(ink: np.ndarray, scale: float, right: float) -> np.ndarray:
    rest = (1 - scale) * 32
    return cv2.warpAffine(ink, np.array([[scale, 0, rest + right * 64], [0, scale, rest]], np.float32), (64, 64))


def corrections() -> tuple[np.ndarray, np.ndarray]:
    """Boxes as drawn hands correct them, and the symbols that count."""
    pictures, labels = [], []
    for number, hand in enumerate(HANDS):
        for pair in PAIRS:
            before, after = pair[0], pair[1]
            pictures.append(box(overwrite(hand, before, after, 64, np.random.default_rng((number, int(after))))))
            labels.append(CLASSES.index(after))
    return np.stack(pictures), np.array(labels)


@pytest.fixture(scope="module")
def net() -> Classifier:
    return load_classifier("digits")


def test_later_digits_are_read_where_the_net_was_lost(net: Classifier) -> None:
    pictures, labels = corrections()
    first = net.classify(pictures)
    told, again = look_again(pictures, first, net)
    assert again.sum() >= 40
    right = [(one[again].argmax(axis=1) == labels[again]).mean() for one in (first, told)]
    assert right[0] < 0.75
    assert right[1] > 0.93
    assert np.array_equal(told[~again], first[~again])
    assert np.allclose(told.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(("before", "after"), ["81", "41", "94", "62"])
def test_the_heavier_of_two_tones_is_taken(before: str, after: str, net: Classifier) -> None:
    picture = two_tones(before, after)[None]
    lost = np.full((1, len(CLASSES)), 1 / len(CLASSES), np.float32)
    told, again = look_again(picture, lost, net)
    assert again.all()
    assert CLASSES[told[0].argmax()] == after


@pytest.mark.parametrize("pale", [0.9, 1.0])
def test_one_tone_is_no_correction(pale: float) -> None:
    assert find_later(two_tones("8", "1", pale), flat=False) == []


def test_the_digit_beside_a_struck_one_is_taken_only_where_the_net_made_nothing_of_the_box(net: Classifier) -> None:
    picture = side_by_side("4", "7")
    lost = np.full((1, len(CLASSES)), 1 / len(CLASSES), np.float32)
    told, again = look_again(picture[None], lost, net)
    assert again.all()
    assert CLASSES[told[0].argmax()] == "7"
    assert find_later(picture, flat=False) == []


def test_broad_crosses_and_empty_boxes_hold_no_later_digit() -> None:
    cross = np.zeros((64, 64), np.float32)
    cv2.line(cross, (8, 8), (56, 56), 1.0, 9, cv2.LINE_AA)
    cv2.line(cross, (8, 56), (56, 8), 1.0, 9, cv2.LINE_AA)
    for ink in (cross, np.zeros_like(cross)):
        assert find_later(box(ink), flat=True) == []


def test_a_clear_answer_is_kept_and_some_of_a_weak_one(net: Classifier) -> None:
    picture = np.stack([two_tones("8", "1")] * 2)
    first = np.array([[0.01 / 12] * len(CLASSES), [0.4 / 12] * len(CLASSES)], np.float32)
    first[0, 8], first[1, 8] = 0.99, 0.6
    told, again = look_again(picture, first, net)
    assert again.tolist() == [False, True]
    assert FIRST * first[1, 8] <= told[1, 8] < 0.2
