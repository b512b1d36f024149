"""Page tags on photographs that are small and out of focus: told all the same, and never taken for another's."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from ocr.decode import Scales
from ocr.find_tag import find_tags
from ocr.layout import Layout
from ocr.plane import Grey
from ocr.refusals import Refused

Draw = Callable[..., np.ndarray]
SIDE, BLUR = 1100, 2.2  # the tag's cells are 4.9 pixels wide and run into each other


def take_blurred(page: np.ndarray) -> Grey:
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    share = SIDE / max(grey.shape)
    small = cv2.resize(grey, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), BLUR), dtype=np.uint8)


@pytest.mark.parametrize("page", [1, 3])
def test_a_small_page_out_of_focus_is_told_by_its_tag(draw: Draw, layout: Layout, page: int) -> None:
    seen = find_tags(Scales(take_blurred(draw(page))))
    assert [tag.page.number for tag in seen] == [page]
    expected = seen[0].page_points * SIDE / layout.pages[page].size_mm[1]
    assert np.hypot(*(seen[0].corners - expected).T).max() < 4.0  # pixels: enough to look for markers from there


def test_a_blurred_tag_of_no_installed_form_is_not_taken_for_one(draw: Draw, layout: Layout) -> None:
    page = draw(1).copy()
    left, top, right, bottom = (round(mm * page.shape[0] / 900) for mm in layout.pages[1].tag.rect)
    family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)
    other = cv2.aruco.generateImageMarker(family, 205, right - left)
    page[top:bottom, left:right] = cv2.cvtColor(cv2.resize(other, (right - left, bottom - top)), cv2.COLOR_GRAY2BGR)
    with pytest.raises(Refused) as refusal:
        find_tags(Scales(take_blurred(page)))
    assert refusal.value.code in {"no_page_tag", "unknown_form"}
