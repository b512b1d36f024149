"""Guess where pages without a tag may lie: four-cornered nets of lines in the photograph, held against their tables.

Every table of every such form, turned all four ways, is laid on every large net of lines (and on four black corner
squares). A guess costs a glance at how many rules fall on ink; the best guesses are fitted by `ocr.fit_rules`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.layout import load_layouts
from ocr.plane import Grey, Homography, Points, corners_of, project
from ocr.rule_points import place_points

if TYPE_CHECKING:
    from ocr.layout import Layout, PageLayout, Rect

GLANCE_STEP_MM = 6.0
NEAR_PX = 2.5
LEAST_SIDE = 0.16
"""A net's longer side, in longest sides of the picture."""

MOST_NETS = 12
MOST_OUTLINES = 60_000
"""Photographs have up to 20,000; noise has a million."""

MOST_STRETCH = 1.9
"""How much a slanting view may change the ratio of a table's sides."""

CLOSINGS = (3, 7)
"""Pixels of a gap in a line that is closed: scans in black and white have dashed ones."""

Untagged: TypeAlias = "tuple[Layout, PageLayout]"


@dataclass(frozen=True)
class Guess:
    """A page that may lie there; `homography` maps its mm to pixels; `glance` is the share of rule points on ink."""

    layout: Layout
    page: PageLayout
    homography: Homography
    glance: float


def untagged_pages() -> tuple[Untagged, ...]:
    """The pages of installed forms that bear no tag."""
    layouts = load_layouts().values()
    return tuple((layout, page) for layout in layouts for page in layout.pages.values() if page.printed_tag is None)


def guess_pages(small: Grey, pages: Sequence[Untagged], most: int) -> list[Guess]:
    """The most promising guesses, best first, in the pixels of `small`."""
    ink = find_ink(small)
    away = np.asarray(cv2.distanceTransform(1 - ink, cv2.DIST_L2, 3), dtype=np.float32)
    quads = list(_find_nets(ink))
    guesses = []
    for layout, page in pages:
        laid = _lay_page(page, quads, ink)
        own = [Guess(layout, page, homography, _glance(away, homography, page)) for homography in laid]
        guesses += sorted(own, key=lambda guess: -guess.glance)[:2]
    return sorted(guesses, key=lambda guess: -guess.glance)[:most]


def find_ink(small: Grey) -> Grey:
    """1 where something is darker than its neighbourhood."""
    window = max(15, round(max(small.shape) / 50)) | 1
    return np.asarray(
        cv2.adaptiveThreshold(small, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, 9), dtype=np.uint8
    )


