"""A line through all boxes of a field is seen; digits, crosses and corrections are none."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from ocr.decode import Scales, decode_grey
from ocr.draw.written import Written
from ocr.find_strikes import STRUCK, measure_strike
from ocr.find_tag import find_tags
from ocr.layout import Box, Field
from ocr.read import read_photo
from ocr.register import register
from ocr.snap_boxes import FieldView


@pytest.fixture
def strikes(draw: Callable[..., np.ndarray], shoot: Callable[..., bytes]) -> Callable[..., dict[str, float]]:
    def measured(**written: Written) -> dict[str, float]:
        scales = Scales(decode_grey(shoot(draw(3, **written))).pixels)
        registration = register(scales, find_tags(scales)[0])
        return {view.field.name: measure_strike(scales.grey, view) for view in registration.fields}

    return measured


def test_struck_rows_are_seen_and_no_others(strikes: Callable[..., dict[str, float]]) -> None:
    seen = strikes(suara_sah=Written("227", struck="X37"), suara_total=Written("232", corrected=("", "8", "")))
    assert seen["suara_sah"] > STRUCK
    assert seen["suara_total"] < STRUCK / 1.5
    assert seen["suara_tidak_sah"] < STRUCK / 1.5


def test_the_arms_of_two_crosses_are_no_line_though_they_cross_the_white_on_both_sides() -> None:
    boxes = tuple(Box((left, 10.0, left + 18.0, 28.0), 1.0, False, ()) for left in (10.0, 33.0, 56.0))
    view = FieldView(Field("a", boxes, "s"), np.diag([4.0, 4.0, 1.0]), (1.0,) * 3, np.zeros(2), 0.1, 0.5)
    blank = np.full((160, 340), 245, np.uint8)
    for box in boxes:
        left, top, right, bottom = (round(4 * edge) for edge in box.rect)
        cv2.rectangle(blank, (left, top), (right, bottom), 40, 4)
    crossed, line = blank.copy(), blank.copy()
    for left in (30, 122):  # each arm ends on the border of the next box
        cv2.line(crossed, (left, 52), (left + 102, 98), 40, 5)
        cv2.line(crossed, (left, 98), (left + 102, 52), 40, 5)
    cv2.line(line, (44, 74), (290, 80), 40, 5)
    assert measure_strike(crossed, view) < STRUCK / 1.3
    assert measure_strike(line, view) > 2 * STRUCK


def test_a_number_struck_out_is_left_open(draw: Callable[..., np.ndarray], shoot: Callable[..., bytes]) -> None:
    reading = read_photo(shoot(draw(3, suara_sah=Written("227", struck="X37"))), name="a")
    field = reading.fields["suara_sah"]
    assert (field.value, field.sure, field.reason) == (None, False, "struck_out")
    assert reading.fields["suara_total"].value == 232
