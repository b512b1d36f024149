"""Dice with names, so that a rule of drawing reads as a sentence."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def happens(rng: np.random.Generator, chance: float) -> bool:
    """True with that chance."""
    return bool(rng.random() < chance)


def choose(rng: np.random.Generator, weights: Mapping[str, float]) -> str:
    """One of the names, by weight."""
    names = list(weights)
    chances = np.array([weights[name] for name in names])
    return names[int(rng.choice(len(names), p=chances / chances.sum()))]
