"""Do two photographs show one sheet of paper, but for a few boxes? Pure; compares handwriting, reads no number.

Every box of a form is cut from both photographs' pictures of its field, laid over the other by a small shift, and
compared by normalised correlation: the same stroke of the same pen correlates whatever the light and the camera; the
same number in another hand, or on another copy of the form, hardly does. Where nearly all boxes with ink show the same
writing, the paper is the same; a box that then shows other writing was changed between the two photographs, or in
one of the pictures. That is a finding for a person to look at, not a verdict. Errs towards silence: boxes that are
nearly blank or blurred say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.covering import crop_area
from ocr.layout import load_layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ocr.layout import Field, PageLayout, Rect

    Floats = NDArray[np.float32]

PX_PER_MM = 4.0
REACH_MM = 1.2
"""So far a box may have drifted between the two straightened pictures."""
INSET = 0.14
"""Of a box's side, cut off all around: its printed frame."""
BLUR_PX = 1.2

INK_MIN = 0.045
"""Mean darkness (0..1) of a box that holds writing; guide dots and paper alone stay below."""
SAME_MIN = 0.85
"""Correlation from which two boxes show the same writing. On drawn papers photographed twice it was 0.89 at least; the
same number by another hand reached it in one box of twenty."""
OTHER_MAX = 0.78
"""Correlation below which they show other writing: 27 of 28 digits that were changed afterwards."""
BELOW_USUAL = 0.12
"""So far it must also lie below the page's median: a blurred photograph correlates less everywhere."""
SAME_PAPER_MIN = 0.70
"""Part of the inked boxes that must show the same writing before anything is said."""
INKED_MIN = 6
ALTERED_MAX = 4
"""More boxes that differ are two papers, or one that was photographed half written."""


@dataclass(frozen=True)
class BoxLikeness:
    """One box on both photographs. ``alike``: correlation, -1..1; ``ink``: darkness in the one and in the other."""

    field: str
    place: int
    alike: float
    ink: tuple[float, float]

    @property
    def inked(self) -> bool:
        """Tell whether both hold writing."""
        return min(self.ink) >= INK_MIN

    def is_other(self, usual: float) -> bool:
        """Tell whether they show different writing, or one of them none at all; ``usual``: the page's correlation."""
        if self.inked:
            return self.alike <= min(OTHER_MAX, usual - BELOW_USUAL)
        return max(self.ink) >= 2 * INK_MIN and min(self.ink) < INK_MIN / 2


@dataclass(frozen=True)
class PageLikeness:
    """What two photographs of one page have in common. ``altered``: fields of boxes that differ on the same paper."""

    boxes: tuple[BoxLikeness, ...]

    @property
    def usual(self) -> float:
        """Return the median correlation of the boxes with ink; 0 where too few hold any."""
        inked = [one.alike for one in self.boxes if one.inked]
        return median(inked) if len(inked) >= INKED_MIN else 0.0

    @property
    def same_share(self) -> float:
        """Return the part (0..1) of the inked boxes that show the same writing; 0 where too few hold any."""
        inked = [one.alike for one in self.boxes if one.inked]
        return sum(alike >= SAME_MIN for alike in inked) / len(inked) if len(inked) >= INKED_MIN else 0.0

    @property
    def same_paper(self) -> bool:
        """Tell whether nearly all writing is the same."""
        return self.same_share >= SAME_PAPER_MIN

    @property
    def altered(self) -> tuple[str, ...]:
        """Return the fields that differ on what is otherwise the same paper; none where it is not, or too much does."""
        other = [one for one in self.boxes if one.is_other(self.usual)]
        if not self.same_paper or not 1 <= len(other) <= ALTERED_MAX:
            return ()
        return tuple(dict.fromkeys(one.field for one in other))


def compare_pages(layout_key: str, page: int, ours: Mapping[str, bytes], theirs: Mapping[str, bytes]) -> PageLikeness:
    """Compare two photographs of one page by the pictures of their fields (JPEG, as ``covering`` cuts them).

    Fields that only one of them has are passed over. Raises nothing: what cannot be decoded says nothing.
    """
    sheet = load_layout(layout_key).pages[page]
    boxes = [
        one
        for field in sheet.fields
        if field.name in ours and field.name in theirs
        for one in _compare_field(field, sheet, ours[field.name], theirs[field.name])
    ]
    return PageLikeness(tuple(boxes))


def find_altered(layout_key: str, page: int, ours: Mapping[str, bytes], theirs: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the fields that differ on what is otherwise one sheet; see :func:`compare_pages`."""
    return compare_pages(layout_key, page, ours, theirs).altered


def _compare_field(field: Field, sheet: PageLayout, ours: bytes, theirs: bytes) -> Sequence[BoxLikeness]:
    area = crop_area(field, sheet)
    first, second = _open_ink(ours, area), _open_ink(theirs, area)
    if first is None or second is None:
        return ()
    return [_compare_box(field.name, place, box.rect, area, (first, second)) for place, box in enumerate(field.boxes)]


def _open_ink(data: bytes, area: Rect) -> Floats | None:
    """Return how dark the picture of a field is against its own paper, 0..1, at :data:`PX_PER_MM`."""
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        return None
    size = (round((area[2] - area[0]) * PX_PER_MM), round((area[3] - area[1]) * PX_PER_MM))
    even = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    paper = cv2.GaussianBlur(cv2.dilate(even, np.ones((15, 15), np.uint8)), (0, 0), 9)
    ink = np.clip(1 - even / np.maximum(paper, 1), 0, 1)
    return np.asarray(cv2.GaussianBlur(ink, (0, 0), BLUR_PX), dtype=np.float32)


def _compare_box(field: str, place: int, rect: Rect, area: Rect, ink: tuple[Floats, Floats]) -> BoxLikeness:
    """Lay the inside of a box in the one picture over the neighbourhood of the same box in the other, both ways round.

    The larger of the two correlations counts: a frame that the one crop cuts into disturbs one way only.
    """
    inside, around = _cut(rect, area, -INSET * (rect[2] - rect[0])), _cut(rect, area, REACH_MM)
    insides = [one[inside] for one in ink]
    alike = max(
        float(cv2.matchTemplate(ink[1 - which][around], insides[which], cv2.TM_CCOEFF_NORMED).max()) for which in (0, 1)
    )
    darkness = (float(insides[0].mean()), float(insides[1].mean()))
    return BoxLikeness(field, place, alike if np.isfinite(alike) else 0.0, darkness)


def _cut(rect: Rect, area: Rect, margin: float) -> tuple[slice, slice]:
    """Return rows and columns of a rectangle (mm) with a margin on all sides, in the picture of ``area``."""
    left, top, right, bottom = (
        round(max(0.0, value) * PX_PER_MM)
        for value in (
            rect[0] - area[0] - margin,
            rect[1] - area[1] - margin,
            rect[2] - area[0] + margin,
            rect[3] - area[1] + margin,
        )
    )
    return slice(top, bottom), slice(left, right)
