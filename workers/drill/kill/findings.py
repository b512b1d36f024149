"""What a check found: every line is one thing that must not be."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

LOST, TWICE, WRONG_SUM, WRONG = "lost", "twice", "wrong sum", "wrong"
KINDS = (LOST, TWICE, WRONG_SUM, WRONG)


@dataclass(frozen=True)
class Finding:
    """One thing that must not be: its kind, and what it is in words."""

    kind: str
    words: str


@dataclass
class Findings:
    """All findings, and how many things were looked at."""

    found: list[Finding] = field(default_factory=list)
    looked_at: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, words: Iterable[str]) -> None:
        """Note findings of one kind."""
        self.found += [Finding(kind, one) for one in words]

    def count(self, kind: str) -> int:
        """Return how many there are of a kind."""
        return sum(finding.kind == kind for finding in self.found)
