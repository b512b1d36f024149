"""Photographs that nobody should read, or only in part: each with what may be said of it.

Thirty ways in which a photograph of a result sheet goes wrong, from a thumb over a box to a page glued together from
two. A reader may always refuse. What it must never do is to name a value that the photograph does not show.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ocr.draw import broken_cameras, broken_covers, broken_forms, broken_papers
from ocr.draw.broken_photo import Broken, Kind, Papers
from ocr.draw.broken_sheet import SHEET_PX_PER_MM, Sheet, lay_sheet
from ocr.draw.tps import LAYOUT_KEY, draw_tps
from ocr.layout import load_layout

__all__ = ["KINDS", "Broken", "Papers", "draw_broken", "draw_papers"]

_PAGES = (1, 2, 3)
_APART = 500_000_000
"""The second station's seed lies so far from the first one's."""

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            broken_covers.hand,
            broken_covers.pen,
            broken_covers.note,
            broken_covers.half_a_box,
            broken_covers.glare,
            broken_covers.unprinted,
            broken_covers.lost_markers,
            broken_covers.lost_tag,
            broken_covers.foreign_rows,
            broken_papers.folded_over,
            broken_papers.pleated,
            broken_papers.stitched,
            broken_papers.crumpled,
            broken_papers.curled,
            broken_papers.other_tag,
            broken_papers.other_body,
            broken_papers.shifted_table,
            broken_cameras.half_page,
            broken_cameras.too_close,
            broken_cameras.mirrored,
            broken_cameras.low_resolution,
            broken_cameras.shaken,
            broken_cameras.badly_lit,
            broken_cameras.screen,
            broken_cameras.bad_lens,
            broken_cameras.crushed,
            broken_cameras.cut_short,
            broken_cameras.two_pages,
            broken_cameras.neighbour,
            broken_forms.blank_form,
            broken_forms.foreign_tag,
            broken_forms.other_form,
            broken_forms.no_form,
        )
    }
)
"""Every way, by its name."""


def draw_papers(seed: int) -> Papers:
    """The pages of two polling stations, by hands that no training saw and without clerks' mistakes."""
    return Papers(_draw_station(seed), _draw_station(seed + _APART))


def draw_broken(kind: str, papers: Papers, seed: int) -> Broken:
    """One broken photograph of the papers; the same arguments give the same bytes."""
    if kind not in KINDS:
        raise ValueError(f"nothing is broken like {kind!r}; use one of {', '.join(KINDS)}")
    return KINDS[kind](papers, np.random.default_rng((seed, list(KINDS).index(kind))))


def _draw_station(seed: int) -> Mapping[int, Sheet]:
    layout = load_layout(LAYOUT_KEY)
    drawing = draw_tps(None, seed=seed, split="evaluation", pages=_PAGES, px_per_mm=SHEET_PX_PER_MM)
    return {
        number: lay_sheet(
            layout.pages[number],
            picture,
            {name: truth.value for name, truth in drawing.truth[number].fields.items()},
        )
        for number, picture in drawing.pages.items()
    }