def _find_nets(ink: Grey) -> Iterator[Points]:
    """The corners (TL, TR, BR, BL as they lie, clockwise) of large connected ink, largest first."""
    for closing in CLOSINGS:
        closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((closing, closing), np.uint8))
        outlines, nesting = cv2.findContours(np.asarray(closed, np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        if not outlines or len(outlines) > MOST_OUTLINES:
            continue
        outer = [one for one, (_, _, _, parent) in zip(outlines, nesting[0], strict=True) if parent < 0]
        long = [one for one in outer if max(cv2.boundingRect(one)[2:]) >= LEAST_SIDE * max(ink.shape)]
        for outline in sorted(long, key=lambda one: -cv2.contourArea(cv2.convexHull(one)))[:MOST_NETS]:
            quad = _four_corners(np.asarray(outline, dtype=np.int32))
            if quad is not None:
                yield quad


def _four_corners(outline: NDArray[np.int32]) -> Points | None:
    """The four-cornered figure around an outline; None if it has no four corners."""
    hull = cv2.convexHull(outline)
    length = cv2.arcLength(hull, closed=True)
    for share in (0.01, 0.02, 0.035, 0.05, 0.08):
        corners = cv2.approxPolyDP(hull, share * length, closed=True).reshape(-1, 2).astype(np.float64)
        if len(corners) == 4:
            return _clockwise(corners)
        if len(corners) < 4:
            return _clockwise(cv2.boxPoints(cv2.minAreaRect(hull)).astype(np.float64))
    return _clockwise(cv2.boxPoints(cv2.minAreaRect(hull)).astype(np.float64))


def _clockwise(corners: Points) -> Points:
    """The corners in clockwise order (y down)."""
    middle = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    return np.asarray(corners[np.argsort(angles)])


def _lay_page(page: PageLayout, quads: Sequence[Points], ink: Grey) -> Iterator[Homography]:
    """Every way to lay a page so that one of its tables covers one of the nets, or its squares the squares seen."""
    for table in tables_of(page.rules):
        corners = corners_of(table)
        for quad in quads:
            for turn in range(4):
                turned = np.roll(quad, turn, axis=0)
                if _alike(table, turned):
                    yield _through(corners, turned)
    if len(page.squares) == 4:
        seen = _find_squares(ink, page)
        if seen is not None:
            printed = np.array([page.squares[corner] for corner in ("TL", "TR", "BR", "BL")])
            for turn in range(4):
                yield _through(printed, np.roll(seen, turn, axis=0))


def _through(page: Points, seen: Points) -> Homography:
    return np.asarray(cv2.getPerspectiveTransform(page.astype(np.float32), seen.astype(np.float32)), dtype=np.float64)


def _alike(table: Rect, quad: Points) -> bool:
    """May the table look like this: are its sides about as long against each other?"""
    sides = np.hypot(*(np.roll(quad, -1, axis=0) - quad).T)
    if sides.min() < 8:
        return False
    wide = (table[2] - table[0]) / (table[3] - table[1])
    seen = (sides[0] + sides[2]) / (sides[1] + sides[3])
    return bool(1 / MOST_STRETCH < seen / wide < MOST_STRETCH)


@cache
def tables_of(rules: tuple[Rect, ...]) -> tuple[Rect, ...]:
    """The rectangles around rules that hang together (mm), largest first; small ones are left out."""
    group = list(range(len(rules)))
    for one, first in enumerate(rules):
        for other in range(one):
            if group[one] != group[other] and _touch(first, rules[other]):
                old, new = group[one], group[other]
                group = [new if value == old else value for value in group]
    tables = []
    for name in set(group):
        members = np.array([rule for rule, own in zip(rules, group, strict=True) if own == name])
        low, high = members[:, :2].min(axis=0), members[:, 2:].max(axis=0)
        tables.append((float(low[0]), float(low[1]), float(high[0]), float(high[1])))
    across = max(table[2] - table[0] for table in tables)
    large = [one for one in tables if one[2] - one[0] > 0.5 * across and one[3] > one[1]]
    return tuple(sorted(large, key=lambda one: -(one[2] - one[0]) * (one[3] - one[1])))


def _touch(one: Rect, other: Rect) -> bool:
    """Do two rules meet, to half a millimetre?"""
    slack = 0.5
    return (
        one[0] <= other[2] + slack
        and other[0] <= one[2] + slack
        and one[1] <= other[3] + slack
        and other[1] <= one[3] + slack
    )


def _find_squares(ink: Grey, page: PageLayout) -> Points | None:
    """The four black squares nearest the picture's corners, clockwise from the top left; None if there are not four."""
    height, width = ink.shape
    side = page.square_mm / page.size_mm[0] * min(width, height)
    kernel = np.ones((max(3, round(side * 0.55)),) * 2, np.uint8)
    solid = cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel)
    _, _, stats, centres = cv2.connectedComponentsWithStats(np.asarray(solid, np.uint8))
    fit = [
        centre
        for (_, _, w, h, area), centre in zip(stats[1:], centres[1:], strict=True)
        if 0.5 * side < w < 2 * side and 0.5 * side < h < 2 * side and area > 0.7 * w * h
    ]
    if len(fit) < 4:
        return None
    found = np.array(fit)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    nearest = [int(np.argmin(np.hypot(*(found - corner).T))) for corner in corners]
    return found[nearest] if len(set(nearest)) == 4 else None


def _glance(away: NDArray[np.float32], homography: Homography, page: PageLayout) -> float:
    """The share of the page's rule points that fall on ink; points outside the picture count a third as missed."""
    points = place_points(page.rules, GLANCE_STEP_MM).place
    with np.errstate(divide="ignore", invalid="ignore"):  # a guess may put the horizon through the page
        places = np.nan_to_num(project(homography, points), nan=-9.0, posinf=-9.0, neginf=-9.0)
    height, width = away.shape
    seen = np.rint(np.clip(places, -9.0, max(height, width) + 9.0)).astype(np.int64)
    inside = (seen[:, 0] >= 0) & (seen[:, 1] >= 0) & (seen[:, 0] < width) & (seen[:, 1] < height)
    if inside.mean() < 0.4:
        return 0.0
    near = away[seen[inside, 1], seen[inside, 0]] <= NEAR_PX
    return float(near.sum() / (inside.sum() + (~inside).sum() / 3))
