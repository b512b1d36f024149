"""What a rule finds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.discrepancy.rules.figures import Figures
from app.pemilu.definition import Contest

Side = Literal["ours", "official"]
SIDES: tuple[Side, ...] = ("ours", "official")


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to be checked at one TPS.

    ``field``: a field of the contest, or the key of the identity or bound concerned. ``ours`` and ``official``: what
    the two sides state there, None where the rule speaks of one side only. ``difference``: in votes, with its sign.
    """

    tps_kode: str
    code: str
    field: str
    ours: int | None
    official: int | None
    difference: int

    @property
    def side(self) -> str:
        """Return whose figures it speaks of: ``ours``, ``official`` or ``both``."""
        if self.official is None:
            return "ours"
        return "official" if self.ours is None else "both"


@dataclass(frozen=True)
class Stated:
    """What one side states at one TPS. ``tps``: its row in the figures."""

    tps: int
    side: Side
    number: int


def make_finding(figures: Figures, rule: "Rule", field: str, stated: Stated, difference: int) -> Finding:
    """Return a finding about one side; the other one's number stays None."""
    ours, official = (stated.number, None) if stated.side == "ours" else (None, stated.number)
    return Finding(figures.tps_kodes[stated.tps], rule.code, field, ours, official, difference)


@dataclass(frozen=True)
class Rule:
    """A rule with its stable code.

    ``source``: the law, form or arithmetic it stands on; ``says``: what it tells; both (Indonesian, English).
    ``scope``: whether it can be told from one TPS alone or needs all TPS of the kelurahan. ``descriptive``: it
    describes something unusual and says nothing of right and wrong. ``kept``: its findings are rows with a life;
    otherwise they are counted when asked for, since half of a nation's TPS would be told at once
    (``reports.missing``).
    """

    code: str
    source: tuple[str, str]
    says: tuple[str, str]
    find: Callable[[Figures, Contest], Sequence[Finding]] = field(repr=False)
    scope: Literal["tps", "kelurahan"] = "tps"
    descriptive: bool = False
    kept: bool = True
