"""How often a task is a planted item, and what kinds of them are kept ready. Pure."""

import random
from typing import Literal

PLANT_SHARE = 0.05
"""Part of the tasks that are planted, where the election's policy says nothing."""

NEWCOMER_SHARES = ((2, 0.20), (6, 0.10))
"""Whoever has answered fewer than so many planted items gets at least this share of them: nothing is known of him."""

SHARE_MAX = 0.20
"""No more in any case; the queue looks for an item only below it."""

TIMES_MAX = 5
"""An item is dealt to so many people and then retired: what many have seen is soon known to be one."""

Kind = Literal["blind", "altered", "right"]

KINDS: tuple[tuple[Kind, float], ...] = (("blind", 0.35), ("altered", 0.45), ("right", 0.20))
"""Of the items that are made: to be read blind, shown with altered values, shown with the right ones."""

POOL_MAX = 100
"""Items of one contest that are kept ready: half a minute of the busiest night, each dealt to several people."""

POOL_SHARE = 0.2
"""In a small election no more than this part of what is decided."""


def choose_kind(rng: random.Random) -> Kind:
    """Draw what the next item is to be."""
    names, weights = zip(*KINDS, strict=True)
    kind: Kind = rng.choices(names, weights)[0]
    return kind


def count_wanted(decided: int) -> int:
    """Return how many items of a contest are to be ready when so many of its sections are decided."""
    return min(POOL_MAX, round(POOL_SHARE * decided))
