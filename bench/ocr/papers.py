"""Papers for the bench: pages 2 and 3 of one polling station by a hand that no training saw, with clerks' mistakes.

`EVALUATION_FAULTS` says how often: 3 % of sections break a sum, 4 % of fields have a wrong bubble, 10 % a missing one,
15 % an overwritten digit. Hands come from the evaluation split, or write with pictures of digits that are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ocr.draw.clerk import EVALUATION_FAULTS
from ocr.draw.image_hand import ImageHand
from ocr.draw.photograph import Tier, photograph
from ocr.draw.tps import PageTruth, draw_tps

SEEDS_APART = 1_000_000


@dataclass(frozen=True)
class Glyphs:
    """Pictures of single digits, uint8 (N, 28, 28) with bright ink, and their labels (N,)."""

    pictures: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Paper:
    """One polling station: what its pages show, and their photographs."""

    number: int
    truth: Mapping[int, PageTruth]
    photos: Mapping[int, bytes]


def draw_paper(number: int, tier: Tier, seed: int, glyphs: Glyphs | None = None) -> Paper:
    """Paper `number` of the bench's `seed`; every paper has a hand of its own."""
    own = seed * SEEDS_APART + number
    hand = ImageHand(glyphs.pictures, glyphs.labels, own) if glyphs else None
    drawing = draw_tps(None, seed=own, split="evaluation", faults=EVALUATION_FAULTS, hand=hand)
    rng = np.random.default_rng((own, 3))
    photos = {page: photograph(picture, tier, rng) for page, picture in drawing.pages.items()}
    return Paper(number, drawing.truth, photos)
