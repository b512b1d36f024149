"""How often a task is a planted item, and what kinds of them are kept ready. Pure."""

import random
from dataclasses import dataclass
from typing import Literal

NEWCOMER_SHARES = ((2, 0.20), (6, 0.10))
"""Whoever has answered fewer than so many planted items gets at least this share of them: nothing is known of him."""

SHARE_MAX = 0.20
"""No more in any case; the queue asks for a plant only below it."""

KINDS: tuple[tuple["Kind", float], ...] = (("blind", 0.35), ("altered", 0.45), ("right", 0.20))
"""Of the items that are made: to be read blind, shown with altered values, shown with the right ones."""

TIMES_MAX = 5
"""An item is dealt to so many people and then retired: what many have seen is soon known to be one."""

Kind = Literal["blind", "altered", "right"]


@dataclass(frozen=True)
class Pool:
    """The items of one contest that are ready or being made."""

    pemilihan_id: int
    ready: int
    wanted: int


def choose_share(policy_share: float, answered: int) -> float:
    """Return which share of a reader's tasks are planted; ``answered``: planted items that he has answered."""
    least = next((share for below, share in NEWCOMER_SHARES if answered < below), 0.0)
    return min(SHARE_MAX, max(policy_share, least))


def choose_kind(rng: random.Random) -> Kind:
    """Draw what the next item is to be."""
    names, weights = zip(*KINDS, strict=True)
    kind: Kind = rng.choices(names, weights)[0]
    return kind
