"""From a photograph to a registered page: tag, markers, homography, boxes; or a refusal.

Nothing is believed until the printed structure says so: a set of markers counts only when the boxes it predicts are
really printed there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.check_grid import check_borders, find_astray, is_outside, mark_outliers, visible_share
from ocr.find_markers import MarkerSet, find_marker_sets, tag_miss
from ocr.plane import Grey, Homography, Points, corners_of, fit_homography, project, scale_near
from ocr.refusals import Refused
from ocr.snap_boxes import FieldView, snap_field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.decode import Scales
    from ocr.find_tag import SeenTag
    from ocr.layout import Layout, PageLayout

FINDING_SIDE = 1600
MIN_BOX_PX = 13.0
LEAST_VISIBLE = 0.85
"""Of what the markers enclose: a page may run out of the picture by a margin; half a page is refused, however clear."""

WHOLE_MARKERS = 4
LEAST_FOR_REFIT = 2
REFIT_MM = 3.0
"""Boxes and markers that lie further off than this have nothing to say about the page's view."""


@dataclass(frozen=True)
class Registration:
    """A page found in a photograph. `homography` maps page mm to pixels and is that of a flat sheet.

    `quarter_turns`: how often the photograph must be turned by 90 degrees clockwise for the page to stand upright.
    """

    layout: Layout
    page: PageLayout
    homography: Homography
    markers: dict[str, Points]
    tag_corners: Points
    tag_miss_mm: float
    fields: tuple[FieldView, ...]
    box_px: float
    quarter_turns: int

    @property
    def residual_px(self) -> float:
        """The worst field's border residual, in pixels of the photograph."""
        width = self.page.fields[0].boxes[0].rect[2] - self.page.fields[0].boxes[0].rect[0]
        return max(view.residual_mm for view in self.fields) * self.box_px / width


def register(scales: Scales, tag: SeenTag) -> Registration:
    """Register the page of `tag`. Raises `Refused`, whose code says what is wrong."""
    small, scale = scales.at(FINDING_SIDE)
    reduced = replace(tag, corners=(tag.corners + 0.5) * scale - 0.5)
    best = _register_by(scales.grey, tag, find_marker_sets(small, reduced), scale)
    if best is None or (len(best.markers) == WHOLE_MARKERS and _is_poor(best)):
        fewer = _register_by(scales.grey, tag, find_marker_sets(small, reduced, most=WHOLE_MARKERS - 1), scale)
        best = max((one for one in (best, fewer) if one), key=_count_found, default=None)
    if best is None:
        raise _refuse("markers_missing", "no set of corner markers fits the tag", tag)
    if best.box_px < MIN_BOX_PX:
        raise _refuse("too_blurred", f"a digit box is {best.box_px:.0f} pixels wide", tag)
    visible = visible_share(scales.grey.shape, best.homography, best.page)
    if visible < LEAST_VISIBLE:
        raise _refuse("half_page", f"{visible:.0%} of the page is in the picture", tag)
    if not all(view.found for view in best.fields):
        _check_missing(scales.grey, tag, best)
    return best


def _register_by(grey: Grey, tag: SeenTag, sets: Sequence[MarkerSet], scale: float) -> Registration | None:
    """The first of these choices of markers with which every box is met, or else the best."""
    tried = []
    for chosen in sets:
        one = _try_markers(grey, tag, chosen, scale)
        checked = replace(one, fields=mark_outliers(check_borders(one.fields)))
        if _count_found(checked) == len(checked.fields):
            return _refit_on_boxes(grey, tag, checked)
        tried.append((_share_met(one.fields), checked))
    if not tried:
        return None
    return _refit_on_boxes(grey, tag, max(tried, key=lambda one: one[0])[1])


def _count_found(registration: Registration) -> int:
    return sum(view.found for view in registration.fields)


def _is_poor(registration: Registration) -> bool:
    """Were no more than half of the fields found?"""
    return 2 * _count_found(registration) <= len(registration.fields)


def _refit_on_boxes(grey: Grey, tag: SeenTag, first: Registration) -> Registration:
    """With a marker lost the far end of the page is a guess: boxes that were met say better where the rest lies.

    What seemed to be a marker may be none, so points that do not agree are left out.
    """
    met = [view for view in first.fields if view.found]
    if len(first.markers) == WHOLE_MARKERS or len(met) < LEAST_FOR_REFIT:
        return first
    corners = [np.concatenate([corners_of(box.rect) for box in view.field.boxes]) for view in met]
    boxes = [project(view.homography, points) for view, points in zip(met, corners, strict=True)]
    markers = np.array([first.page.markers[corner] for corner in first.markers])
    page = np.concatenate([markers, tag.page_points, *corners])
    seen = np.concatenate([np.array(list(first.markers.values())), tag.corners, *boxes])
    near = REFIT_MM * scale_near(first.homography, page.mean(axis=0))
    fitted, _ = cv2.findHomography(page, seen, cv2.RANSAC, near)
    if fitted is None:
        return first
    homography = np.asarray(fitted, dtype=np.float64)
    again = _snap_all(grey, tag, homography, first.markers)
    again = replace(again, fields=mark_outliers(check_borders(again.fields)))
    return max(again, first, key=_count_found)


