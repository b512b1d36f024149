"""From a photograph to a registered page: tag, markers, homography, boxes; or a refusal.

Nothing is believed until the printed structure says so: a set of markers counts only when the boxes it predicts are
really printed there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.check_grid import check_borders, find_astray, is_outside, mark_outliers
from ocr.find_markers import MarkerSet, find_marker_sets, tag_miss
from ocr.plane import Grey, Homography, Points, fit_homography, project, scale_near
from ocr.refusals import Refused
from ocr.snap_boxes import FieldView, snap_field

if TYPE_CHECKING:
    from ocr.decode import Scales
    from ocr.find_tag import SeenTag
    from ocr.layout import Layout, PageLayout

FINDING_SIDE = 1600
MIN_BOX_PX = 13.0
WHOLE_MARKERS = 4


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
    """Register the page of `tag`. Raises `Refused` (`markers_missing`, `registration_failed`, `too_blurred`)."""
    small, scale = scales.at(FINDING_SIDE)
    reduced = replace(tag, corners=(tag.corners + 0.5) * scale - 0.5)
    sets = find_marker_sets(small, reduced)
    if not sets:
        raise _refuse("markers_missing", "no set of corner markers fits the tag", tag)
    tried = [_try_markers(scales.grey, tag, chosen, scale) for chosen in sets]
    best = max(tried, key=lambda one: _share_met(one.fields))
    best = replace(best, fields=mark_outliers(check_borders(best.fields)))
    if best.box_px < MIN_BOX_PX:
        raise _refuse("too_blurred", f"a digit box is {best.box_px:.0f} pixels wide", tag)
    if not all(view.found for view in best.fields):
        _check_missing(scales.grey, tag, best)
    return best


def _check_missing(grey: Grey, tag: SeenTag, best: Registration) -> None:
    """Some fields may be covered, and are left open then; but not be outside the picture, nor printed elsewhere."""
    missing = [view for view in best.fields if not view.found]
    outside = [view.field.name for view in missing if is_outside(grey.shape, view)]
    if outside:
        raise _refuse("half_page", f"{', '.join(outside)} outside the picture", tag)
    if len(missing) * 2 >= len(best.fields):
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
    homography = _fit_page(markers, tag, homography)
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
