"""What one run supposes, and what it counts."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass, field

from app.verification.intervals import bound_rate
from bench.crowd.facts import CATCH

SPENT = ("blind", "blind_checks", "confirmed", "plants", "skips", "reviews", "overrides")
"""Everything that a person does counts as one reading."""


@dataclass(frozen=True)
class Setting:
    """`share`: part of the sections the machine is sure of. `colluders`: part of the readers who lie in blind mode, in
    `lie_share` of the sections (the same ones, whoever of them is dealt one). `clickers`: who confirm without looking.
    `trust`: whether readers are measured, weighed and suspended. `errors`, `ink`: times as many mistakes. `hard`:
    photographs of which the machine reads less.
    """

    name: str
    share: float
    policy: str = "default"
    colluders: float = 0.0
    lie_share: float = 1.0
    clickers: float = 0.0
    trust: bool = True
    errors: float = 1.0
    ink: float = 1.0
    catch: float = CATCH
    hard: bool = False
    rule: str = "product"

    @property
    def key(self) -> str:
        return f"{self.name}/{self.policy}/{self.share:.2f}"


@dataclass
class Tally:
    """Counts of one or many runs; they add up."""

    counts: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.counts + other.counts)

    def __getitem__(self, name: str) -> int:
        return self.counts[name]

    @property
    def readings(self) -> int:
        return sum(self.counts[name] for name in SPENT)

    @property
    def readings_each(self) -> float:
        return self.readings / max(1, self.counts["sections"])

    def rate(self, name: str, of: str = "sections") -> tuple[float, float, float]:
        """Rate and its exact 95 % interval."""
        count, cases = self.counts[name], self.counts[of]
        return (count / cases if cases else 0.0, *bound_rate(count, cases))


def make_seed(*parts: object) -> int:
    """A number from words, the same in every process."""
    return zlib.crc32("/".join(map(str, parts)).encode())
