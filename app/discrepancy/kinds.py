"""Every kind of difference that is kept: the code of the rule that finds it, and in which list it is told."""

from enum import StrEnum
from typing import Literal


class Kind(StrEnum):
    """Codes of the rules whose findings are kept. What each looks at stands in ``discrepancy.rules``."""

    NUMBER = "number"
    OFFICIAL_SUM = "official_sum"
    FORM_SUM = "form_sum"
    UNEQUAL_TOTALS = "unequal_totals"
    ABOVE_VOTERS = "above_voters"
    ABOVE_BALLOTS = "above_ballots"
    ABOVE_STATION = "above_station"
    IDENTICAL_NEIGHBOURS = "identical_neighbours"
    OUTLIER = "outlier"
    LADDER_OURS = "ladder_ours"
    LADDER_OFFICIAL = "ladder_official"
    LADDER_RECAP = "ladder_recap"


Group = Literal["difference", "sheet", "descriptive", "ladder"]
"""Which list tells it.

``difference``: the authority's figures, against ours or against themselves; only these are counted as differences.
``sheet``: our side alone, numbers as they stand on the paper. ``descriptive``: unusual, which says nothing of right and
wrong. ``ladder``: sums over regions against recap sheets; their place is a region.
"""

GROUPS: tuple[Group, ...] = ("difference", "sheet", "descriptive", "ladder")

PLAIN = frozenset(
    {
        Kind.NUMBER,
        Kind.OFFICIAL_SUM,
        Kind.FORM_SUM,
        Kind.UNEQUAL_TOTALS,
        Kind.ABOVE_VOTERS,
        Kind.ABOVE_BALLOTS,
        Kind.ABOVE_STATION,
    }
)
"""Told from one TPS alone."""
DESCRIPTIVE = frozenset({Kind.IDENTICAL_NEIGHBOURS, Kind.OUTLIER})
LADDER = frozenset({Kind.LADDER_OURS, Kind.LADDER_OFFICIAL, Kind.LADDER_RECAP})


def group_of(kind: str, side: str) -> Group:
    """Return the list in which a difference of this kind and side is told."""
    if kind in DESCRIPTIVE:
        return "descriptive"
    if kind in LADDER:
        return "ladder"
    return "sheet" if side == "ours" else "difference"
