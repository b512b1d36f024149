"""How often tally strokes and number words of drawn papers are read right, wrong, or not at all.

Run `python -m bench.ocr.beside --papers 15 --tier photo --seed 100`. Such readings count for nothing, whatever it says:
drawn letters are alike as no people's are.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ocr.beside import read_beside
from ocr.draw.clerk import EVALUATION_FAULTS, fill_in
from ocr.draw.hands import make_hand
from ocr.draw.page import draw_page
from ocr.draw.photograph import TIERS, photograph
from ocr.draw.spelling import spell
from ocr.draw.votes import draw_votes
from ocr.layout import load_layout

if TYPE_CHECKING:
    from ocr.beside import Beside
    from ocr.draw.photograph import Tier
    from ocr.draw.written import Written
    from ocr.layout import Layout

PAGES = (2, 3)
HANDS = 100_000_000
PX_PER_MM = 4.0
NUMBERS = {spell(number): number for number in range(1000)}


def main() -> None:
    """Draw, photograph, read, count; print a line for strokes and one for words."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=15)
    parser.add_argument("--tier", choices=sorted(TIERS), default="photo")
    parser.add_argument("--seed", type=int, default=100)
    options = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    for seed in range(options.seed, options.seed + options.papers):
        counts.update(read_paper(seed, options.tier))
    for kind in ("strokes", "words"):
        said = {verdict: count for (what, verdict), count in sorted(counts.items()) if what == kind}
        print(f"{options.tier} {kind}: {', '.join(f'{count} {verdict}' for verdict, count in said.items())}")


def read_paper(seed: int, tier: Tier) -> Iterator[tuple[str, str]]:
    """What became of everything beside the boxes of one paper: ("strokes" or "words", verdict)."""
    layout, rng = load_layout("c_hasil_ppwp_2024"), np.random.default_rng(seed)
    hand = make_hand("demo", int(rng.integers(HANDS)))
    written = fill_in(layout, draw_votes(rng), EVALUATION_FAULTS, rng)
    for page in PAGES:
        here = {field.name: written[field.name] for field in layout.pages[page].fields if field.name in written}
        paper = draw_page(layout, page, here, hand=hand, place=None, rng=rng, px_per_mm=PX_PER_MM)
        yield from _judge_page(layout, here, read_beside(photograph(paper, tier, rng)))


def _judge_page(
    layout: Layout, written: Mapping[str, Written], seen: Mapping[str, Beside]
) -> Iterator[tuple[str, str]]:
    for name, one in written.items():
        beside, field = seen.get(name), layout.field(name)
        if field.strokes:  # a tally of no votes is an empty grid
            yield "strokes", _judge(one.strokes or None, beside.strokes_value if beside else None)
        if field.words:
            yield "words", _judge(NUMBERS[one.words] if one.words else None, beside.words_value if beside else None)


def _judge(truth: int | None, said: int | None) -> str:
    """One word for what was said of what is there."""
    if said is None:
        return "silent" if truth is not None else "rightly silent"
    return "right" if said == truth else "wrong"


if __name__ == "__main__":
    main()
