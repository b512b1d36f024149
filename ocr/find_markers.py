"""Find the four corner markers: two black squares that touch at one point.

The tag is small and in one corner, so the page it predicts drifts by centimetres towards the far corners. The reduced
photograph is therefore flattened with the tag's view, everything that looks like a marker is listed, and the
set of four is chosen that predicts the tag itself best.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.plane import DEGENERATE, Grey, Homography, Points, centre_of, fit_homography, flatten, project, scale_near

if TYPE_CHECKING:
    from ocr.find_tag import SeenTag
    from ocr.layout import PageLayout

CORNERS = ("TL", "TR", "BR", "BL")
FRAME_PX_PER_MM = 1.25
FRAME_MARGINS_MM = (120.0, 300.0)
"""How much of the surroundings is searched; the second only if four markers were not met in the first."""

MIN_CONTRAST = 0.22
MAX_LISTED = 80
MAX_TAG_MISS_MM = 4.0

_REACH_MM = {"TR": (40.0, 50.0), "TL": (130.0, 110.0), "BR": (150.0, 220.0), "BL": (190.0, 260.0)}
"""How far (x, y) a marker may lie from where the tag alone puts it; more with the distance."""
_FAR = frozenset({"BR", "BL"})
"""The further a corner is from the tag, the more a slanting view moves it: these are looked for further off."""

_MOST_PER_CORNER = {"TR": 3, "TL": 7, "BR": 7, "BL": 7}


@dataclass(frozen=True)
class Candidate:
    """Something like a marker: its point in the photograph (pixels) and how black-white it is, 0..1."""

    seen: Points
    strength: float


@dataclass(frozen=True)
class MarkerSet:
    """A choice of markers. `seen` maps corners to pixels; `tag_miss_mm` is how badly it predicts the tag."""

    seen: dict[str, Points]
    homography: Homography
    strength: float
    tag_miss_mm: float


def find_marker_sets(grey: Grey, tag: SeenTag, *, most: int = 4) -> list[MarkerSet]:
    """Plausible choices of four markers, or three or two and the tag, best first; empty when there is none.

    `grey` may be a reduced picture as long as `tag` is in its pixels. `most`: 3 when one of four has proved false.
    """
    local = _view_from_tag(tag)
    if local is None:
        return []
    near: dict[str, list[Candidate]] = {}
    sets: list[MarkerSet] = []
    for margin in FRAME_MARGINS_MM:
        listed = _list_candidates(grey, local, tag.page, margin)
        stretch = margin / FRAME_MARGINS_MM[0]
        near = {corner: _near(listed, local, tag.page, corner, stretch) for corner in CORNERS}
        sets = _choose_four(near, tag) if most == len(CORNERS) else []
        if sets:
            break
    sets = sets or _choose_some(near, tag, 3) or _choose_some(near, tag, 2)
    return sorted(sets, key=lambda chosen: chosen.tag_miss_mm / MAX_TAG_MISS_MM - 2.0 * chosen.strength)[:4]


def _view_from_tag(tag: SeenTag) -> Homography | None:
    """The affine part of the tag's view at its middle: its perspective part is mostly noise."""
    view = fit_homography(tag.page_points, tag.corners)
    if view is None:
        return None
    middle = centre_of(tag.page.tag.rect)
    origin, right, down = project(view, middle + np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]]))
    across, along = (right - origin) / 8.0, (down - origin) / 8.0
    start = origin - middle[0] * across - middle[1] * along
    affine = np.array([[across[0], along[0], start[0]], [across[1], along[1], start[1]], [0.0, 0.0, 1.0]])
    return affine if abs(np.linalg.det(affine)) > DEGENERATE else None


def _list_candidates(grey: Grey, local: Homography, page: PageLayout, margin: float) -> list[Candidate]:
    """Local maxima of the marker's contrast over the page and a margin (mm), strongest first."""
    width, height = page.size_mm
    area = (-margin, -margin, width + margin, height + margin)
    frame = flatten(grey, local, area, FRAME_PX_PER_MM, fill=128)
    contrast = marker_contrast(frame, page.marker_square_mm * FRAME_PX_PER_MM)
    peak = cv2.dilate(contrast, np.ones((9, 9), np.uint8))
    rows, columns = np.nonzero((contrast >= peak) & (contrast > MIN_CONTRAST))
    order = np.argsort(-contrast[rows, columns])[:MAX_LISTED]
    points = np.stack([columns[order], rows[order]], axis=1).astype(np.float64) + 0.5
    seen = project(local, points / FRAME_PX_PER_MM - margin)
    strengths = contrast[rows[order], columns[order]]
    return [Candidate(place, float(strength)) for place, strength in zip(seen, strengths, strict=True)]


