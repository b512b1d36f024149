"""Photographing a drawn page: paper, light, lens, sensor and file, each a small step with numbers of its own.

A tier states how bad it may get; each photograph draws its own conditions within that. The same page, tier and chance
give the same bytes (with the same OpenCV).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.draw.exif import with_orientation
from ocr.draw.scenery import background, light, noise

Picture = NDArray[np.uint8]
Points = NDArray[np.float32]
Tier = Literal["scan", "photo", "hard", "camera"]


@dataclass(frozen=True)
class Conditions:
    """The bounds of a tier. Shares are of the page's sides, blur and motion in pixels of the finished photograph."""

    longest_side: tuple[int, int]
    perspective: float
    rotation_degrees: float
    blur: float
    motion: tuple[int, int]
    motion_chance: float
    noise: float
    shadow: float
    gradient: float
    curl: float
    jpeg: tuple[int, int]
    turned_chance: float
    exif_chance: float


TIERS: dict[str, Conditions] = {
    "scan": Conditions((1600, 2400), 0.004, 1.0, 0.45, (0, 0), 0.0, 1.5, 0.0, 0.03, 0.0, (75, 92), 0.0, 0.0),
    "photo": Conditions((1600, 3200), 0.05, 6.0, 1.1, (3, 5), 0.25, 5.0, 0.35, 0.15, 0.002, (55, 88), 0.25, 0.25),
    "hard": Conditions((1100, 2000), 0.12, 6.0, 1.7, (3, 7), 0.5, 9.0, 0.6, 0.3, 0.004, (35, 70), 0.75, 0.25),
    # As a phone's camera keeps it: about 12 megapixels, 1 to 4 MB.
    "camera": Conditions((4000, 4160), 0.05, 6.0, 1.1, (3, 5), 0.25, 9.0, 0.35, 0.15, 0.002, (88, 95), 0.25, 0.25),
}

_GRID = 8  # the warp is computed every so many pixels and interpolated between
_EXIF_TURNS = {0: 1, 1: 8, 2: 3, 3: 6}  # pixels turned clockwise so often -> the orientation that turns them back


def photograph(
    page: Picture, tier: Tier, rng: np.random.Generator, *, quarter_turns: int | None = None, exif: bool | None = None
) -> bytes:
    """A JPEG of the page (BGR) under the tier's conditions, the whole sheet in view.

    `quarter_turns`: how often the camera was turned, visible in the picture; drawn by the tier's chance if not given.
    `exif`: whether the pixels are stored turned with an EXIF orientation that puts them right; drawn if not given.
    """
    if tier not in TIERS:
        raise ValueError(f"unknown tier {tier!r}; use one of {', '.join(TIERS)}")
    conditions = TIERS[tier]
    side = int(rng.integers(conditions.longest_side[0], conditions.longest_side[1] + 1))
    picture = _take(page, conditions, side, rng)
    picture = light(picture, shadow=conditions.shadow, gradient=conditions.gradient, rng=rng)
    picture = _blur(picture, conditions, rng)
    noise(picture, float(rng.uniform(0, conditions.noise)), rng)
    turns = _draw_turns(conditions, rng) if quarter_turns is None else quarter_turns % 4
    stored = bool(rng.random() < conditions.exif_chance) if exif is None else exif
    turned_back = int(rng.integers(1, 4)) if stored else 0
    quality = int(rng.integers(conditions.jpeg[0], conditions.jpeg[1] + 1))
    data = _encode(np.asarray(np.rot90(picture, -(turns + turned_back))), quality)
    return with_orientation(data, _EXIF_TURNS[turned_back]) if stored else data


def _draw_turns(conditions: Conditions, rng: np.random.Generator) -> int:
    return int(rng.integers(1, 4)) if rng.random() < conditions.turned_chance else 0


def _take(page: Picture, conditions: Conditions, side: int, rng: np.random.Generator) -> Picture:
    """The sheet before its background, seen from where the camera stands."""
    corners, size = _stand(page, conditions, side, rng)
    scale = side / max(page.shape[:2])
    small = _shrink(page, min(1.0, scale * 1.2))
    picture = background(size, rng)
    horizontal, vertical = _warp(small.shape[1::-1], corners, size, conditions.curl * float(rng.uniform(0, 1)), rng)
    cv2.remap(small, horizontal, vertical, cv2.INTER_LINEAR, picture, cv2.BORDER_TRANSPARENT)
    return picture


