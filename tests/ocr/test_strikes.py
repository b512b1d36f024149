"""A line through all boxes of a field is seen; digits, crosses and corrections are none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ocr.decode import Scales, decode_grey
from ocr.draw.written import Written
from ocr.find_strikes import STRUCK, measure_strike
from ocr.find_tag import find_tags
from ocr.read import read_photo
from ocr.register import register


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


def test_a_number_struck_out_is_left_open(draw: Callable[..., np.ndarray], shoot: Callable[..., bytes]) -> None:
    reading = read_photo(shoot(draw(3, suara_sah=Written("227", struck="X37"))), name="a")
    field = reading.fields["suara_sah"]
    assert (field.value, field.sure, field.reason) == (None, False, "struck_out")
    assert reading.fields["suara_total"].value == 232
