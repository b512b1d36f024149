"""Upright walls that stand elsewhere than the form has them, as where a scanner's feed slipped."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import pytest

from ocr.classify import CLASSES
from ocr.cut_again import Placed, cut_again
from ocr.cut_boxes import cut_boxes
from ocr.decode import decode_grey
from ocr.draw.hands import make_hand
from ocr.draw.photograph import photograph
from ocr.draw.plain import draw_plain
from ocr.draw.written import Written
from ocr.layout import Field, load_layout
from ocr.layout_parts import Box
from ocr.move_walls import move_walls
from ocr.observe import Observation
from ocr.read import look_alone, read_photo

PX = 8.0
VIEW = np.array([[PX, 0, -0.5], [0, PX, -0.5], [0, 0, 1.0]])
TOP, BOTTOM = 10.0, 24.0
PLACES = (20.0, 30.0, 40.0, 50.0)
KEY = "c_hasil_salinan_ppwp_2024"


def cells() -> Field:
    rects = [(left, TOP, right, BOTTOM) for left, right in pairwise(PLACES)]
    return Field("a", tuple(Box(rect, 0.3, guide=False, bubbles=()) for rect in rects), "s")


def paper(*walls: float, height: float = 1.0, dashes: int = 0) -> np.ndarray:
    """A scan with upright lines at the places given (mm), as high as that share of a cell."""
    grey = np.full((400, 560), 245, np.uint8)
    for wall in walls:
        x, top, bottom = round(wall * PX), round(TOP * PX), round((TOP + (BOTTOM - TOP) * height) * PX)
        grey[top:bottom, x - 1 : x + 2] = 40
        for dash in range(dashes):
            start = top + (bottom - top) * dash // dashes
            grey[start : start + (bottom - top) // (3 * dashes), x - 1 : x + 2] = 245
    return grey


def walls_of(grey: np.ndarray) -> tuple[float, ...]:
    moved = move_walls(grey, VIEW, cells())
    return (moved.boxes[0].rect[0], *(box.rect[2] for box in moved.boxes))


def test_walls_at_their_places_stay() -> None:
    assert walls_of(paper(*PLACES)) == PLACES
    assert walls_of(paper(*(place + 0.4 for place in PLACES))) == PLACES  # the fit's work, not this one's


def test_a_wall_that_stands_further_in_is_moved_there_and_no_other() -> None:
    *inner, last = walls_of(paper(*PLACES[:3], 47.5))
    assert inner == list(PLACES[:3])
    assert last == pytest.approx(47.5, abs=0.2)


def test_both_cells_beside_an_inner_wall_end_where_it_stands() -> None:
    moved = move_walls(paper(20, 32.5, 40, 50), VIEW, cells())
    assert moved.boxes[0].rect[2] == moved.boxes[1].rect[0] == pytest.approx(32.5, abs=0.2)
    assert [box.rect[1::2] for box in moved.boxes] == [(TOP, BOTTOM)] * 3


def test_a_stroke_is_no_wall() -> None:
    assert walls_of(paper(20, 30, 40) & paper(47.5, height=0.7)) == PLACES


def test_a_dashed_wall_at_its_place_is_there() -> None:
    assert walls_of(paper(20, 30, 40) & paper(50, dashes=7) & paper(47.5)) == PLACES


@cache
def slipped() -> np.ndarray:
    """A copy, its last column of boxes a fifth narrower, everything to the right of it moved along."""
    page, scale = load_layout(KEY).pages[2], 9.0
    values = {
        "suara_01": Written("X87"), "suara_02": Written("177"), "suara_03": Written("-36"),
        "suara_sah": Written("300"), "suara_tidak_sah": Written("XX5"), "suara_total": Written("305"),
    }  # fmt: skip
    rng = np.random.default_rng(5)
    picture = draw_plain(page, values, hand=make_hand("evaluation", 8), rng=rng, px_per_mm=scale)
    left, _, right, _ = page.field("suara_01").boxes[-1].rect
    start, end = round((left + 1) * scale), round((right - 1) * scale)
    narrow = cv2.resize(picture[:, start:end], (round(0.75 * (end - start)), picture.shape[0]))
    return np.ascontiguousarray(np.concatenate([picture[:, :start], narrow, picture[:, end:]], axis=1))


def test_a_copy_with_one_narrower_column_is_read_up_to_the_wall_as_it_stands() -> None:
    seen = look_alone(photograph(slipped(), "scan", np.random.default_rng(3), exif=False))
    assert isinstance(seen, Observation)
    printed = {field.name: field.boxes for field in seen.registration.page.fields}
    for view in seen.registration.fields:
        *others, last = view.field.boxes
        assert tuple(others) == printed[view.field.name][:-1]
        assert last.rect[2] - printed[view.field.name][-1].rect[2] == pytest.approx(-1.66, abs=0.2)
        assert view.found
    told = {name: "".join(CLASSES[one] for one in rows.argmax(axis=1)) for name, rows in seen.boxes.items()}
    assert told == {
        "suara_01": "X87", "suara_02": "177", "suara_03": "-36",
        "suara_sah": "300", "suara_tidak_sah": "XX5", "suara_total": "305",
    }  # fmt: skip


def test_boxes_beside_a_wall_that_moved_are_cut_again_where_they_were() -> None:
    photo = photograph(slipped(), "scan", np.random.default_rng(3), exif=False)
    seen, reading = look_alone(photo), read_photo(photo, name="a")
    assert isinstance(seen, Observation)
    told = {
        one: getattr(reading, one)
        for one in ("layout_key", "layout_sha256", "page", "rotation_quarter_turns", "field_rects")
    }
    cut = cut_again(photo, Placed(**told))
    for view in seen.registration.fields:
        before = cut_boxes(decode_grey(photo).pixels, view)
        apart = np.abs(before[:-1].astype(int) - cut[view.field.name][:-1]).mean()
        assert apart < 2
