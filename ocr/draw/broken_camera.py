"""A camera that may point anywhere: what it sees of a sheet is known exactly, so the truth of a cut page is too."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.draw.broken_sheet import SHEET_PX_PER_MM, Mask, Picture, Sheet
from ocr.draw.scenery import background, light, noise

_SPARE_PX = 2


@dataclass(frozen=True)
class Stand:
    """Where a sheet falls: `matrix` leads from its mm to pixels, `size` is the photograph's (width, height)."""

    matrix: NDArray[np.float64]
    size: tuple[int, int]


@dataclass(frozen=True)
class Frame:
    """The part of the whole view that the photograph shows, in shares of it."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0


def take_stand(
    sheet: Sheet, rng: np.random.Generator, *, side: int, slant: float = 0.04, frame: Frame | None = None
) -> Stand:
    """Stand before the sheet: corners off by up to `slant` of its sides, turned by up to 5 degrees.

    `side` is the longest side of the whole view in pixels, `frame` the part of it that is photographed.
    """
    height, width = (edge / SHEET_PX_PER_MM for edge in sheet.picture.shape[:2])
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    angle = np.radians(rng.uniform(-5, 5))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    seen = (flat + rng.uniform(-slant, slant, (4, 2)) * (width, height)) @ turn.T
    seen -= seen.min(axis=0) - rng.uniform(0.01, 0.04, 2) * (width, height)
    whole = seen.max(axis=0) + rng.uniform(0.01, 0.04, 2) * (width, height)
    seen, whole = seen * side / whole.max(), whole * side / whole.max()
    part = frame or Frame()
    seen -= whole * (part.left, part.top)
    size = np.rint(whole * (part.right - part.left, part.bottom - part.top)).astype(int)
    matrix = cv2.getPerspectiveTransform(flat.astype(np.float32), seen.astype(np.float32))
    return Stand(np.asarray(matrix, dtype=np.float64), (int(size[0]), int(size[1])))


def show(sheet: Sheet, stand: Stand, onto: Picture) -> Picture:
    """The sheet as seen from `stand`, before what is there already."""
    scale = float(np.sqrt(abs(np.linalg.det(stand.matrix[:2, :2])))) / SHEET_PX_PER_MM
    small = sheet.picture
    if scale < 1:
        small = np.asarray(cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    fine = (small.shape[1] / sheet.picture.shape[1], small.shape[0] / sheet.picture.shape[0])
    to_mm = np.diag([1 / (fine[0] * SHEET_PX_PER_MM), 1 / (fine[1] * SHEET_PX_PER_MM), 1.0])
    seen = onto.copy()
    matrix = stand.matrix @ to_mm
    cv2.warpPerspective(small, matrix, stand.size, seen, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    return seen


def outside(sheet: Sheet, stand: Stand) -> Mask:
    """Where the page (one pixel a millimetre) lies outside the photograph."""
    height, width = sheet.hidden.shape
    y, x = np.mgrid[0:height, 0:width] + 0.5
    u, v, w = (row[0] * x + row[1] * y + row[2] for row in stand.matrix)
    right, bottom = np.array(stand.size) - _SPARE_PX
    return np.asarray((u / w < _SPARE_PX) | (v / w < _SPARE_PX) | (u / w > right) | (v / w > bottom))


def table_top(stand: Stand, rng: np.random.Generator) -> Picture:
    """What the sheet lies on."""
    return background(stand.size, rng)


def develop(
    picture: Picture,
    rng: np.random.Generator,
    *,
    blur: float = 0.8,
    grain: float = 4.0,
    shadow: float = 0.3,
    quality: int = 80,
    turns: int | None = None,
) -> bytes:
    """Light, lens, grain and file. `turns`: quarter turns, drawn if not given."""
    lit = light(picture, shadow=shadow, gradient=0.15, rng=rng)
    soft = cv2.GaussianBlur(lit, (0, 0), blur) if blur > 0.2 else lit
    soft = np.asarray(soft, dtype=np.uint8)
    noise(soft, grain, rng)
    turned = np.rot90(soft, int(rng.integers(4)) if turns is None else turns)
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(turned), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError(f"a picture of {turned.shape} could not be written as JPEG")
    return bytes(data)
