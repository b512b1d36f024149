"""A hand caught writing one digit like another: whatever else it shows of that digit is doubtful.

The joint posterior takes boxes for independent; boxes of one writer are not. Where sums or bubbles show that a box that
looks like a 7 is a 2, this writer makes 2s that look like 7s, and each of his other 7s may be one too. It is then not
enough that a sum closes on the 7: two mistakes of one kind close many sums.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ocr.lookalikes import look_alike

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ocr.evidence import FieldBelief
    from ocr.hand_doubt import Sight

CAUGHT = 0.003
"""The probability that a digit a hand was caught at is not what it seems, where no bubble speaks for it. Of 667 fields
with such a digit on drawn papers that no training saw 2 were not what they seemed."""

LEAST_TURNED = 0.9
"""A hand is caught where everything together gives so much to another number than the boxes look like."""

LEAST_CERTAIN = 0.9
"""By itself the box has to look like its digit so much: where it is doubtful, its doubt is in the figures already."""

OFTEN = 2
"""Digits that few people write alike are a habit from so many boxes on; once, it is a blot or a digit set right."""


def catch_hand(sights: Mapping[str, Sight], settled: Mapping[str, FieldBelief]) -> frozenset[int]:
    """The digits that boxes of this hand only seem to show: by all that was settled, another digit stands there."""
    turned = Counter(pair for name, sight in sights.items() for pair in _find_turned(sight, settled[name]))
    return frozenset(shown for (shown, meant), times in turned.items() if times >= OFTEN or look_alike(shown, meant))


def doubt_caught(sight: Sight, caught: Collection[int]) -> float:
    """How probably a field is misread because the hand was caught at one of its digits."""
    return CAUGHT if any(sight.shows(weight) in caught for weight in range(len(sight.boxes))) else 0.0


def _find_turned(sight: Sight, settled: FieldBelief) -> list[tuple[int, int]]:
    """Which digits boxes of one field seem to show, and which stand there.

    An overwritten box shows two anyway; before the first digit of the number a cross may stand, which is no digit.
    """
    best = settled.best
    if float(settled.values[best]) < LEAST_TURNED:
        return []
    return [
        (shown, best // 10**weight % 10)
        for weight, shown in enumerate(reversed(sight.digits))
        if shown is not None
        and shown != best // 10**weight % 10
        and (weight == 0 or best >= 10**weight)
        and not sight.is_corrected(weight)
        and sight.certainty(weight) >= LEAST_CERTAIN
    ]
