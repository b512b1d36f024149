"""What the rule said of a case, kept for cases that are alike in everything it looks at.

The rule takes a tenth of a millisecond a question, and most questions are the same one: everybody agrees and the sums
close. There it looks at who says so, with which rates, not at the numbers themselves. Only such cases are remembered,
and every so manieth is asked all the same and compared: were the rule to look at the numbers, the run would end.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace

from app.verification.evidence import Accept, NeedReading, Outcome, ReadingInput, RulePolicy
from bench.crowd.papers import CHECKS

_AGAIN = 50
_MOST = 200_000


@dataclass
class Memory:
    """Belongs to one policy. ``asked``, ``spared``: how often the rule was asked, and was not."""

    policy: RulePolicy
    said: dict[Hashable, Outcome] = field(default_factory=dict)
    asked: int = 0
    spared: int = 0

    def ask(self, readings: Sequence[ReadingInput], dice: float, decide: Callable[[], Outcome]) -> Outcome:
        """What `decide` says, or said of a case that is alike."""
        numbers = find_common(readings)
        if numbers is None:
            self.asked += 1
            return decide()
        key = (dice < self.policy.blind_share, *_describe(readings))
        known = self.said.get(key)
        if known is None:
            known = decide()
            self.asked += 1
            if len(self.said) < _MOST:
                self.said[key] = known
            return known
        self.spared += 1
        photos = {one.page: one.photo_id for one in readings}
        outcome = _carry_over(known, numbers, photos)
        if self.spared % _AGAIN == 0:
            require_same(outcome, decide())
        return outcome


def find_common(readings: Sequence[ReadingInput]) -> dict[str, int] | None:
    """The numbers, where nobody says another and no sum is open; otherwise None."""
    numbers: dict[str, int] = {}
    for one in readings:
        for name, value in one.numbers.items():
            if value is not None and numbers.setdefault(name, value) != value:
                return None
    return None if any(check.closes(numbers) is False for check in CHECKS) else numbers


def _describe(readings: Sequence[ReadingInput]) -> list[Hashable]:
    """Everything of the readings but numbers, names and ids. Readers are told apart by when they first appear."""
    known: dict[str, int] = {}
    described: list[Hashable] = []
    for one in readings:
        place = known.setdefault(one.reader, len(known))
        rates = tuple(one.error_rates.values())
        unknown = tuple(name for name, value in one.numbers.items() if value is None)
        described.append((place, one.mode, one.page, rates, one.catch_rate, unknown, one.sure, one.shown is None))
    return described


def _carry_over(outcome: Outcome, numbers: dict[str, int], photos: dict[int, int]) -> Outcome:
    """The same outcome with this case's numbers and photographs."""
    if isinstance(outcome, Accept):
        own = {name: numbers[name] for name in outcome.numbers}
        return replace(outcome, numbers=own, photos={page: photos[page] for page in outcome.photos})
    if isinstance(outcome, NeedReading):
        return replace(outcome, photos={page: photos[page] for page in outcome.photos})
    return outcome


def require_same(remembered: Outcome, asked: Outcome) -> None:
    """Check that remembering changed nothing.

    Raises:
        RuntimeError: it did; the rule looks at something that `_describe` leaves out.
    """
    if remembered != asked:
        raise RuntimeError(f"the rule says {asked}, and of a case that seemed alike it said {remembered}")
