"""The papers of one polling station: numbers that belong together, and the mistakes clerks make, drawn with the truth.

The truth is what the paper shows, not what it should show: a reader is right when he reads what is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr.draw.clerk import Faults, fill_in
from ocr.draw.hands import Split, Writer, make_hand
from ocr.draw.page import draw_page
from ocr.draw.votes import draw_votes
from ocr.draw.written import Place, Written
from ocr.layout import Layout, load_layout

Picture = NDArray[np.uint8]

LAYOUT_KEY = "c_hasil_ppwp_2024"
_HANDS = 100_000_000
_STREAMS = {"plan": 1, "draw": 2}  # pages are drawn from chance of their own: page 3 looks the same with or without 2


@dataclass(frozen=True)
class FieldTruth:
    """One field as the paper shows it: its number, a symbol a box, its blackened bubbles (None: there are none).

    `corrected`: "overwritten" (one digit), "struck" (the number stands beside its boxes, which hold another) or "".
    """

    value: int | None
    digits: str
    bubbles: str | None
    corrected: str = ""


@dataclass(frozen=True)
class PageTruth:
    """What a reader should find on one page."""

    page: int
    fields: Mapping[str, FieldTruth]

    def to_json(self) -> dict[str, Any]:
        fields = {
            name: {"value": truth.value, "digits": truth.digits, "bubbles": truth.bubbles}
            for name, truth in self.fields.items()
        }
        return {"page": self.page, "fields": fields}


@dataclass(frozen=True)
class TpsDrawing:
    """The drawn pages (BGR) of one polling station and their truth, by page number, and who wrote them."""

    pages: Mapping[int, Picture]
    truth: Mapping[int, PageTruth]
    hand: Writer


def draw_tps(
    values: Mapping[str, int] | None,
    *,
    seed: int,
    split: Split,
    faults: Faults | None = None,
    place: Place | None = None,
    pages: Sequence[int] = (2, 3),
    hand: Writer | None = None,
    px_per_mm: float = 4.0,
    signed: bool = True,
) -> TpsDrawing:
    """The C.HASIL-PPWP pages of one polling station.

    `values` are the numbers the clerk means to write, by field name; drawn with `draw_votes` if None, and fields that
    are left out stay empty. `faults` are the chances of his mistakes (none by default). `hand` is drawn from `split` if
    not given. `signed`: names and signatures, the last things drawn on a page. Everything follows from `seed`.
    """
    layout = load_layout(LAYOUT_KEY)
    rng = np.random.default_rng((seed, _STREAMS["plan"]))
    meant = draw_votes(rng) if values is None else values
    writer = hand or make_hand(split, int(rng.integers(_HANDS)))
    written = fill_in(layout, meant, faults or Faults(), rng)
    pictures = {}
    for page in pages:
        here = {field.name: written[field.name] for field in layout.pages[page].fields if field.name in written}
        chance = np.random.default_rng((seed, _STREAMS["draw"], page))
        pictures[page] = draw_page(
            layout, page, here, hand=writer, place=place, rng=chance, px_per_mm=px_per_mm, signed=signed
        )
    return TpsDrawing(pictures, {page: _truth(layout, page, written) for page in pages}, writer)


def _truth(layout: Layout, page: int, written: Mapping[str, Written]) -> PageTruth:
    fields = {}
    for field in layout.pages[page].fields:
        shown = written.get(field.name, Written("_" * len(field.boxes)))
        fields[field.name] = FieldTruth(shown.value, shown.symbols, shown.marks, _correction(shown))
    return PageTruth(page, fields)


def _correction(written: Written) -> str:
    if written.struck:
        return "struck"
    return "overwritten" if any(written.corrected) else ""
