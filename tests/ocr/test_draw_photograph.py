"""Photographs keep to their tier, show the whole sheet, and come out the same from the same chance."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.draw.photograph import TIERS, Tier, photograph
from ocr.draw.printing import print_page
from ocr.layout import load_layout

Picture = NDArray[np.uint8]
ALL: tuple[Tier, ...] = ("scan", "photo", "hard")


@pytest.fixture(scope="module")
def page() -> Picture:
    return np.asarray(cv2.cvtColor(print_page(load_layout("c_hasil_ppwp_2024"), 2, 3.0), cv2.COLOR_GRAY2BGR), np.uint8)


def shown(data: bytes, flags: int = cv2.IMREAD_GRAYSCALE) -> Picture:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def tag(picture: Picture) -> NDArray[np.float32]:
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10))
    corners, ids, _ = detector.detectMarkers(picture)
    assert ids is not None
    assert ids.ravel().tolist() == [102]
    return np.asarray(corners[0][0], np.float32)


@pytest.mark.parametrize(("tier", "seed"), [*itertools.product(ALL, range(4)), ("camera", 0)])
def test_a_photograph_has_the_size_of_its_tier_and_shows_the_page(page: Picture, tier: Tier, seed: int) -> None:
    picture = shown(photograph(page, tier, np.random.default_rng(seed)))
    low, high = TIERS[tier].longest_side
    assert low <= max(picture.shape) <= high
    tag(picture)


def test_the_same_chance_takes_the_same_photograph(page: Picture) -> None:
    first, second, other = (photograph(page, "photo", np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert first == second
    assert first != other


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_turned_camera_turns_the_page(page: Picture, turns: int) -> None:
    corners = tag(shown(photograph(page, "scan", np.random.default_rng(1), quarter_turns=turns, exif=False)))
    along = corners[1] - corners[0]  # the tag is printed upside down: towards the left on an upright page
    expected = {0: (-1, 0), 1: (0, -1), 2: (1, 0), 3: (0, 1)}[turns]
    assert along / np.linalg.norm(along) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("seed", range(4))
def test_exif_turns_the_stored_pixels_back(page: Picture, seed: int) -> None:
    data = photograph(page, "scan", np.random.default_rng(seed), quarter_turns=0, exif=True)
    assert b"Exif\x00\x00" in data[:20]
    upright = tag(shown(data))
    stored = tag(shown(data, cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION))
    assert np.argmax(np.abs(upright[1] - upright[0])) == 0
    assert (upright[1] - upright[0])[0] < 0
    assert not np.allclose(upright, stored, atol=5)


def test_every_corner_marker_is_in_the_picture_even_in_the_hard_tier(page: Picture) -> None:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        red = page.copy()
        red[200:232, 124:156] = red[200:232, -156:-124] = red[-100:-68, 124:156] = red[-100:-68, -156:-124] = (
            0,
            0,
            255,
        )
        picture = shown(photograph(red, "hard", rng), cv2.IMREAD_COLOR).astype(int)
        strong = (picture[:, :, 2] - picture[:, :, 1] > 50).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(strong)
        assert sum(stats[at, cv2.CC_STAT_AREA] > 60 for at in range(1, count)) == 4


def test_an_unknown_tier_is_refused(page: Picture) -> None:
    with pytest.raises(ValueError, match="scan, photo, hard"):
        photograph(page, "blurry", np.random.default_rng(1))  # type: ignore[arg-type]