def _check_missing(grey: Grey, tag: SeenTag, best: Registration) -> None:
    """Some fields may be covered, and are left open then; but not be outside the picture, nor printed elsewhere."""
    missing = [view for view in best.fields if not view.found]
    if len(best.markers) < WHOLE_MARKERS:
        detail = f"{len(best.markers)} markers, and {len(missing)} of {len(best.fields)} fields not found"
        raise _refuse("markers_missing", detail, tag)
    outside = [view.field.name for view in missing if is_outside(grey.shape, view)]
    if outside:
        raise _refuse("half_page", f"{', '.join(outside)} outside the picture", tag)
    if _is_poor(best):
        raise _refuse("registration_failed", f"{len(missing)} of {len(best.fields)} fields were not found", tag)
    astray = find_astray(grey, best.homography, best.fields)
    if astray is not None:
        far = float(np.hypot(*astray.shift_mm))
        raise _refuse("boxes_displaced", f"the boxes of {astray.field.name} are {far:.0f} mm off", tag)


def _refuse(code: str, detail: str, tag: SeenTag) -> Refused:
    return Refused(code, detail, form=tag.layout.form, page=tag.page.number)


def _try_markers(grey: Grey, tag: SeenTag, chosen: MarkerSet, scale: float) -> Registration:
    """Refine the markers in the full picture, fit, and look for the boxes."""
    rough = {corner: (point + 0.5) / scale - 0.5 for corner, point in chosen.seen.items()}
    enlarge = np.array([[1 / scale, 0.0, 0.5 / scale - 0.5], [0.0, 1 / scale, 0.5 / scale - 0.5], [0.0, 0.0, 1.0]])
    homography = enlarge @ chosen.homography
    markers = {corner: _refine_marker(grey, homography, tag.page, corner, point) for corner, point in rough.items()}
    return _snap_all(grey, tag, _fit_page(markers, tag, homography), markers)


def _snap_all(grey: Grey, tag: SeenTag, homography: Homography, markers: dict[str, Points]) -> Registration:
    """Look for every box with this view of the page."""
    views = tuple(snap_field(grey, homography, field) for field in tag.page.fields)
    box_px = min(_box_size(homography, view) for view in views)
    turns = _quarter_turns(homography, tag.page)
    miss = tag_miss(homography, tag)
    return Registration(tag.layout, tag.page, homography, markers, tag.corners, miss, views, box_px, turns)


def _refine_marker(grey: Grey, homography: Homography, page: PageLayout, corner: str, point: Points) -> Points:
    """Move to the saddle of the grey values, to a fraction of a pixel; stay if that runs away."""
    square = page.marker_square_mm * scale_near(homography, np.array(page.markers[corner]))
    half = int(np.clip(round(square * 0.55), 2, 40))
    height, width = grey.shape
    if not (half + 2 < point[0] < width - half - 3 and half + 2 < point[1] < height - half - 3):
        return point
    left, top = int(point[0]) - 3 * half, int(point[1]) - 3 * half
    left, top = max(0, left), max(0, top)
    window = np.ascontiguousarray(grey[top : top + 6 * half + 2, left : left + 6 * half + 2])
    start = (point - (left, top)).astype(np.float32).reshape(1, 1, 2)
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 0.01)
    refined = cv2.cornerSubPix(window, start, (half, half), (-1, -1), criteria).reshape(2) + np.array([left, top])
    return refined.astype(np.float64) if np.hypot(*(refined - point)) < square * 0.6 else point


def _fit_page(markers: dict[str, Points], tag: SeenTag, fallback: Homography) -> Homography:
    """Exactly through four markers; with three, the tag's corners stand in for the fourth."""
    page = np.array([tag.page.markers[corner] for corner in markers])
    seen = np.array(list(markers.values()))
    if len(markers) < WHOLE_MARKERS:
        page, seen = np.vstack([page, tag.page_points]), np.vstack([seen, tag.corners])
    fitted = fit_homography(page, seen)
    return fallback if fitted is None else fitted


def _share_met(views: tuple[FieldView, ...]) -> float:
    """The share of all border points where the printed line was met."""
    return float(np.mean([share for view in views for share in view.border_shares]))


def _box_size(homography: Homography, view: FieldView) -> float:
    """The width of the field's first box in pixels of the photograph (root of its area)."""
    left, top, right, bottom = view.field.boxes[0].rect
    return scale_near(homography, np.array([left, top])) * float(np.sqrt((right - left) * (bottom - top)))


def _quarter_turns(homography: Homography, page: PageLayout) -> int:
    """How the page's own "up" lies in the photograph, to the nearest quarter."""
    width, height = page.size_mm
    bottom, top = project(homography, np.array([[width / 2, height * 0.7], [width / 2, height * 0.3]]))
    angle = np.degrees(np.arctan2(top[0] - bottom[0], bottom[1] - top[1]))  # 0 upright, 90 top points right
    return round(float(-angle) / 90.0) % 4
