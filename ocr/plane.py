"""The plane of the paper seen by a camera: 3x3 homographies from page millimetres to pixels of the photograph."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ocr.layout import Rect

Grey: TypeAlias = NDArray[np.uint8]
"""(height, width), or (height, width, 3) where a function says so."""

Points: TypeAlias = NDArray[np.float64]
"""(N, 2): x to the right, y down."""

Homography: TypeAlias = NDArray[np.float64]
"""(3, 3)."""


DEGENERATE = 1e-6
AVERAGE_ABOVE = 1.5


def fit_homography(page: Points, seen: Points) -> Homography | None:
    """The homography from `page` to `seen`, exact for four points, least squares for more; None if degenerate."""
    fitted, _ = cv2.findHomography(page.astype(np.float64), seen.astype(np.float64), method=0)
    if fitted is None:
        return None
    matrix = np.asarray(fitted, dtype=np.float64)
    return matrix if np.all(np.isfinite(matrix)) and abs(np.linalg.det(matrix)) > DEGENERATE**2 else None


def project(homography: Homography, points: Points) -> Points:
    """Points of the page as pixels of the photograph."""
    moved = np.asarray(points, dtype=np.float64).reshape(-1, 2) @ homography[:, :2].T + homography[:, 2]
    return moved[:, :2] / moved[:, 2:3]


def scale_near(homography: Homography, point: Points) -> float:
    """Pixels per millimetre around a point of the page (the root of the area's scale)."""
    around = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]) + np.asarray(point, dtype=np.float64)
    origin, right, down = project(homography, around)
    area = (right[0] - origin[0]) * (down[1] - origin[1]) - (right[1] - origin[1]) * (down[0] - origin[0])
    return float(np.sqrt(abs(area)))


def corners_of(rect: Rect) -> Points:
    """TL, TR, BR, BL of a rectangle (x0, y0, x1, y1)."""
    left, top, right, bottom = rect
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)


def centre_of(rect: Rect) -> Points:
    """The middle of a rectangle, as one point (2,)."""
    left, top, right, bottom = rect
    return np.array([(left + right) / 2, (top + bottom) / 2])


def shift_page(homography: Homography, offset: Points) -> Homography:
    """The same view with the page's origin moved to `offset` (mm)."""
    move = np.array([[1.0, 0.0, offset[0]], [0.0, 1.0, offset[1]], [0.0, 0.0, 1.0]])
    return np.asarray(homography @ move)


def flatten(
    grey: Grey, homography: Homography, area: Rect, px_per_mm: float, *, fill: int = 255, average: bool = True
) -> Grey:
    """A part of the page seen from straight above, `px_per_mm` fine.

    Pixel (i, j) of the answer has its centre at page point area[:2] + ((j, i) + 0.5) / px_per_mm. When the photograph
    is finer than that it is averaged first, so that thin lines do not fall between samples; unless not `average`, for
    callers who have seen to it.
    """
    size = (round((area[2] - area[0]) * px_per_mm), round((area[3] - area[1]) * px_per_mm))
    to_page = np.array(
        [
            [1 / px_per_mm, 0.0, area[0] + 0.5 / px_per_mm],
            [0.0, 1 / px_per_mm, area[1] + 0.5 / px_per_mm],
            [0.0, 0.0, 1.0],
        ]
    )
    crop, offset = _crop_around(grey, project(homography, corners_of(area)))
    back = np.array([[1.0, 0.0, -offset[0]], [0.0, 1.0, -offset[1]], [0.0, 0.0, 1.0]])
    finer = scale_near(homography, centre_of(area)) / px_per_mm
    if average and finer > AVERAGE_ABOVE and min(crop.shape[:2]) > 2 * finer:
        crop, back = _average(crop, back, finer)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    flat = cv2.warpPerspective(
        crop, back @ homography @ to_page, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=(fill,) * 3
    )
    return np.asarray(flat, dtype=np.uint8)


def _crop_around(grey: Grey, quad: Points) -> tuple[Grey, tuple[int, int]]:
    """The part of the photograph that holds a quad, and where it begins: warping needs no more."""
    height, width = grey.shape[:2]
    x0, y0 = (int(max(0, np.floor(value) - 4)) for value in quad.min(axis=0))
    x1, y1 = (int(np.ceil(value) + 5) for value in quad.max(axis=0))
    x0, y0 = min(x0, width - 1), min(y0, height - 1)
    return grey[y0 : max(y0 + 1, min(y1, height)), x0 : max(x0 + 1, min(x1, width))], (x0, y0)


def _average(crop: Grey, back: Homography, finer: float) -> tuple[Grey, Homography]:
    """Shrink the crop by `finer` with area averaging, and the mapping with it (pixel centres at whole numbers)."""
    height, width = crop.shape[:2]
    size = (max(1, round(width / finer)), max(1, round(height / finer)))
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
    sx, sy = size[0] / width, size[1] / height
    shrink = np.array([[sx, 0.0, (sx - 1) / 2], [0.0, sy, (sy - 1) / 2], [0.0, 0.0, 1.0]])
    return np.asarray(small, dtype=np.uint8), shrink @ back
