"""Batches of box pictures with the answers wanted, mixed from every source, different in every step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ocr.classify import CLASSES
from ocr.train.arrays import Ink, Labels, Picture, Targets
from ocr.train.chance import choose, happens
from ocr.train.compose import CANVAS, add_dirt, blank_box, blank_cell, intrude, paste, place_symbol, write_ink
from ocr.train.junk import draw_junk
from ocr.train.photo import DRAWN, REAL, Strength, pad_box, photograph_box
from ocr.train.sources import Pictures
from ocr.train.writers import Writer, Written

ONE_HOT: Targets = np.eye(len(CLASSES), dtype=np.float32)
BLANK = CLASSES.index("_")


@dataclass(frozen=True)
class Mix:
    """What share of a batch is cut-out boxes (`real`), blank ones and junk; the rest is drawn by `writer`.

    Of the drawn ones, `cell_share` are cells of a table instead of boxes apart, and `faint_share` are written by a pen
    that hardly writes. A share of 0 takes nothing from the generator: the pictures stay what they were without it.
    """

    writer: Writer
    real: Pictures | None
    real_share: float = 0.37
    blank_share: float = 0.06
    junk_share: float = 0.05
    strength: Strength = DRAWN
    cell_share: float = 0.0
    faint_share: float = 0.0


def draw_batch(mix: Mix, size: int, rng: np.random.Generator) -> tuple[Picture, Targets]:
    """Pictures uint8 (size,64,64) and targets (size,13)."""
    drawn = [_draw_example(mix, rng) for _ in range(size)]
    return np.stack([picture for picture, _ in drawn]), np.stack([target for _, target in drawn])


def _draw_example(mix: Mix, rng: np.random.Generator) -> tuple[Picture, Targets]:
    if mix.real is not None and happens(rng, mix.real_share):
        return draw_real(mix.real, rng)
    written_share = 1 - mix.blank_share - mix.junk_share
    kind = choose(rng, {"written": written_share, "blank": mix.blank_share, "junk": mix.junk_share})
    if kind == "blank":
        return draw_blank(mix, rng), ONE_HOT[BLANK]
    if kind == "junk":
        canvas, target = draw_junk(mix.writer, rng)
        return photograph_box(canvas, mix.strength, rng), target
    written = mix.writer.write(rng)
    return draw_written(written, mix, rng), ONE_HOT[CLASSES.index(written.symbol)]


def draw_paper(mix: Mix, rng: np.random.Generator) -> Ink:
    """An empty box or cell, printed; brightness (96,96)."""
    if mix.cell_share and happens(rng, mix.cell_share):
        return blank_cell(rng)
    return blank_box(rng)


def draw_real(real: Pictures, rng: np.random.Generator) -> tuple[Picture, Targets]:
    """A cut-out box, photographed once more; each class as often as the others, rare ones a little less."""
    counts = np.bincount(real.labels, minlength=len(CLASSES))
    chances = np.sqrt(np.minimum(counts, 400))
    label = int(rng.choice(len(CLASSES), p=chances / chances.sum()))
    place = int(rng.choice(np.flatnonzero(real.labels == label)))
    return photograph_box(pad_box(real.pictures[place], rng), REAL, rng), ONE_HOT[label]


def draw_written(written: Written, mix: Mix, rng: np.random.Generator) -> Picture:
    """A printed box with that symbol in it, photographed; now and then with dirt or a neighbour's ink."""
    paper, others = draw_paper(mix, rng), mix.writer
    if happens(rng, 0.08):
        paper = intrude(paper, others.write(rng).alone(), rng)
    if happens(rng, 0.1):
        paper = add_dirt(paper, others.write(rng).alone(), rng)
    ink = ink_of(written, rng)
    faint = float(rng.uniform(0.22, 0.5)) if mix.faint_share and happens(rng, mix.faint_share) else None
    return photograph_box(write_ink(paper, ink, rng, darkness=faint), mix.strength, rng)


def ink_of(written: Written, rng: np.random.Generator) -> Ink:
    """The symbol on the canvas: where its writer put it, or anywhere plausible."""
    if written.in_place:
        return paste(written.shape, CANVAS / 2, CANVAS / 2)
    return place_symbol(written.shape, written.symbol, rng)


def draw_blank(mix: Mix, rng: np.random.Generator) -> Picture:
    """An unused box: clean or dirty, sometimes with a neighbour's ink at its edge."""
    paper, others = draw_paper(mix, rng), mix.writer
    if happens(rng, 0.5):
        paper = add_dirt(paper, others.write(rng).alone(), rng)
    if happens(rng, 0.15):
        paper = intrude(paper, others.write(rng).alone(), rng)
    return photograph_box(paper, mix.strength, rng)


def draw_set(writer: Writer, size: int, seed: int, strength: Strength) -> tuple[Picture, Labels]:
    """A fixed set to measure with: no junk, no real boxes; pictures (size,64,64) and labels (size,)."""
    return draw_readable(Mix(writer, None, strength=strength), size, seed)


def draw_readable(mix: Mix, size: int, seed: int) -> tuple[Picture, Labels]:
    """The same with the boxes and pens of `mix`."""
    readable = replace(mix, real=None, junk_share=0.0)
    pictures, targets = draw_batch(readable, size, np.random.default_rng(seed))
    return pictures, targets.argmax(axis=1)
