"""Does the printed grid stand where the registration says? The check after the fit, by other means than the fit.

A line fitted to lines finds some line everywhere. Here every edge of every box has to be there along most of its
length, as dark as its like on the same page; fields lie from where the markers put them as far as their neighbours do;
and no printed row may be left over beside a field that was not found, for then all of them may be one row off.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.plane import Grey, Homography, Points, corners_of, flatten, project, shift_page
from ocr.snap_boxes import FOUND_SHARE, SEARCH_MM, FieldView, Floats, darkness, field_area, frame_template, snap_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout import Field, PageLayout, Rect

MET_LIFT = 0.4
"""A border point counts when it is so dark, as a share of what is usual on this page for lines that run as it does."""

LEAST_LIFT = 0.025
"""Lines that are usually fainter than this (darkness above the paper beside) prove nothing: shaken beyond use."""

CLEAR_SHARE, CLEAR_NEEDED = 0.93, 0.8
"""Where half of the page's boxes have so much of every edge, all must have nearly as much: a pen across one takes more.
On good drawn photographs the worst edge of 672 fields had 0.86, on hard ones of such pages one field in 600 less."""

SMEARED = 0.5
"""Lines with less than this share of the darkness of those that run the other way: the camera moved across them."""

NEIGHBOUR_MM = 1.2
NEIGHBOUR_SLOPE = 0.035
"""Two fields may lie so differently from where they are expected: paper that curls at most, per mm between them."""

ASTRAY_MM = 34.0
"""How far around a missing field its printed frame is looked for: more than any two rows of a form are apart."""

MANY_MISSING, FAR_ASTRAY_MM = 1 / 3, 80.0
"""With such a share of the fields missing, a frame where no field belongs is also looked for beside those found, as far
as two columns are apart: a table printed one column further left lets most fields meet their neighbours' boxes."""

ASTRAY_PX_PER_MM = 2.0
ASTRAY_SHARE = 0.7
"""A frame found elsewhere counts when so much of its borders was met."""


def check_borders(views: Sequence[FieldView]) -> tuple[FieldView, ...]:
    """The views with `border_shares` judged anew: of each box's worst edge, the share that is really there.

    A blurred picture is held against itself: lines along which the camera moved stay dark, those across fade together.
    """
    usual = usual_lift(views)
    if usual is None:
        return tuple(views)
    least = np.maximum(MET_LIFT * usual, LEAST_LIFT * MET_LIFT)[None, :, None]
    shares = [_worst((view.lifts >= least).mean(axis=2), usual) for view in views]
    needed = CLEAR_NEEDED if np.median(np.concatenate(shares)) >= CLEAR_SHARE else FOUND_SHARE
    return tuple(
        replace(view, border_shares=tuple(float(share) for share in one), needed=needed)
        for view, one in zip(views, shares, strict=True)
    )


def _worst(shares: Floats, usual: Floats) -> Floats:
    """For each box the share (boxes, 4 edges) of its worst edge.

    Where the camera moved across the upright lines they are smeared, and the place of a field along the movement is
    known to a millimetre or two only: then one of the two smeared edges is enough, beside both sharp ones.
    """
    shares = np.where(usual >= LEAST_LIFT, shares, 0.0)
    pairs = []
    for own, other in ((0, 2), (2, 0)):
        both = shares[:, [own, own + 1]]
        smeared = usual[own] < SMEARED * usual[other]
        pairs.append(both.max(axis=1) if smeared else both.min(axis=1))
    return np.asarray(np.minimum(*pairs), dtype=np.float64)


def usual_lift(views: Sequence[FieldView]) -> Floats | None:
    """The usual darkness of upright and level lines, for the four edges (left, right, top, bottom) of a box."""
    if any(view.lifts.size == 0 for view in views):
        return None
    lifts = np.concatenate([view.lifts for view in views])
    upright, level = (float(np.median(lifts[:, edges])) for edges in ([0, 1], [2, 3]))
    return np.array([upright, upright, level, level])


def mark_outliers(views: Sequence[FieldView]) -> tuple[FieldView, ...]:
    """Fields that lie otherwise than most of their neighbours are not where they seem: they count as not found."""
    found = [view for view in views if view.found]
    return tuple(_lost(view) if view.found and _is_outlier(view, found) else view for view in views)


