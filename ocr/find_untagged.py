"""From a photograph to a registered page that bears no tag: tables, rules, titles; or a refusal.

Rules say where the page lies and which it may be. Two forms can have the same tables, so only its title, read from the
flattened print, names it: a page whose title cannot be read is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ocr.find_tables import Guess, guess_pages, untagged_pages
from ocr.fit_rules import RuleFit, fit_rules
from ocr.plane import Homography, project, scale_near
from ocr.read_title import confirm_title
from ocr.refusals import Refused
from ocr.register import Registration
from ocr.snap_cells import snap_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.decode import Scales
    from ocr.find_tables import Untagged
    from ocr.layout import Layout, PageLayout
    from ocr.snap_boxes import FieldView

GLANCE_SIDE = 1000
FITTING_SIDE = 1800
MOST_FITS = 5
LEAST_GLANCE = 0.45
LEAST_MET = 0.68
"""Pages that are there have 0.76 and more, faint scans the least; pages laid over other forms have 0.57 at most."""

LEAST_EMPTY = 0.8
LEAST_VISIBLE = 0.55
GOOD_MET = 0.93
MIN_BOX_PX = 13.0
FOUND_SHARE = 0.5


def find_untagged(scales: Scales, pages: Sequence[Untagged] | None = None) -> Registration:
    """Register the page in the photograph. `pages`: those that it may be, all installed ones without a tag by default.

    Raises `Refused`: `no_page_tag` when no form's rules are there, `unknown_form` or `title_not_read` when the rules
    fit but the title says another thing or nothing, `registration_failed`, `too_blurred`.
    """
    candidates = untagged_pages() if pages is None else tuple(pages)
    small, scale = scales.at(GLANCE_SIDE)
    guesses = [guess for guess in guess_pages(small, candidates, MOST_FITS) if guess.glance >= LEAST_GLANCE]
    fitted = _fit_best(scales, guesses, scale)
    if fitted is None:
        raise Refused("no_page_tag", "neither a tag nor the rules of a form without one")
    guess, fit, homography = fitted
    _check_fit(guess, fit)
    confirm_title(scales.grey, homography, guess.layout, guess.page)
    views = tuple(snap_cells(scales.grey, homography, field) for field in guess.page.fields)
    return _registered(guess.layout, guess.page, homography, views)


def _fit_best(
    scales: Scales, guesses: Sequence[Guess], glance_scale: float
) -> tuple[Guess, RuleFit, Homography] | None:
    """The guess whose rules are met best, with its view in full pixels; stops at one that is good."""
    grey, scale = scales.at(FITTING_SIDE)
    best: tuple[Guess, RuleFit] | None = None
    for guess in guesses:
        fit = fit_rules(grey, rescale(guess.homography, scale / glance_scale), guess.page)
        if best is None or fit.met * fit.empty > best[1].met * best[1].empty:
            best = guess, fit
        if fit.met >= GOOD_MET:
            break
    return None if best is None else (*best, rescale(best[1].homography, 1 / scale))


def rescale(homography: Homography, factor: float) -> Homography:
    """The same view in a picture that is `factor` times as large (pixel centres at whole numbers)."""
    half = (factor - 1) / 2
    return np.asarray(np.array([[factor, 0.0, half], [0.0, factor, half], [0.0, 0.0, 1.0]]) @ homography)


def _check_fit(guess: Guess, fit: RuleFit) -> None:
    """Refuse what has some of the rules, or rules everywhere."""
    if fit.met < LEAST_MET or fit.empty < LEAST_EMPTY or fit.visible < LEAST_VISIBLE:
        raise Refused(
            "no_page_tag",
            f"nearest to page {guess.page.number} of {guess.layout.form}: {fit.met:.0%} of the rules were met, "
            f"{fit.empty:.0%} of the places beside them are empty, {fit.visible:.0%} of the page is visible",
        )


def _registered(layout: Layout, page: PageLayout, homography: Homography, views: tuple[FieldView, ...]) -> Registration:
    """The registration, if the boxes are there and large enough."""
    box_px = min(_box_px(view) for view in views)
    if box_px < MIN_BOX_PX:
        detail = f"a digit box is {box_px:.0f} pixels wide"
        raise Refused("too_blurred", detail, form=layout.form, page=page.number)
    if sum(view.found for view in views) < FOUND_SHARE * len(views):
        detail = f"{sum(view.found for view in views)} of {len(views)} fields were found"
        raise Refused("registration_failed", detail, form=layout.form, page=page.number)
    return Registration(
        layout=layout,
        page=page,
        homography=homography,
        markers={},
        tag_corners=np.empty((0, 2)),
        tag_miss_mm=0.0,
        fields=views,
        box_px=box_px,
        quarter_turns=_quarter_turns(homography, page),
    )


def _box_px(view: FieldView) -> float:
    left, top, right, bottom = view.field.boxes[0].rect
    return scale_near(view.homography, np.array([left, top])) * min(right - left, bottom - top)


def _quarter_turns(homography: Homography, page: PageLayout) -> int:
    """How often the photograph must be turned clockwise for the page to stand upright, to the nearest quarter."""
    width, height = page.size_mm
    bottom, top = project(homography, np.array([[width / 2, height * 0.7], [width / 2, height * 0.3]]))
    angle = np.degrees(np.arctan2(top[0] - bottom[0], bottom[1] - top[1]))
    return round(float(-angle) / 90.0) % 4
