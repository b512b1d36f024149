"""Papers for the bench: the pages of one polling station by a hand that no training saw, with clerks' mistakes.

`ocr.draw.clerk.EVALUATION_FAULTS` says how often. Hands come from the evaluation split, or write with pictures of
digits that are given. A paper is drawn once and photographed under several tiers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ocr.draw.clerk import EVALUATION_FAULTS
from ocr.draw.hands import Hand, Writer
from ocr.draw.image_hand import ImageHand
from ocr.draw.photograph import Tier, photograph
from ocr.draw.tps import PageTruth, draw_tps

SEEDS_APART = 1_000_000
TIERS: tuple[Tier, ...] = ("scan", "photo", "hard")
PX_PER_MM = 3.2  # 2,880 pixels for a page: no tier's photographs show more of it
_CAMERA = 3
_SIGNED_EVERY = 3  # names and signatures take a third of the drawing and stand where nothing is read
_BALL, _FELT = 0.9, 1.7  # mm
_MOSTLY = 7  # of the ten digits


@dataclass(frozen=True)
class Plan:
    """What is photographed: page 1 of every `page_1_every`th paper, the hard tier of every `hard_every`th.

    Of the hard tier `hard_papers` tell enough: pages under scan and photo are what the figures need most of.
    """

    seed: int
    tiers: tuple[Tier, ...] = TIERS
    page_1_every: int = 2
    hard_every: int = 4
    hard_papers: int = 700

    def pages(self, number: int) -> tuple[int, ...]:
        """The pages of paper `number` that are photographed."""
        return (1, 2, 3) if number % self.page_1_every == 0 else (2, 3)

    def conditions(self, number: int) -> tuple[Tier, ...]:
        """The tiers paper `number` is photographed under. A tier asked for alone is never left out."""
        spare = len(self.tiers) > 1 and (number % self.hard_every or number >= self.hard_papers)
        return tuple(tier for tier in self.tiers if tier != "hard" or not spare)


@dataclass(frozen=True)
class Glyphs:
    """Pictures of single digits, uint8 (N, 28, 28) with bright ink, and their labels (N,)."""

    pictures: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Paper:
    """One polling station: what its pages show, who wrote them, and their photographs by tier and page."""

    number: int
    truth: Mapping[int, PageTruth]
    hand: str
    photos: Mapping[Tier, Mapping[int, bytes]]


def draw_paper(number: int, plan: Plan, glyphs: Glyphs | None = None) -> Paper:
    """Paper `number` of the plan; every paper has a hand and mistakes of its own."""
    own = plan.seed * SEEDS_APART + number
    hand = ImageHand(glyphs.pictures, glyphs.labels, own) if glyphs else None
    drawing = draw_tps(
        None,
        seed=own,
        split="evaluation",
        faults=EVALUATION_FAULTS,
        pages=plan.pages(number),
        hand=hand,
        px_per_mm=PX_PER_MM,
        signed=number % _SIGNED_EVERY == 0,
    )
    photos = {
        tier: {
            page: photograph(picture, tier, np.random.default_rng((own, _CAMERA, TIERS.index(tier), page)))
            for page, picture in drawing.pages.items()
        }
        for tier in plan.conditions(number)
    }
    return Paper(number, drawing.truth, describe_hand(drawing.hand), photos)


def describe_hand(writer: Writer) -> str:
    """How the writer makes digits, and with what: "segments, felt pen"."""
    pen = "ball pen" if writer.pen.width_mm < _BALL else "felt pen" if writer.pen.width_mm < _FELT else "marker"
    if not isinstance(writer, Hand):
        return f"pictures, {pen}"
    segments = sum(writer.favourites[digit][0].segment for digit in "0123456789")
    kind = "segments" if segments >= _MOSTLY else "ordinary" if segments <= 10 - _MOSTLY else "mixed"
    return f"{kind}, {pen}"
