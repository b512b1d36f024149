"""On a page of which little is left, what little speaks against a value is enough to leave it open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from ocr.leave_open import FAINT_LINES, SOFT_LINES, leave_open
from ocr.observe import Observation
from ocr.read import look_alone
from ocr.reading import FieldReading

Draw = Callable[..., np.ndarray]
Shoot = Callable[..., bytes]

LIKELY = FieldReading("suara_03", 16, 0.996, False, "016", "016", ((16, 0.996),), None)


@pytest.fixture(scope="module")
def seen(draw: Draw, shoot: Shoot) -> Observation:
    look = look_alone(shoot(draw(2)))
    assert isinstance(look, Observation)
    return look


def tell(seen: Observation, field: FieldReading, sharpness: float) -> FieldReading:
    page = replace(seen, quality=replace(seen.quality, sharpness=sharpness))
    return leave_open({field.name: field}, {field.name: page})[field.name]


@pytest.mark.parametrize("bubbles", ["018", "_18", "??8", "416"])
def test_where_lines_are_faint_any_bubble_for_another_digit_leaves_the_field_open(
    seen: Observation, bubbles: str
) -> None:
    told = tell(seen, replace(LIKELY, bubbles=bubbles), FAINT_LINES - 0.02)
    assert (told.value, told.reason) == (None, "badly_seen")


@pytest.mark.parametrize("bubbles", ["016", "_16", "__?", None])
def test_bubbles_that_say_the_same_or_nothing_leave_the_value(seen: Observation, bubbles: str | None) -> None:
    assert tell(seen, replace(LIKELY, bubbles=bubbles), FAINT_LINES - 0.02).value == 16


def test_where_lines_are_clear_a_faint_bubble_is_weighed_and_no_more(seen: Observation) -> None:
    assert tell(seen, replace(LIKELY, bubbles="018"), SOFT_LINES + 0.02).value == 16


@pytest.mark.parametrize(("sharpness", "value"), [(SOFT_LINES - 0.02, None), (SOFT_LINES + 0.02, 16)])
def test_where_lines_are_soft_a_value_needs_more(seen: Observation, sharpness: float, value: int | None) -> None:
    assert tell(seen, replace(LIKELY, confidence=0.97), sharpness).value == value
    assert tell(seen, LIKELY, sharpness).value == 16


def test_beside_ink_that_told_no_number_a_value_needs_more(seen: Observation) -> None:
    likely = replace(LIKELY, confidence=0.97)
    dark = replace(LIKELY, name="suara_02", value=None, confidence=0.3, reason="unreadable")
    page = replace(seen, quality=replace(seen.quality, sharpness=SOFT_LINES + 0.1))
    others = [replace(LIKELY, name=f"other_{number}") for number in range(3)]
    fields = {one.name: one for one in (likely, dark, *others)}
    assert leave_open(fields, dict.fromkeys(fields, page))["suara_03"].value is None
    fields["suara_02"] = replace(dark, reason="struck_out")
    assert leave_open(fields, dict.fromkeys(fields, page))["suara_03"].value == 16


@pytest.mark.parametrize(("sharpness", "value"), [(FAINT_LINES - 0.02, None), (FAINT_LINES + 0.02, 16)])
def test_on_faint_lines_beside_ink_that_told_no_number_next_to_nothing_may_speak_against_it(
    seen: Observation, sharpness: float, value: int | None
) -> None:
    dark = replace(LIKELY, name="suara_02", value=None, confidence=0.3, reason="unreadable")
    page = replace(seen, quality=replace(seen.quality, sharpness=sharpness))
    fields = {one.name: one for one in (LIKELY, dark, *(replace(LIKELY, name=f"other_{n}") for n in range(3)))}
    assert leave_open(fields, dict.fromkeys(fields, page))["suara_03"].value == value
    certain = {**fields, "suara_03": replace(LIKELY, confidence=0.9995)}
    assert leave_open(certain, dict.fromkeys(fields, page))["suara_03"].value == 16


@pytest.mark.parametrize(("left", "value"), [(0.2, None), (0.6, 16)])
def test_where_the_camera_moved_across_upright_lines_a_value_needs_more(
    seen: Observation, left: float, value: int | None
) -> None:
    fade = np.array([left, left, 1.0, 1.0])[None, :, None]
    views = tuple(replace(view, lifts=view.lifts * fade) for view in seen.registration.fields)
    moved = replace(seen, registration=replace(seen.registration, fields=views))
    assert tell(moved, replace(LIKELY, confidence=0.985), SOFT_LINES + 0.1).value == value
    assert tell(moved, LIKELY, SOFT_LINES + 0.1).value == 16


@pytest.mark.parametrize(("quality", "value"), [(12, None), (35, 16)])
def test_in_a_crushed_file_a_value_needs_more(draw: Draw, quality: int, value: int | None) -> None:
    written, jpeg = cv2.imencode(".jpg", draw(2), [cv2.IMWRITE_JPEG_QUALITY, quality])
    look = look_alone(jpeg.tobytes())
    assert written
    assert isinstance(look, Observation)
    assert tell(look, replace(LIKELY, confidence=0.985), SOFT_LINES + 0.1).value == value
    assert tell(look, LIKELY, SOFT_LINES + 0.1).value == 16
