"""Digits that some people write as others write another digit: what a reader that is certain still takes for another.

Of 40,000 plain boxes on drawn papers to which the net gave 0.99 and more, all 640 that were wrong were such a pair.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ocr.classify import CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOKALIKES = frozenset({(1, 2), (1, 7), (2, 7), (3, 8), (0, 6), (5, 6), (4, 9)})
"""Digits of which some people write one as others write the other."""


def look_alike(one: int, other: int | None) -> bool:
    """Whether some people write one of two digits as others write the other."""
    return other is not None and (min(one, other), max(one, other)) in LOOKALIKES


@cache
def alike_table() -> NDArray[np.float64]:
    """(13, 13): what else a box may hold that looks like each class; rows sum to 1. Kept; change nothing.

    The lookalikes of a digit share its row; of crosses, dashes and blanks nothing is known, all classes share theirs.
    """
    table = np.full((len(CLASSES), len(CLASSES)), 1.0 / len(CLASSES))
    for digit in range(10):
        alike = np.array([look_alike(digit, other) for other in range(10)], float)
        table[digit] = 0.0
        table[digit, :10] = alike / alike.sum()
    return table