def _is_outlier(view: FieldView, found: Sequence[FieldView]) -> bool:
    """Does the field's shift disagree with more than half of the others'?"""
    others = [one for one in found if one is not view]
    apart = [float(np.hypot(*(middle_of(view.field) - middle_of(one.field)))) for one in others]
    shifts = [float(np.hypot(*(view.shift_mm - one.shift_mm))) for one in others]
    odd = [shift > NEIGHBOUR_MM + NEIGHBOUR_SLOPE * far for shift, far in zip(shifts, apart, strict=True)]
    return 2 * sum(odd) > len(others)


def _lost(view: FieldView) -> FieldView:
    return replace(view, border_shares=(0.0,) * len(view.border_shares))


def find_astray(grey: Grey, homography: Homography, views: Sequence[FieldView]) -> FieldView | None:
    """A field that was not found, whose frame is printed elsewhere nearby, at a place that no found field explains.

    Then the paper is not as the form has it (folded, glued, another edition), and a field that was found may well be
    the row above it.
    """
    missing = [view for view in views if not view.found]
    found = [view for view in views if view.found]
    taken = [_place_of(view) for view in found]
    astray = _first_astray(grey, homography, missing, taken, ASTRAY_MM)
    if astray is None and len(missing) >= MANY_MISSING * len(views):
        expected = [field_area(view.field.boxes, SEARCH_MM) for view in missing]
        return _first_astray(grey, homography, found, [*taken, *expected], FAR_ASTRAY_MM)
    return astray


def _first_astray(
    grey: Grey, homography: Homography, views: Sequence[FieldView], taken: Sequence[Rect], reach_mm: float
) -> FieldView | None:
    """The first of the fields whose frame is printed once more within reach, outside the places taken."""
    for view in views:
        shift = _find_far(grey, homography, view.field, taken, reach_mm)
        there = snap_from(grey, shift_page(homography, shift), view.field)
        away = there.shift_mm + shift
        if np.hypot(*away) > SEARCH_MM and min(there.border_shares) >= ASTRAY_SHARE:
            return replace(there, shift_mm=away)
    return None


def _place_of(view: FieldView) -> Rect:
    """Where on the flat page (mm) a found field's boxes stand."""
    left, top, right, bottom = field_area(view.field.boxes, 1.5)
    dx, dy = view.shift_mm
    return left + dx, top + dy, right + dx, bottom + dy


def _find_far(grey: Grey, homography: Homography, field: Field, taken: Sequence[Rect], reach_mm: float) -> Points:
    """The shift (mm) within reach where the field's frame fits best, places taken by others left out."""
    px = ASTRAY_PX_PER_MM
    template = frame_template(field.boxes, px)
    area = field_area(field.boxes, reach_mm)
    dark = darkness(flatten(grey, homography, area, px), px).astype(np.float32)
    for rect in taken:
        left, top, right, bottom = (round(edge) for edge in (np.array(rect) - [*area[:2], *area[:2]]) * px)
        dark[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = 0.0
    scores = cv2.matchTemplate(dark, template, cv2.TM_CCORR)
    row, column = divmod(int(np.argmax(scores)), scores.shape[1])
    return np.array([column - (scores.shape[1] - 1) / 2, row - (scores.shape[0] - 1) / 2]) / px


def is_outside(shape: tuple[int, ...], view: FieldView) -> bool:
    """Does a box of the field lie outside the photograph (height, width), if only in part?"""
    height, width = shape[:2]
    corners = project(view.homography, np.concatenate([corners_of(box.rect) for box in view.field.boxes]))
    return bool(np.any(corners < 0.0) or np.any(corners[:, 0] > width - 1) or np.any(corners[:, 1] > height - 1))


def visible_share(shape: tuple[int, ...], homography: Homography, page: PageLayout) -> float:
    """The share of what the page's markers enclose that lies inside the photograph (height, width)."""
    height, width = shape[:2]
    quad = project(homography, corners_of(page.frame)).astype(np.float32)
    picture = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    common, _ = cv2.intersectConvexConvex(quad, picture)
    return float(common) / max(1.0, float(cv2.contourArea(quad)))


def middle_of(field: Field) -> Points:
    """The middle of all boxes (mm)."""
    left, top, right, bottom = field_area(field.boxes, 0.0)
    return np.array([(left + right) / 2, (top + bottom) / 2])
