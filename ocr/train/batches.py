"""Batches of box pictures with the answers wanted, mixed from every source, different in every step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ocr.classify import CLASSES
from ocr.train.arrays import Ink, Labels, Picture, Targets
from ocr.train.chance import choose, happens
from ocr.train.compose import CANVAS, add_dirt, blank_box, intrude, paste, place_symbol, write_ink
from ocr.train.junk import draw_junk
from ocr.train.photo import DRAWN, REAL, Strength, pad_box, photograph_box
from ocr.train.sources import Pictures
from ocr.train.writers import Writer, Written

ONE_HOT: Targets = np.eye(len(CLASSES), dtype=np.float32)
BLANK = CLASSES.index("_")


@dataclass(frozen=True)
class Mix:
    """What share of a batch is cut-out boxes (`real`), blank ones and junk; the rest is drawn by `writer`."""

    writer: Writer
    real: Pictures | None
    real_share: float = 0.37
    blank_share: float = 0.06
    junk_share: float = 0.05
    strength: Strength = DRAWN


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
        return draw_blank(mix.writer, rng, mix.strength), ONE_HOT[BLANK]
    if kind == "junk":
        canvas, target = draw_junk(mix.writer, rng)
        return photograph_box(canvas, mix.strength, rng), target
    written = mix.writer.write(rng)
    return draw_written(written, mix.writer, rng, mix.strength), ONE_HOT[CLASSES.index(written.symbol)]


def draw_real(real: Pictures, rng: np.random.Generator) -> tuple[Picture, Targets]:
    """A cut-out box, photographed once more; each class as often as the others, rare ones a little less."""
    counts = np.bincount(real.labels, minlength=len(CLASSES))
    chances = np.sqrt(np.minimum(counts, 400))
    label = int(rng.choice(len(CLASSES), p=chances / chances.sum()))
    place = int(rng.choice(np.flatnonzero(real.labels == label)))
    return photograph_box(pad_box(real.pictures[place], rng), REAL, rng), ONE_HOT[label]


def draw_written(written: Written, others: Writer, rng: np.random.Generator, strength: Strength) -> Picture:
    """A printed box with that symbol in it, photographed; now and then with dirt or a neighbour's ink."""
    paper = blank_box(rng)
    if happens(rng, 0.08):
        paper = intrude(paper, others.write(rng).alone(), rng)
    if happens(rng, 0.1):
        paper = add_dirt(paper, others.write(rng).alone(), rng)
    ink = ink_of(written, rng)
    return photograph_box(write_ink(paper, ink, rng), strength, rng)


def ink_of(written: Written, rng: np.random.Generator) -> Ink:
    """The symbol on the canvas: where its writer put it, or anywhere plausible."""
    if written.in_place:
        return paste(written.shape, CANVAS / 2, CANVAS / 2)
    return place_symbol(written.shape, written.symbol, rng)


def draw_blank(others: Writer, rng: np.random.Generator, strength: Strength) -> Picture:
    """An unused box: clean or dirty, sometimes with a neighbour's ink at its edge."""
    paper = blank_box(rng)
    if happens(rng, 0.5):
        paper = add_dirt(paper, others.write(rng).alone(), rng)
    if happens(rng, 0.15):
        paper = intrude(paper, others.write(rng).alone(), rng)
    return photograph_box(paper, strength, rng)


def draw_set(writer: Writer, size: int, seed: int, strength: Strength) -> tuple[Picture, Labels]:
    """A fixed set to measure with: no junk, no real boxes; pictures (size,64,64) and labels (size,)."""
    readable = Mix(writer, None, junk_share=0.0, strength=strength)
    pictures, targets = draw_batch(readable, size, np.random.default_rng(seed))
    return pictures, targets.argmax(axis=1)
