"""Drawn pages, photographed plainly, are read as they were written, or refused with the right reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

import cv2
import numpy as np
import pytest

from ocr.classify import CLASSES
from ocr.decode import Scales, decode_grey
from ocr.draw.written import Written
from ocr.find_tag import find_tags
from ocr.layout import Layout
from ocr.observe import observe
from ocr.plane import corners_of, project
from ocr.read import read_photo, read_together
from ocr.register import register

Draw = Callable[..., np.ndarray]
Shoot = Callable[..., bytes]

PX_PER_MM = 2.5


def paint(picture: np.ndarray, centre: tuple[float, float], radius_mm: float) -> None:
    x, y = (round(value * PX_PER_MM) for value in centre)
    cv2.circle(picture, (x, y), round(radius_mm * PX_PER_MM), (225, 225, 225), -1)


@pytest.mark.parametrize("turns", range(4))
def test_both_pages_are_read_however_the_phone_was_held(
    draw: Draw, shoot: Shoot, expected: Mapping[str, int], turns: int
) -> None:
    photos = [(f"a-hal{page}", shoot(draw(page), turns=turns)) for page in (2, 3)]
    readings = read_together(photos)
    assert [(reading.page, reading.refused) for reading in readings] == [(2, None), (3, None)]
    fields = {name: field for reading in readings for name, field in reading.fields.items()}
    assert {name: field.value for name, field in fields.items()} == expected
    assert all(field.sure for field in fields.values())
    assert {check.key: check.closes for check in readings[0].checks}["suara_sah"] is True
    assert all(reading.rotation_quarter_turns == -turns % 4 for reading in readings)


def test_an_exif_turn_and_its_pixels_come_to_the_same(draw: Draw, shoot: Shoot) -> None:
    plain = read_photo(shoot(draw(2)), name="a")
    turned = read_photo(shoot(draw(2), turns=3, orientation=6), name="b")  # 6: to be turned clockwise once
    assert turned.rotation_quarter_turns == 0
    for name, quad in plain.field_rects.items():
        assert np.allclose(quad, turned.field_rects[name], atol=1.0)


def test_the_reading_says_where_the_boxes_are(
    draw: Draw, shoot: Shoot, view_matrix: np.ndarray, layout: Layout
) -> None:
    reading = read_photo(shoot(draw(2), turns=1), name="a")
    boxes = layout.pages[2].field("suara_02").boxes
    printed = corners_of((boxes[0].rect[0], boxes[0].rect[1], boxes[2].rect[2], boxes[2].rect[3]))
    assert np.allclose(reading.field_rects["suara_02"], project(view_matrix, printed), atol=1.5)
    assert reading.page_to_pixels is not None
    matrix = np.array(reading.page_to_pixels).reshape(3, 3)
    assert np.allclose(project(matrix, printed), project(view_matrix, printed), atol=2.0)


def test_the_json_line_has_every_promised_key(draw: Draw, shoot: Shoot) -> None:
    line = json.loads(json.dumps(read_photo(shoot(draw(2)), name="a.jpg").to_json()))
    assert {"file", "form", "page", "refused", "fields", "checks", "quality", "ms"} <= line.keys()
    assert set(line["fields"]) == {"suara_01", "suara_02", "suara_03"}
    field = line["fields"]["suara_01"]
    assert {"value", "confidence", "sure", "digits", "bubbles"} <= field.keys()
    assert (field["digits"], field["bubbles"], field["value"]) == ("X87", "087", 87)
    assert field["candidates"][0][0] == 87


def test_a_sheet_that_bulges_is_snapped_to_its_printed_squares(
    draw: Draw, shoot: Shoot, view_matrix: np.ndarray, layout: Layout
) -> None:
    flat = draw(2)
    height, width = flat.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    bulge = np.float32(1.8 * PX_PER_MM) * np.sin(y / height * 3 * np.pi)  # 1.8 mm, 0.2 % of the height
    bent = cv2.remap(flat, x, y + bulge, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    scales = Scales(decode_grey(shoot(bent)).pixels)
    registration = register(scales, find_tags(scales)[0])
    for view in registration.fields:
        corners = np.concatenate([corners_of(box.rect) for box in view.field.boxes])
        lifted = corners - [0, 1] * (1.8 * np.sin(corners[:, 1:] / 900 * 3 * np.pi))
        away = np.hypot(*(project(view.homography, corners) - project(view_matrix, lifted)).T)
        assert away.max() < 1.3  # pixels, at 2 pixels a millimetre
    assert max(abs(view.shift_mm[1]) for view in registration.fields) > 1.0


@pytest.mark.parametrize("hidden", [("BL",), ("TL", "TR"), ("TL", "BR"), ("TR", "BL")])
def test_one_or_two_markers_may_be_hidden(
    draw: Draw, shoot: Shoot, layout: Layout, expected: Mapping[str, int], hidden: tuple[str, ...]
) -> None:
    picture = draw(2)
    for corner in hidden:
        paint(picture, layout.pages[2].markers[corner], 16)
    reading = read_photo(shoot(picture), name="a")
    assert {name: field.value for name, field in reading.fields.items()} == {
        name: expected[name] for name in ("suara_01", "suara_02", "suara_03")
    }


def test_three_markers_may_not_be_hidden(draw: Draw, shoot: Shoot, layout: Layout) -> None:
    picture = draw(2)
    for corner in ("TL", "BR", "BL"):
        paint(picture, layout.pages[2].markers[corner], 16)
    reading = read_photo(shoot(picture), name="a")
    assert (reading.refused, reading.page, reading.fields) == ("markers_missing", 2, {})


def test_a_page_without_its_tag_or_with_a_strange_one_is_refused(draw: Draw, shoot: Shoot, layout: Layout) -> None:
    picture = draw(2)
    left, top, right, bottom = (round(value * PX_PER_MM) for value in layout.pages[2].tag.rect)
    picture[top - 8 : bottom + 8, left - 8 : right + 8] = 235
    assert read_photo(shoot(picture), name="a").refused == "no_page_tag"
    family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)
    tag = cv2.aruco.generateImageMarker(family, 700, right - left)
    picture[top : top + right - left, left:right] = tag[..., None]
    assert read_photo(shoot(picture), name="a").refused == "unknown_form"


def test_page_1_is_read_box_by_box(draw: Draw, shoot: Shoot, layout: Layout) -> None:
    names = [field.name for field in layout.pages[1].fields]
    written = {name: f"{37 * at % 1000:03d}" for at, name in enumerate(names)}
    seen = observe(shoot(draw(1, **{name: Written(digits) for name, digits in written.items()})), lambda _stage: None)
    assert seen.registration.page.number == 1
    assert {
        name: "".join(CLASSES[index] for index in boxes.argmax(axis=1)) for name, boxes in seen.boxes.items()
    } == written


def test_boxes_that_are_not_printed_where_they_should_be_are_not_read(draw: Draw, shoot: Shoot) -> None:
    picture = draw(2)
    picture[round(175 * PX_PER_MM) : round(640 * PX_PER_MM), round(446 * PX_PER_MM) : round(530 * PX_PER_MM)] = 235
    assert read_photo(shoot(picture), name="a").refused == "registration_failed"


def test_two_pages_in_one_photograph_are_refused(draw: Draw, shoot: Shoot) -> None:
    both = [cv2.imdecode(np.frombuffer(shoot(draw(page)), np.uint8), cv2.IMREAD_COLOR) for page in (2, 3)]
    assert all(one is not None for one in both)
    encoded = cv2.imencode(".jpg", np.hstack([one for one in both if one is not None]))[1].tobytes()
    assert read_photo(encoded, name="a").refused == "two_pages"


def test_heavy_blur_is_refused_never_guessed(draw: Draw, shoot: Shoot) -> None:
    reading = read_photo(shoot(draw(2), blur=6.0), name="a")
    assert reading.refused in {"no_page_tag", "markers_missing", "registration_failed", "too_blurred"}


def test_an_empty_form_has_no_values(draw: Draw, shoot: Shoot) -> None:
    blank = {name: Written("___") for name in ("suara_01", "suara_02", "suara_03")}
    reading = read_photo(shoot(draw(2, **blank)), name="a")
    assert reading.refused is None
    for field in reading.fields.values():
        assert (field.value, field.sure, field.digits, field.bubbles) == (None, False, "___", None)
        assert field.reason == "unreadable"


def test_a_bubble_that_names_another_digit_leaves_the_field_open(draw: Draw, shoot: Shoot) -> None:
    reading = read_photo(shoot(draw(2, suara_02=Written("104", bubbles="194"))), name="a")
    field = reading.fields["suara_02"]
    assert (field.value, field.digits, field.bubbles, field.reason) == (None, "104", "194", "bubbles_disagree")


def test_a_paper_that_does_not_add_up_is_read_as_written(draw: Draw, shoot: Shoot) -> None:
    pages = [("a-2", shoot(draw(2))), ("a-3", shoot(draw(3, suara_sah=Written("237"))))]
    first, second = read_together(pages)
    assert second.fields["suara_sah"].value == 237
    assert first.fields["suara_02"].value == 104
    assert not any(field.sure for field in first.fields.values())
    check = next(check for check in second.checks if check.key == "suara_sah")
    assert (check.closes, check.written, check.computed, check.hint) == (False, 237, 227, "paper")


def test_readings_keep_the_order_and_a_bad_file_harms_no_neighbour(
    draw: Draw, shoot: Shoot, expected: Mapping[str, int]
) -> None:
    readings = read_together([("x", shoot(draw(3))), ("y", b"no photograph"), ("z", shoot(draw(2)))])
    assert [reading.file for reading in readings] == ["x", "y", "z"]
    assert [reading.refused for reading in readings] == [None, "not_an_image", None]
    assert readings[2].fields["suara_01"].value == expected["suara_01"]
    assert readings[2].checks[0].closes is True


def test_pages_say_the_same_together_in_any_order(draw: Draw, shoot: Shoot) -> None:
    pages = [("2", shoot(draw(2))), ("3", shoot(draw(3)))]
    forth, back = read_together(pages), read_together(pages[::-1])
    assert [replace(one, ms=0.0) for one in forth] == [replace(one, ms=0.0) for one in back[::-1]]
    assert forth[0].sections["suara"] == forth[1].sections["suara"]
    assert (forth[0].sections["suara"].sure, forth[0].sections["suara"].closes) == (True, True)


def test_the_same_bytes_give_the_same_reading(draw: Draw, shoot: Shoot) -> None:
    photo = shoot(draw(2))
    first, again = read_photo(photo, name="a"), read_photo(photo, name="a")
    assert replace(first, ms=0.0) == replace(again, ms=0.0)
