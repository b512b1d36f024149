"""Find the printed page tags: which form, which page, roughly where.

The detector is given the tags of the installed forms only. Three codes instead of 2,320 make it quick and leave a
stranger's pattern hardly anything to be mistaken for; the whole family is asked only to word a refusal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.layout import load_layouts
from ocr.plane import Grey, Points, corners_of
from ocr.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocr.decode import Scales
    from ocr.layout import Layout, PageLayout

FAMILIES = {"apriltag_36h10": cv2.aruco.DICT_APRILTAG_36h10}
MAX_WRONG_BITS = 3
"""The family's codes differ in 10 bits at least, so 4 could be mended; we keep one in reserve."""

MOST_OUTLINES = 1500
"""Outlines long enough to be a tag's: photographs of forms have 250 to 700. The detector compares them with each other,
and a picture of nested squares made for it would hold a reader for half a minute."""

MOST_OUTLINES_OF_ALL_SIZES = 60_000
"""Grainy photographs have up to 20,000; noise has a million."""

MOST_OUTLINES_FOR_STRANGERS = 600
MOST_SQUARES = 400

_LEAST_PERIMETER = 0.03
"""Of a tag, in longest sides of the picture."""

_THRESHOLD_CONSTANT = 7
"""Grey levels that ink is darker than its neighbourhood."""

_TRIES = ((1600, (9, 29, 10)), (2400, (13, 43, 15)), (1000, (7, 17, 5)), (4000, (21, 81, 30)))
"""Longest side in pixels, then window sizes of the adaptive threshold (first, last, step)."""


_SHARPENED = ((0.0, 2.0, 3.0), (0.5, 2.0, 3.0), (0.7, 2.0, 3.0), (1.0, 3.0, 6.0), (1.5, 2.0, 3.0))
"""What a shaken photograph is looked at again with: pixels of smoothing first (grain), of the blur that is taken away,
and how strongly. Cells of a tag are 4 mm, 5 pixels of a small photograph: smeared over 7 they run into each other."""


@dataclass(frozen=True)
class SeenTag:
    """A page tag in the photograph; `corners` are the tag's TL, TR, BR, BL as the page stands, in full pixels."""

    layout: Layout
    page: PageLayout
    corners: Points

    @property
    def page_points(self) -> Points:
        """Where the same corners are printed (mm)."""
        return corners_of(self.page.tag.rect)


def find_tags(scales: Scales) -> tuple[SeenTag, ...]:
    """Every tag of an installed form, largest first. Raises `Refused` when there is none."""
    for longest, windows in _TRIES:
        small, scale = scales.at(longest)
        if _count_outlines(small, windows[0] + windows[2]) > MOST_OUTLINES:
            raise Refused("no_page_tag", "too full of edges to be a photograph of a form")
        seen = tuple(_detect(small, scale, windows))
        if seen:
            return _largest_first(seen)
    sharpened = _detect_sharpened(scales)
    if sharpened:
        return _largest_first(sharpened)
    if _sees_stranger(scales):
        raise Refused("unknown_form", "a tag of the family, but of no installed form")
    if _sees_mirrored(scales):
        raise Refused("mirrored", "the tag of an installed form, left and right exchanged")
    raise Refused("no_page_tag", "no tag at any of the scales")


def _largest_first(seen: tuple[SeenTag, ...]) -> tuple[SeenTag, ...]:
    return tuple(sorted(seen, key=lambda tag: -cv2.contourArea(tag.corners.astype(np.float32))))


def _detect_sharpened(scales: Scales) -> tuple[SeenTag, ...]:
    """The tags of a blurred photograph with its edges drawn up; the codes are held to as many bits as elsewhere."""
    longest, windows = _TRIES[0]
    small, scale = scales.at(longest)
    for smooth, blur, gain in _SHARPENED:
        sharp = _sharpen(small, smooth, blur, gain)
        if _count_outlines(sharp, windows[0] + windows[2]) > MOST_OUTLINES:
            continue
        seen = tuple(_detect(sharp, scale, windows))
        if seen:
            return seen
    return ()


def _sharpen(small: Grey, smooth: float, blur: float, gain: float) -> Grey:
    """Unsharp masking: what a wider blur loses is added `gain` times."""
    fine = cv2.GaussianBlur(small, (0, 0), smooth) if smooth else small
    wide = cv2.GaussianBlur(small, (0, 0), blur)
    return np.asarray(cv2.addWeighted(fine, 1.0 + gain, wide, -gain, 0.0), dtype=np.uint8)


