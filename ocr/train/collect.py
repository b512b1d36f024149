"""Box pictures as the reader itself cuts them, with what was written: drawn papers, photographed, registered, cut.

    python -m ocr.train.collect --split train --first 900 --papers 150 --out DIR

The drawn boxes of `batches.py` know only what `photo.py` can do to them. These have gone the whole way, so their
faults are the reader's own, and each comes with the conditions it was read under. Every paper has a hand of its own
and is written once and photographed under every tier. One file a paper in OUT; those that are there are not made again.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ocr.classify import CLASSES
from ocr.draw.clerk import EVALUATION_FAULTS
from ocr.draw.hands import Split, make_hand
from ocr.draw.photograph import Tier, photograph
from ocr.draw.tps import LAYOUT_KEY, TpsDrawing, draw_tps
from ocr.layout import load_layout
from ocr.observe import Stage, observe
from ocr.refusals import Refused
from ocr.train.arrays import Labels, Picture

TIERS: tuple[Tier, ...] = ("scan", "photo", "hard")
PAGES = (1, 2, 3)
LARGEST = (9, 99, 399)
"""Numbers are drawn up to one of these, each as often, so that leading places are empty as often as on paper."""


@dataclass(frozen=True)
class Collected:
    """Pictures (N,64,64), symbols (N,) as positions in CLASSES, and the conditions of each (N,).

    `tier` is a position in TIERS, `box_px` the width of the page's smallest box on the photograph, `sharpness` how
    dark its printed lines still are (0 to 1), `guide` whether the box has guide dots, `paper` the number of the paper
    and of its hand.
    """

    pictures: Picture
    labels: Labels
    tier: Labels
    box_px: np.ndarray
    sharpness: np.ndarray
    guide: np.ndarray
    paper: Labels

    def pick(self, mask: np.ndarray) -> Collected:
        """Those that `mask` names."""
        return Collected(*(values[mask] for values in vars(self).values()))


def collect_paper(split: Split, number: int) -> Collected:
    """All boxes of one paper under every tier; pages that the reader refuses are left out."""
    rng = np.random.default_rng((number, 17))
    names = [field.name for page in load_layout(LAYOUT_KEY).pages.values() for field in page.fields]
    values = {name: int(rng.integers(0, 1 + rng.choice(LARGEST))) for name in names}
    hand = make_hand(split, number)
    drawing = draw_tps(values, seed=number, split=split, faults=EVALUATION_FAULTS, pages=PAGES, hand=hand)
    seen = [_see(drawing, page, tier, rng) for tier in range(len(TIERS)) for page in PAGES]
    return join([replace_paper(part, number) for part in seen if part is not None])


def _see(drawing: TpsDrawing, page: int, tier: int, rng: np.random.Generator) -> Collected | None:
    stages: dict[str, Stage] = {}
    data = photograph(drawing.pages[page], TIERS[tier], rng)
    try:
        observation = observe(data, lambda stage: stages.update({stage.name: stage}))
    except Refused:
        return None
    views, pictures = observation.registration.fields, stages["4-boxes"].boxes
    assert pictures is not None, "the stage of the boxes holds them"
    symbols = "".join(drawing.truth[page].fields[view.field.name].digits for view in views)
    count = len(symbols)
    every = Collected(
        pictures=pictures,
        labels=np.array([CLASSES.index(symbol) for symbol in symbols], dtype=np.int64),
        tier=np.full(count, tier),
        box_px=np.full(count, observation.quality.box_px, dtype=np.float32),
        sharpness=np.full(count, observation.quality.sharpness, dtype=np.float32),
        guide=np.array([box.guide for view in views for box in view.field.boxes]),
        paper=np.zeros(count, dtype=np.int64),
    )
    return every.pick(np.array([view.found for view in views for _ in view.field.boxes]))


def replace_paper(part: Collected, number: int) -> Collected:
    """The same boxes as those of another paper."""
    return Collected(**{**vars(part), "paper": np.full(len(part.labels), number)})


def join(parts: list[Collected]) -> Collected:
    """All boxes of several papers."""
    columns: Mapping[str, list[np.ndarray]] = {name: [vars(part)[name] for part in parts] for name in vars(parts[0])}
    return Collected(**{name: np.concatenate(values) for name, values in columns.items()})


def load_collected(folder: Path) -> Collected:
    """Everything that was collected into a folder."""
    return join(list(_load_papers(folder)))


def _load_papers(folder: Path) -> Iterator[Collected]:
    for path in sorted(folder.glob("paper-*.npz")):
        with np.load(path, allow_pickle=False) as file:
            yield Collected(**{name: file[name] for name in Collected.__annotations__})


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m ocr.train.collect", description="Collect boxes of drawn papers.")
    parser.add_argument("--split", choices=("train", "evaluation"), required=True)
    parser.add_argument("--first", type=int, required=True, help="number of the first paper and its hand")
    parser.add_argument("--papers", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    for number in range(options.first, options.first + options.papers):
        path = options.out / f"paper-{number:07d}.npz"
        if not path.exists():
            new = path.with_suffix(".new.npz")
            np.savez_compressed(new, **vars(collect_paper(options.split, number)))
            new.replace(path)
            print(path.name, flush=True)


if __name__ == "__main__":
    main()
