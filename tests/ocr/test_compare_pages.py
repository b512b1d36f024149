"""Two pictures of one sheet, but for a box that was changed; two sheets with the same numbers; the same sheet twice."""

from collections.abc import Mapping
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.compare_pages import compare_pages
from ocr.covering import crop_area
from ocr.draw.tps import draw_tps
from ocr.layout import load_layout

LAYOUT, PAGE, PX_PER_MM = "c_hasil_ppwp_2024", 2, 4.0
NUMBERS = {"suara_01": 123, "suara_02": 274, "suara_03": 132}
SHEET = load_layout(LAYOUT).pages[PAGE]

Picture = NDArray[np.uint8]


@cache
def paper(seed: int, first: int = 123) -> Picture:
    numbers = {**NUMBERS, "suara_01": first}
    return draw_tps(numbers, seed=seed, split="train", pages=(PAGE,), px_per_mm=PX_PER_MM).pages[PAGE]


def photograph(sheet: Picture, *, seed: int, blur: float = 0.8) -> Mapping[str, bytes]:
    """Cut the fields of a sheet as a photograph shows them: shifted a little, in another light, not sharp."""
    rng = np.random.default_rng(seed)
    scale = sheet.shape[1] / SHEET.size_mm[0]
    crops = {}
    for field in SHEET.fields:
        left, top, right, bottom = (round(one * scale) for one in crop_area(field, SHEET))
        cut = sheet[top:bottom, left:right].astype(np.float32)
        light = np.linspace(rng.uniform(0.65, 0.95), rng.uniform(0.65, 0.95), cut.shape[1])[None, :, None]
        noisy = np.clip(cut * light + rng.normal(0, 4, cut.shape), 0, 255).astype(np.uint8)
        shift = np.array([[1, 0.002, rng.uniform(-2, 2)], [0, 1, rng.uniform(-2, 2)]])
        moved = cv2.warpAffine(noisy, shift, (cut.shape[1], cut.shape[0]), borderMode=cv2.BORDER_REPLICATE)
        soft = cv2.GaussianBlur(moved, (0, 0), blur)
        crops[field.name] = bytes(cv2.imencode(".jpg", soft, [cv2.IMWRITE_JPEG_QUALITY, 80])[1])
    return crops


def change_one_digit(sheet: Picture, by: Picture) -> Picture:
    """Copy the middle box of the first field from another sheet: 123 becomes 173."""
    changed = sheet.copy()
    field = next(one for one in SHEET.fields if one.name == "suara_01")
    scale = sheet.shape[1] / SHEET.size_mm[0]
    left, top, right, bottom = (round(one * scale) for one in field.boxes[1].rect)
    changed[top + 2 : bottom - 2, left + 2 : right - 2] = by[top + 2 : bottom - 2, left + 2 : right - 2]
    return changed


@pytest.mark.parametrize("blur", [0.8, 2.5])
def test_the_same_sheet_twice_differs_nowhere(blur: float) -> None:
    found = compare_pages(LAYOUT, PAGE, photograph(paper(1), seed=1), photograph(paper(1), seed=2, blur=blur))
    assert found.same_paper
    assert found.altered == ()


def test_a_digit_that_was_changed_is_named() -> None:
    changed = change_one_digit(paper(1), paper(3, first=173))
    found = compare_pages(LAYOUT, PAGE, photograph(paper(1), seed=1), photograph(changed, seed=2))
    assert found.same_paper
    assert found.altered == ("suara_01",)


def test_another_hand_with_the_same_numbers_is_another_sheet() -> None:
    found = compare_pages(LAYOUT, PAGE, photograph(paper(1), seed=1), photograph(paper(2), seed=2))
    assert not found.same_paper
    assert found.altered == ()


def test_pictures_that_cannot_be_decoded_say_nothing() -> None:
    broken = dict.fromkeys(NUMBERS, b"\xff\xd8no picture")
    found = compare_pages(LAYOUT, PAGE, photograph(paper(1), seed=1), broken)
    assert found.boxes == ()
    assert not found.same_paper