def _sees_mirrored(scales: Scales) -> bool:
    """Would there be a tag if left and right were exchanged?"""
    longest, windows = _TRIES[0]
    small, scale = scales.at(longest)
    return any(_detect(np.ascontiguousarray(small[:, ::-1]), scale, windows))


def _count_outlines(small: Grey, window: int) -> int:
    """How many outlines the detector would hold against each other; too many small ones count as too many."""
    ink = cv2.adaptiveThreshold(
        small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window | 1, _THRESHOLD_CONSTANT
    )
    outlines, _ = cv2.findContours(ink, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    if len(outlines) > MOST_OUTLINES_OF_ALL_SIZES:
        return len(outlines)
    shortest = _LEAST_PERIMETER * max(small.shape)
    return sum(len(outline) >= shortest for outline in outlines)


def _detect(small: Grey, scale: float, windows: tuple[int, int, int]) -> Iterator[SeenTag]:
    """Run the detector on one reduced copy."""
    for family in FAMILIES:
        pages = _known_pages(family)
        corners, ids, _ = cv2.aruco.ArucoDetector(_known_codes(family), _parameters(windows)).detectMarkers(small)
        if ids is None:
            continue
        for quad, index in zip(corners, ids.flatten(), strict=True):
            layout, page = pages[int(index)]
            yield SeenTag(
                layout, page, _order_corners(quad.reshape(4, 2).astype(np.float64), page.tag.quarter_turns, scale)
            )


def _order_corners(quad: Points, quarter_turns: int, scale: float) -> Points:
    """From the family's canonical corner order to the page's, and from the small copy to the full picture."""
    ordered = np.roll(quad, quarter_turns, axis=0)
    return (ordered + 0.5) / scale - 0.5


@cache
def _known_pages(family: str) -> tuple[tuple[Layout, PageLayout], ...]:
    """The pages whose tag is of this family, in the order of `_known_codes`."""
    layouts = load_layouts().values()
    return tuple(
        (layout, page)
        for layout in layouts
        for page in layout.pages.values()
        if page.printed_tag and page.tag.family == family
    )


@cache
def _known_codes(family: str) -> cv2.aruco.Dictionary:
    """A dictionary of the installed forms' tags only."""
    whole = cv2.aruco.getPredefinedDictionary(FAMILIES[family])
    ids = [page.tag.id for _, page in _known_pages(family)]
    return cv2.aruco.Dictionary(whole.bytesList[ids], whole.markerSize, MAX_WRONG_BITS)


def _parameters(windows: tuple[int, int, int]) -> cv2.aruco.DetectorParameters:
    """Small tags, a full correction rate (the dictionary already limits it), corners to a fraction of a pixel."""
    parameters = cv2.aruco.DetectorParameters()
    first, last, step = windows
    parameters.adaptiveThreshWinSizeMin = first
    parameters.adaptiveThreshWinSizeMax = last
    parameters.adaptiveThreshWinSizeStep = step
    parameters.adaptiveThreshConstant = _THRESHOLD_CONSTANT
    parameters.minMarkerPerimeterRate = _LEAST_PERIMETER
    parameters.maxMarkerPerimeterRate = 1.0
    parameters.polygonalApproxAccuracyRate = 0.05
    parameters.errorCorrectionRate = 1.0
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    parameters.cornerRefinementWinSize = 3
    return parameters


def _sees_stranger(scales: Scales) -> bool:
    """Is there a faultless tag of a known family that no installed form bears?

    Each square in the picture is held against 2,320 codes, so a picture full of squares is not asked.
    """
    small, _ = scales.at(1200)
    if _count_outlines(small, 15) > MOST_OUTLINES_FOR_STRANGERS:
        return False
    parameters = _parameters((15, 15, 10))
    parameters.errorCorrectionRate = 0.0
    for name, family in FAMILIES.items():
        squares = cv2.aruco.ArucoDetector(_known_codes(name), parameters).detectMarkers(small)[2]
        if len(squares) > MOST_SQUARES:
            continue
        detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(family), parameters)
        if detector.detectMarkers(small)[1] is not None:
            return True
    return False
