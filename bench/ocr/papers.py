"""Papers for the bench: pages 2 and 3 of one polling station by a hand that no training saw, with clerks' habits.

The habits are stated as shares: 3 % of sections break a sum, 4 % of bubble columns are wrong and 10 % are missing, 15 %
of fields hold an overwritten digit, unused leading places are crossed, dashed, left blank or filled with a nought.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ocr.draw.hands import make_hand
from ocr.draw.page import draw_page
from ocr.draw.photograph import Tier, photograph
from ocr.draw.spelling import spell
from ocr.draw.written import Written
from ocr.layout import Layout

BROKEN_SUM, WRONG_BUBBLE, MISSING_BUBBLE, OVERWRITTEN = 0.03, 0.04, 0.10, 0.15
TERMS = ("suara_01", "suara_02", "suara_03")
PAGES = (2, 3)


@dataclass(frozen=True)
class Paper:
    """One polling station: what is written, and its photographs by page."""

    number: int
    written: Mapping[str, Written]
    photos: Mapping[int, bytes]


def draw_paper(layout: Layout, number: int, tier: Tier, seed: int) -> Paper:
    """Paper `number` of the bench's `seed`; every paper has a hand of its own."""
    rng = np.random.default_rng([seed, number])
    hand = make_hand("evaluation", seed * 100_000 + number)
    values = _draw_values(rng)
    habits = rng.dirichlet(np.full(4, 0.6))
    written = {name: _write(name, value, habits, rng) for name, value in values.items()}
    photos = {}
    for page in PAGES:
        mine = {field.name: written[field.name] for field in layout.pages[page].fields}
        picture = draw_page(layout, page, mine, hand=hand, place=None, rng=rng)
        photos[page] = photograph(picture, tier, rng)
    return Paper(number, written, photos)


def _draw_values(rng: np.random.Generator) -> dict[str, int]:
    """A section of plausible votes; a few sections do not add up."""
    votes = rng.multinomial(rng.integers(20, 299), rng.dirichlet(np.full(3, 0.8)))
    values = dict(zip(TERMS, (int(vote) for vote in votes), strict=True))
    values["suara_sah"] = sum(values.values())
    values["suara_tidak_sah"] = int(rng.integers(0, 16))
    values["suara_total"] = values["suara_sah"] + values["suara_tidak_sah"]
    if rng.random() < BROKEN_SUM:
        name = str(rng.choice(list(values)))
        wrong = list(f"{values[name]:03d}")
        wrong[int(rng.integers(0, 3))] = str(rng.integers(0, 10))
        values[name] = int("".join(wrong))
    return values


def _write(name: str, value: int, habits: np.ndarray, rng: np.random.Generator) -> Written:
    """One field as this clerk writes it."""
    void = str(rng.choice(list("X-_0"), p=habits))
    plain = str(value)
    digits = void * (3 - len(plain)) + plain
    corrected = [""] * 3
    if rng.random() < OVERWRITTEN:
        corrected[int(rng.integers(3 - len(plain), 3))] = str(rng.integers(0, 10))
    voted = name in TERMS
    return Written(
        digits=digits,
        bubbles=_blacken(value, rng) if voted else None,
        corrected=tuple(corrected) if any(corrected) else (),
        strokes=value if voted or name == "suara_tidak_sah" else None,
        words=spell(value),
    )


def _blacken(value: int, rng: np.random.Generator) -> str:
    """The bubbles, a few of them forgotten or wrong."""
    marks = []
    for digit in f"{value:03d}":
        chance = rng.random()
        wrong = str((int(digit) + int(rng.integers(1, 10))) % 10)
        marks.append("_" if chance < MISSING_BUBBLE else wrong if chance < MISSING_BUBBLE + WRONG_BUBBLE else digit)
    return "".join(marks)
