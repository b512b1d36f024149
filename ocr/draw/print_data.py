"""Reading the data files of `ocr/draw/prints`: all positions are millimetres from the page's top-left corner."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from ocr.layout_node import Point, Rect


@dataclass(frozen=True)
class Text:
    """Words from `left` to `right` on a baseline; `capital_mm` is the height of a capital letter."""

    words: str
    left: float
    right: float
    baseline: float
    capital_mm: float
    style: frozenset[str]


@dataclass(frozen=True)
class Rule:
    """A printed line along its centre, with its width and its grey (0 black)."""

    ends: Rect
    width_mm: float
    grey: int


@dataclass(frozen=True)
class Dots:
    """A dotted line to write on."""

    left: float
    right: float
    height: float
    step_mm: float
    diameter_mm: float


@dataclass(frozen=True)
class Disc:
    """The sample bubbles of the instruction: a circle, or a black disc."""

    centre: Point
    radius_mm: float
    black: bool


@dataclass(frozen=True)
class TallyGrid:
    """The squares in which one field's votes are struck, five to a square, and the boxes for each row's sum."""

    field: str
    rect: Rect
    rows: int
    columns: int
    totals: Rect


@dataclass(frozen=True)
class PagePrint:
    """One page. `words` are the areas where a field's number is spelled out, `place` where the header is filled in.

    `date` are the boxes of day, month and year, `settled` where the place of settling is written, if the page has them.
    """

    rules: tuple[Rule, ...]
    texts: tuple[Text, ...]
    dots: tuple[Dots, ...]
    discs: tuple[Disc, ...]
    tallies: tuple[TallyGrid, ...]
    words: Mapping[str, Rect]
    place: Mapping[str, Point]
    emblem: Rect
    kpps: Rect
    saksi: Rect
    date: tuple[Rect, ...]
    settled: Rect | None


@cache
def load_print(key: str) -> Mapping[int, PagePrint]:
    """The pages of the form whose layout has this key."""
    data = json.loads(resources.files("ocr.draw.prints").joinpath(f"{key}.json").read_bytes())
    return MappingProxyType({int(number): _page(page) for number, page in data["pages"].items()})


def _page(data: dict[str, Any]) -> PagePrint:
    return PagePrint(
        rules=tuple(
            Rule((left, top, right, bottom), width, grey) for left, top, right, bottom, width, grey in data["rules"]
        ),
        texts=tuple(_text(text) for text in data["texts"]),
        dots=tuple(Dots(*dots) for dots in data["dots"]),
        discs=tuple(Disc((x, y), radius, bool(black)) for x, y, radius, black in data["discs"]),
        tallies=tuple(_tally(tally) for tally in data["tallies"]),
        words=MappingProxyType({words["field"]: _rect(words["rect_mm"]) for words in data["words"]}),
        place=MappingProxyType({name: (point[0], point[1]) for name, point in data["place"].items()}),
        emblem=_rect(data["emblem_mm"]),
        kpps=_rect(data["kpps_mm"]),
        saksi=_rect(data["saksi_mm"]),
        date=tuple(_rect(box) for box in data["date_mm"]),
        settled=_rect(data["settled_mm"]) if data["settled_mm"] else None,
    )


def _text(data: list[Any]) -> Text:
    words, left, right, baseline, capital_mm, style = data
    return Text(words, left, right, baseline, capital_mm, frozenset(style.split()))


def _tally(data: dict[str, Any]) -> TallyGrid:
    return TallyGrid(data["field"], _rect(data["rect_mm"]), data["rows"], data["columns"], _rect(data["totals_mm"]))


def _rect(edges: list[float]) -> Rect:
    left, top, right, bottom = edges
    return left, top, right, bottom
