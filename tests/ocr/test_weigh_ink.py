"""A box without ink has no digit, whatever the net says of it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.classify import CLASSES
from ocr.weigh_ink import doubt_pale, measure_ink

SEVEN, BLANK = CLASSES.index("7"), CLASSES.index("_")


def box(ink: int | None, *, stripes: float = 0.0) -> np.ndarray:
    picture = np.full((64, 64), 210, np.float32)
    picture += stripes * np.sin(np.arange(64) * 1.3)[None, :]
    cv2.rectangle(picture, (6, 6), (57, 57), 60.0, 3)
    if ink is not None:
        cv2.line(picture, (40, 18), (26, 46), float(ink), 3)
    return np.clip(picture, 0, 255).astype(np.uint8)


def said(symbol: int) -> np.ndarray:
    row = np.full((1, len(CLASSES)), 0.001, np.float32)
    row[0, symbol] = 0.988
    return row


@pytest.mark.parametrize("pen", [30, 60, 120])
def test_what_a_pen_wrote_is_left_as_the_net_read_it(pen: int) -> None:
    pictures = box(pen)[None]
    assert measure_ink(pictures)[0] > 0.4
    assert np.array_equal(doubt_pale(said(SEVEN), pictures), said(SEVEN))


@pytest.mark.parametrize("stripes", [0.0, 12.0])
def test_a_digit_seen_without_ink_says_nothing(stripes: float) -> None:
    pictures = box(None, stripes=stripes)[None]
    assert measure_ink(pictures)[0] < 0.3
    assert np.allclose(doubt_pale(said(SEVEN), pictures), 1 / len(CLASSES))
    assert np.array_equal(doubt_pale(said(BLANK), pictures), said(BLANK))
