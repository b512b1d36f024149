"""What one photograph shows by itself: the page, its boxes, its bubbles. No sums yet, no conclusions."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from ocr.classify import load_classifier
from ocr.cut_boxes import cut_boxes
from ocr.decode import Scales, decode_grey
from ocr.find_strikes import measure_strike
from ocr.find_tag import find_tags
from ocr.find_untagged import find_untagged
from ocr.look_again import look_again
from ocr.measure_stripes import measure_stripes
from ocr.plane import flatten
from ocr.read_bubbles import BubbleReading, read_bubbles
from ocr.read_cells import read_cells
from ocr.reading import Quality
from ocr.refusals import Refused
from ocr.register import Registration, register
from ocr.snap_boxes import field_area
from ocr.weigh_ink import doubt_pale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr.find_tag import SeenTag
    from ocr.plane import Grey
    from ocr.snap_boxes import FieldView

MIN_SHARPNESS = 0.07

Keep: TypeAlias = Callable[["Stage"], None]
_Row = TypeVar("_Row", np.float32, np.bool_)


@dataclass(frozen=True)
class Stage:
    """A step of the pipeline for whoever wants to look at it: `ocr.keep` draws it."""

    name: str
    grey: Grey
    tags: tuple[SeenTag, ...] = ()
    registration: Registration | None = None
    boxes: NDArray[np.uint8] | None = None
    bubbles: dict[str, BubbleReading] | None = None


@dataclass(frozen=True)
class Observation:
    """One registered page: box probabilities (n, 13) and bubbles per field, in the layout's order of fields.

    `strikes`: how dark a line through the whole field is, see `ocr.find_strikes`; fields not in it have none.
    `corrected`: fields of which boxes hold two digits and were read again (`ocr.look_again`), True for each of these.
    `stripes`: how much the bare paper sways in waves, as a share of its brightness (`ocr.measure_stripes`).
    `coarseness`: to how many grey levels the file rounded what it holds (`ocr.decode.Picture`).
    """

    registration: Registration
    size: tuple[int, int]
    shrink: int
    boxes: dict[str, NDArray[np.float32]]
    bubbles: dict[str, BubbleReading]
    quality: Quality
    ms: float
    strikes: dict[str, float] = field(default_factory=dict)
    corrected: dict[str, tuple[bool, ...]] = field(default_factory=dict)
    stripes: float = 0.0
    coarseness: float = 0.0

    def view(self, name: str) -> FieldView:
        """The field's view by its name."""
        return next(view for view in self.registration.fields if view.field.name == name)


def observe(data: bytes, keep: Keep) -> Observation:
    """The whole way of one photograph, step by step. Raises `Refused`."""
    started = time.perf_counter()
    picture = decode_grey(data)
    grey = picture.pixels
    keep(Stage("1-decoded", grey))
    scales = Scales(grey)
    tags, registration = find_page(scales)
    keep(Stage("2-tag", grey, tags=tags))
    keep(Stage("3-registered", grey, tags=tags, registration=registration))
    quality = _measure_quality(grey, registration)
    pictures = np.concatenate([cut_boxes(grey, view) for view in registration.fields])
    keep(Stage("4-boxes", grey, registration=registration, boxes=pictures))
    bubbles = read_bubbles(grey, registration)
    keep(Stage("5-bubbles", grey, registration=registration, bubbles=bubbles))
    strikes = {view.field.name: measure_strike(grey, view) for view in registration.fields}
    stripes = measure_stripes(grey, registration.homography, registration.page)
    told, again = _classify(grey, registration, pictures)
    boxes = _share_out(told, registration)
    corrected = {name: tuple(map(bool, two)) for name, two in _share_out(again, registration).items() if two.any()}
    ms = (time.perf_counter() - started) * 1000
    size = (grey.shape[1], grey.shape[0])
    return Observation(
        registration, size, picture.shrink, boxes, bubbles, quality, ms, strikes, corrected, stripes, picture.coarseness
    )


def _classify(
    grey: Grey, registration: Registration, pictures: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Probabilities (N, 13) of all boxes of the page, and which were overwritten (N,); cells are looked at twice."""
    classifier = load_classifier()
    direct = classifier.classify(pictures, registration.box_px)
    if registration.page.printed_tag:
        told, again = look_again(pictures, direct, classifier)
        return doubt_pale(told, pictures), again
    return read_cells(grey, registration, classifier, direct), np.zeros(len(direct), dtype=np.bool_)


def find_page(scales: Scales) -> tuple[tuple[SeenTag, ...], Registration]:
    """The page by its tag; where no tag is seen, by the rules and the title of a form that bears none."""
    try:
        tags = find_tags(scales)
    except Refused as refusal:
        if refusal.code != "no_page_tag":
            raise
        return (), find_untagged(scales)
    return tags, _register_one(scales, tags)


def _register_one(scales: Scales, tags: tuple[SeenTag, ...]) -> Registration:
    """Register the one page that is whole. A neighbour's tag may peep in; two whole pages are refused."""
    registered, refusals = [], []
    for tag in tags[:4]:
        try:
            registered.append(register(scales, tag))
        except Refused as refusal:
            refusals.append(refusal)
    if len(registered) > 1:
        pages = ", ".join(str(one.page.number) for one in registered)
        raise Refused("two_pages", f"pages {pages} are all there", form=registered[0].layout.form)
    if not registered:
        raise refusals[0]
    return registered[0]


def _measure_quality(grey: Grey, registration: Registration) -> Quality:
    """Figures for people and for the rule of what may be sure; refuses what is beyond reading."""
    views = registration.fields
    sharpness = float(np.median([view.line_contrast for view in views]))
    if sharpness < MIN_SHARPNESS:
        detail = f"the printed lines have {sharpness:.2f} of contrast left"
        raise Refused("too_blurred", detail, form=registration.layout.form, page=registration.page.number)
    paper = np.median(
        [np.percentile(flatten(grey, view.homography, field_area(view.field.boxes, 0.0), 1.0), 80) for view in views]
    )
    return Quality(
        sharpness=sharpness,
        box_px=registration.box_px,
        exposure=float(paper) / 255.0,
        residual_px=registration.residual_px,
        shift_mm=float(max(np.hypot(*view.shift_mm) for view in views)),
        borders=float(np.mean([share for view in views for share in view.border_shares])),
    )


def _share_out(rows: NDArray[_Row], registration: Registration) -> dict[str, NDArray[_Row]]:
    """Rows, one a box, back to their fields."""
    shared, start = {}, 0
    for view in registration.fields:
        count = len(view.field.boxes)
        shared[view.field.name] = rows[start : start + count]
        start += count
    return shared
