"""How well drawn and photographed papers are read: `python -m bench.ocr --papers 100 --tier photo --seed 1`.

Hands and chance are of the evaluation split: no training saw them. `--errors DIR` keeps each photograph that was
refused or misread, with a text beside it that says what was written and what was read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np

from bench.ocr.papers import Glyphs, draw_paper
from bench.ocr.score import Score, add_paper, table_of
from ocr.read import read_together


def main() -> None:
    """Draw, photograph, read, count, print."""
    options = _parse()
    cv2.setNumThreads(1)
    score, started = Score(), perf_counter()
    glyphs = _load_glyphs(options.glyphs) if options.glyphs else None
    for number in range(options.papers):
        paper = draw_paper(number, options.tier, options.seed, glyphs)
        named = [(f"{options.seed}-{number}-hal{page}", photo) for page, photo in paper.photos.items()]
        groups = [[one] for one in named] if options.each else [named]
        readings = [reading for group in groups for reading in read_together(group)]
        add_paper(score, paper, dict(zip(paper.photos, readings, strict=True)))
        if options.errors:
            _keep_errors(score, dict(named), options.errors)
        print(f"\r{number + 1} of {options.papers}, {perf_counter() - started:.0f} s", end="", file=sys.stderr)
    print(file=sys.stderr)
    alone = ", each page alone" if options.each else ""
    print(f"tier {options.tier}, seed {options.seed}, {options.papers} papers{alone}")
    for what, figure in table_of(score):
        print(f"  {what:<20} {figure}")
    for name, errors in score.errors.items():
        print(f"  {name}: {'; '.join(errors)}")


def _keep_errors(score: Score, photos: dict[str, bytes], folder: Path) -> None:
    """Write the photographs of this paper that were refused or misread."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, photo in photos.items():
        if name in score.errors:
            (folder / f"{name}.jpg").write_bytes(photo)
            (folder / f"{name}.txt").write_text("\n".join([*score.errors[name], ""]))


def _load_glyphs(path: Path) -> Glyphs:
    """An .npz file with `x` (N, 28, 28) and `y`: handwriting that nobody here drew."""
    with np.load(path) as file:
        return Glyphs(file["x"], file["y"])


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.ocr", description=__doc__)
    parser.add_argument("--papers", type=int, default=50, help="polling stations to draw, two pages each")
    parser.add_argument("--tier", choices=["scan", "photo", "hard"], default="photo")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", action="store_true", help="read every page alone, without the other page's sums")
    parser.add_argument("--errors", type=Path, help="folder for the photographs that were refused or misread")
    parser.add_argument("--glyphs", type=Path, help=".npz of digit pictures to write with, instead of drawn hands")
    return parser.parse_args()


if __name__ == "__main__":
    main()
