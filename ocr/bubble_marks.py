"""What ten bubbles of one column say: blackened, faint, double or rubbed out, and how well it goes with each digit.

A bubble is measured by its fill: how much darker it is than the median of its column, 0..1. On drawn papers under scan,
photo and hard conditions (150 pages): printed and empty up to 0.09, half of them 0; rubbed out 0.02 to 0.15; faint 0.12
to 0.34; blackened 0.34 to 0.77. On photographs of a real form blackened ones have 0.55 to 0.68, empty ones 0.03.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr.clerk_errors import Table

FILLED, FAINT, SMUDGED = 0.30, 0.17, 0.09
"""Least fills of a bubble that is clearly blackened, blackened faintly, and rubbed out. Between smudge and faint nobody
can tell the one from the other."""

ALONE = 0.45
"""A second bubble with more than this share of the first one's fill makes a column unclear."""

MISSING, WRONG, DOUBLE = 0.10, 0.04, 0.02
"""A clerk leaves a column without a mark, blackens another digit, or a second one: taken on the high side (0.06, 0.01
and 0.003 of the columns of evaluation papers), so that bubbles weigh less."""

NONE, UNCLEAR = "_", "?"


def mark_column(fills: Table) -> tuple[str, str]:
    """The mark of one column (a digit, "_" none, "?" unclear) and its kind.

    clear: one bubble is blackened. faint: one is, hardly, and no other. none. erased: nothing but a smudge. double: two
    or more are blackened. unclear: anything else. Smudges beside a blackened bubble are no kind of their own.
    """
    order = np.argsort(-fills, kind="stable")
    first, second = float(fills[order[0]]), float(fills[order[1]])
    alone = second < max(SMUDGED, ALONE * first)
    if first >= FILLED:
        if alone:
            return str(order[0]), "clear"
        return UNCLEAR, "double" if second >= FAINT else "unclear"
    if first >= FAINT:
        return (str(order[0]), "faint") if alone else (UNCLEAR, "unclear")
    if first >= SMUDGED + (FAINT - SMUDGED) / 2:
        return UNCLEAR, "unclear"
    return NONE, "erased" if first >= SMUDGED else "none"


def weigh_column(fills: Table) -> Table:
    """How well the fills (10,) of a column go with each digit (10,) that the clerk wrote above it; 1 = says nothing."""
    odds = _odds(fills)
    others = odds.sum() - odds
    right = 1 - MISSING - WRONG - DOUBLE
    return np.asarray(right * odds + MISSING + WRONG * others / 9 + DOUBLE * odds * others / 9)


def _odds(fills: Table) -> NDArray[np.float64]:
    """How much likelier each fill is in a bubble that the clerk means than in one that he does not.

    Both are mixtures: blackened, faint, anything; and empty, rubbed out, anything.
    """
    meant = 0.93 * _bell(fills, 0.58, 0.11) + 0.06 * _bell(fills, 0.24, 0.07) + 0.01
    idle = 0.98 * 2 * _bell(fills, 0.0, 0.025) + 0.015 * 2 * _bell(fills, 0.0, 0.09) + 0.005
    return meant / idle


def _bell(x: Table, middle: float, width: float) -> NDArray[np.float64]:
    """The normal density."""
    return np.asarray(np.exp(-(((x - middle) / width) ** 2) / 2) / (width * np.sqrt(2 * np.pi)))