def marker_contrast(frame: Grey, square: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """How much each pixel looks like a marker's middle, 0..1 (0 where it does not at all).

    The darker of the two white quadrants against the lighter of the two black ones, relative to the white: all four
    must be right, and a shadow over the marker cancels out. `square` is the side of a black square in pixels.
    """
    side = max(3, round(square * 0.62))
    means = cv2.blur(frame.astype(np.float32), (side, side))
    reach = max(2, round(square * 0.5))
    padded = cv2.copyMakeBorder(means, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    height, width = means.shape
    up, down = padded[:height], padded[2 * reach :]
    black = np.maximum(up[:, :width], down[:, 2 * reach :])
    white = np.minimum(up[:, 2 * reach :], down[:, :width])
    return np.maximum(0.0, (white - black) / (white + 24.0)).astype(np.float32)


def _near(listed: list[Candidate], local: Homography, page: PageLayout, corner: str, stretch: float) -> list[Candidate]:
    """The strongest candidates around where the tag expects a corner."""
    expected = np.array(page.markers[corner])
    back = np.asarray(np.linalg.inv(local), dtype=np.float64)
    reach = np.array(_REACH_MM[corner]) * (stretch if corner in _FAR else 1.0)
    close = [one for one in listed if np.all(np.abs(project(back, one.seen)[0] - expected) < reach)]
    return close[: _MOST_PER_CORNER[corner]]


def _choose_four(near: dict[str, list[Candidate]], tag: SeenTag) -> list[MarkerSet]:
    """Every choice of four that predicts the tag to within `MAX_TAG_MISS_MM`."""
    page = np.array([tag.page.markers[corner] for corner in CORNERS])
    sets = []
    for choice in product(*(near[corner] for corner in CORNERS)):
        seen = np.array([one.seen for one in choice], dtype=np.float64)
        if not _is_upright_quad(seen):
            continue
        homography = _through_four(page, seen)
        miss = tag_miss(homography, tag)
        if miss < MAX_TAG_MISS_MM:
            strength = float(np.mean([one.strength for one in choice]))
            sets.append(MarkerSet(dict(zip(CORNERS, seen, strict=True)), homography, strength, miss))
    return sets


def _through_four(page: Points, seen: Points) -> Homography:
    """The homography through four pairs; much quicker than a fit, and there are a thousand choices."""
    return np.asarray(cv2.getPerspectiveTransform(page.astype(np.float32), seen.astype(np.float32)), dtype=np.float64)


def _choose_some(near: dict[str, list[Candidate]], tag: SeenTag, count: int) -> list[MarkerSet]:
    """Choices of `count` markers with the tag standing in for the others; it cannot be predicted, only be fitted.

    Two markers and a tag say little about the far end of the page: who uses such a set must see every box in its place.
    """
    sets = []
    for corners in combinations(CORNERS, count):
        page = np.vstack([np.array([tag.page.markers[corner] for corner in corners]), tag.page_points])
        for choice in product(*(near[corner][:4] for corner in corners)):
            points = np.array([one.seen for one in choice])
            homography = fit_homography(page, np.vstack([points, tag.corners]))
            if homography is None or not _is_upright_quad(
                project(homography, np.array(list(tag.page.markers.values())))
            ):
                continue
            miss = tag_miss(homography, tag)
            if miss < MAX_TAG_MISS_MM / (len(CORNERS) - 1 if count == 2 else 2):
                strength = float(np.mean([one.strength for one in choice])) - 0.2 * (len(CORNERS) - count)
                sets.append(MarkerSet(dict(zip(corners, points, strict=True)), homography, strength, miss))
    return sets


def _is_upright_quad(quad: Points) -> bool:
    """Convex and not mirrored: all four turns go the same way round."""
    sides = np.roll(quad, -1, axis=0) - quad
    following = np.roll(sides, -1, axis=0)
    return bool(np.all(sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0] > 0))


def tag_miss(homography: Homography, tag: SeenTag) -> float:
    """Root mean square distance between predicted and seen corners of the tag, in millimetres on the page."""
    away = project(homography, tag.page_points) - tag.corners
    scale = scale_near(homography, centre_of(tag.page.tag.rect))
    return float(np.sqrt(np.mean(np.sum(away**2, axis=1))) / max(scale, 1e-6))