def _shrink(page: Picture, scale: float) -> Picture:
    """Average before sampling, or thin lines would alias."""
    if scale == 1:
        return page
    return np.asarray(cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _stand(
    page: Picture, conditions: Conditions, side: int, rng: np.random.Generator
) -> tuple[Points, tuple[int, int]]:
    """Where the sheet's corners (TL, TR, BR, BL) fall in the photograph, and the photograph's width and height."""
    height, width = page.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    corners += rng.uniform(-conditions.perspective, conditions.perspective, (4, 2)) * (width, height)
    angle = np.radians(rng.uniform(-conditions.rotation_degrees, conditions.rotation_degrees))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = corners @ turn.T
    spare = rng.uniform(0.005, 0.05, 4) * (width, height, width, height)
    low, high = corners.min(axis=0) - spare[:2], corners.max(axis=0) + spare[2:]
    low, high = _widen(low, high, float(rng.choice([0.0, 9 / 16, 3 / 4])))
    scale = side / float((high - low).max())
    size = np.rint((high - low) * scale).astype(int)
    return ((corners - low) * scale).astype(np.float32), (int(size[0]), int(size[1]))


def _widen(
    low: NDArray[np.float64], high: NDArray[np.float64], aspect: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The view of a camera whose picture is `aspect` times as wide as high; 0 leaves the view as it is."""
    if aspect == 0:
        return low, high
    width, height = high - low
    more = np.maximum([height * aspect - width, width / aspect - height], 0) / 2
    return low - more, high + more


def _warp(
    source: tuple[int, ...], corners: Points, size: tuple[int, int], curl: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For every pixel of the photograph the place on the sheet it shows, the sheet bent by `curl` of its height."""
    width, height = source
    sheet = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    homography = cv2.getPerspectiveTransform(corners, sheet)
    columns, rows = (np.arange(-1, count // _GRID + 3) * _GRID for count in size)
    x, y = np.meshgrid(columns.astype(np.float64), rows.astype(np.float64))
    u, v, w = (row[0] * x + row[1] * y + row[2] for row in homography)
    u, v = u / w, v / w
    phase, waves = rng.uniform(0, 2 * np.pi, 2), rng.uniform(0.4, 1.3, 2)
    bend_down = curl * height * np.sin(2 * np.pi * waves[0] * u / width + phase[0])
    bend_right = 0.5 * curl * height * np.sin(2 * np.pi * waves[1] * v / height + phase[1])
    return _refine(u + bend_right - 0.5, size), _refine(v + bend_down - 0.5, size)


def _refine(coarse: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float32]:
    """Bilinear interpolation of the coarse map at every pixel's centre."""
    fine = cv2.resize(coarse.astype(np.float32), None, fx=_GRID, fy=_GRID, interpolation=cv2.INTER_LINEAR)
    first = _GRID * 3 // 2  # the map begins one step early, and an enlarged picture half a step before its first centre
    return np.ascontiguousarray(fine[first : first + size[1], first : first + size[0]], dtype=np.float32)


def _blur(picture: Picture, conditions: Conditions, rng: np.random.Generator) -> Picture:
    """Out of focus, and now and then a shaken camera."""
    sigma = float(rng.uniform(0, conditions.blur))
    blurred = cv2.GaussianBlur(picture, (0, 0), sigma) if sigma > 0.2 else picture
    if rng.random() < conditions.motion_chance:
        length = int(rng.integers(conditions.motion[0], conditions.motion[1] + 1))
        blurred = cv2.filter2D(blurred, -1, _streak(length, float(rng.uniform(0, np.pi))))
    return np.asarray(blurred, dtype=np.uint8)


def _streak(length: int, angle: float) -> NDArray[np.float32]:
    """The kernel of a straight movement over `length` pixels."""
    middle, fine = length // 2 + 1, 8
    kernel = np.zeros((2 * middle + 1, 2 * middle + 1), np.float32)
    along = np.linspace(-(length - 1) / 2, (length - 1) / 2, length * fine)
    places = np.rint(middle + along[:, None] * (np.cos(angle), np.sin(angle))).astype(int)
    np.add.at(kernel, (places[:, 1], places[:, 0]), 1)
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def _encode(picture: Picture, quality: int) -> bytes:
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError(f"a picture of {picture.shape} could not be written as JPEG; give a BGR picture of uint8")
    return data.tobytes()
