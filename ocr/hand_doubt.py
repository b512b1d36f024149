"""Mistakes that repeat: a hand whose 2 looks like another's 7 is misread in every box, and sums may close on it.

The joint posterior takes boxes for independent; boxes of one writer are not. When all the numbers of a sum show the
same digit in the same place, reading that digit as another one everywhere keeps the sum closed: 0 + 7 = 7 is as good as
0 + 2 = 2. Then the sum confirms nothing about that digit, and what the net itself leaves to the other digit is counted
once for all those boxes together, not once for each.

Which boxes: let x be 1 for a box that is misread and 0 for another. As no sum has ten terms, a sum stays closed under
the change if, place by place, the x of its total is the sum of the x of its terms; whatever the two digits are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ocr.lookalikes import look_alike
from ocr.sum_graph import names_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from ocr.layout import Identity
    from ocr.read_bubbles import BubbleReading


VOUCHED = 0.1
"""Where a clear bubble says that a box of this hand is a 2, and it is read as one, this hand's 2 looks like a 2: that
others of its 2s are read as 7 is so much less likely. Not nought: some people write a digit in two ways. The boxes of a
total say the same of their digits where bubbles vouch for all boxes of its terms and these add up to it."""

UNKNOWN_HAND = 8e-5
"""How probable it is at least that such a digit is its lookalike throughout a hand, whatever the net says: it has not
seen every hand. Where boxes of this hand clearly are the other digit, it writes the two differently."""

CLEAR_BOX, CLEAR_TIMES = 0.99, 2
"""A digit is clearly written in boxes that are so probable by themselves, and so many of them."""


@dataclass(frozen=True)
class Sight:
    """One field as seen: box probabilities (n, 13), its bubbles where it has any, and which boxes hold two digits.

    `corrected` is empty where none does. `value` is the number it was read as, if it was: a box may be read as another
    digit than it looks like, and is then no witness for that one.
    """

    boxes: NDArray[np.float32]
    bubbles: BubbleReading | None
    corrected: tuple[bool, ...] = ()
    value: int | None = None

    def shows(self, weight: int) -> int | None:
        """What the place of 10^`weight` looks like; None where that is no digit or where a bubble speaks for it."""
        place = len(self.boxes) - 1 - weight
        if place < 0:
            return None
        digit = self.digits[place]
        return None if self.bubbles and _speaks(self.bubbles, place, digit) else digit

    def reads(self, weight: int) -> int | None:
        """The digit that the place is read as, where it `shows` one and holds no two."""
        shown = self.shows(weight)
        if shown is None or self.value is None or self.is_corrected(weight):
            return shown
        return self.value // 10**weight % 10 if weight == 0 or self.value >= 10**weight else None

    def is_corrected(self, weight: int) -> bool:
        """Whether two digits stand in the place of 10^`weight`."""
        return bool(self.corrected) and self.corrected[len(self.boxes) - 1 - weight]

    @property
    def digits(self) -> tuple[int | None, ...]:
        """What each box looks like; None where that is no digit."""
        return tuple(int(digit) if digit <= 9 else None for digit in self.boxes.argmax(axis=1))

    @property
    def number(self) -> int:
        """What they spell, places without a digit counted as nought."""
        return sum((digit or 0) * 10**weight for weight, digit in enumerate(reversed(self.digits)))

    @property
    def blackened(self) -> tuple[int | None, ...]:
        """The digits that are clearly blackened beside their boxes too; None elsewhere."""
        if not self.bubbles:
            return (None,) * len(self.boxes)
        columns = zip(self.bubbles.marks, self.bubbles.kinds, self.digits, strict=True)
        return tuple(digit if kind == "clear" and mark == str(digit) else None for mark, kind, digit in columns)

    def certainty(self, weight: int) -> float:
        """How probable the likeliest symbol of that place is, by its box alone."""
        return float(self.boxes[len(self.boxes) - 1 - weight].max())

    def odds(self, weight: int) -> NDArray[np.float64]:
        """How probable each digit (10,) is in that place beside the one it is read as, as logarithms."""
        row = np.maximum(self.boxes[len(self.boxes) - 1 - weight, :10].astype(np.float64), 1e-30)
        read = self.reads(weight)
        return np.asarray(np.log(row / (row.max() if read is None else row[read])))


def _speaks(bubbles: BubbleReading, place: int, digit: int | None) -> bool:
    """Whether a bubble says what stands in a box: it names the box's digit, or clearly another that was taken."""
    return bubbles.kinds[place] == "clear" or bubbles.marks[place] == str(digit)


@dataclass(frozen=True)
class HandDoubt:
    """Boxes of one hand that may all be misread alike with every sum still closing, and how probable that is.

    Which place, which fields: two doubts about the same boxes are one.
    """

    weight: int
    names: frozenset[str]
    probability: float


@dataclass(frozen=True)
class _Known:
    """Digits of which this hand's writing is known: `vouched` by something else than boxes, `clear` by some box."""

    vouched: list[int]
    clear: frozenset[int]


def doubt_hands(sights: Mapping[str, Sight], closing: Sequence[Identity]) -> dict[str, tuple[HandDoubt, ...]]:
    """For each field the doubts, one a place at most, that its digits are misread together with others.

    `closing` are the sums that close on what is read, empty fields counted as nought. A field of no such sum has no
    doubt from here: nothing vouches for it but its own boxes.
    """
    doubts: dict[str, tuple[HandDoubt, ...]] = dict.fromkeys(sights, ())
    places = max((len(sight.boxes) for sight in sights.values()), default=0)
    known = _Known(_find_vouched(sights, closing), _find_clear(sights))
    for name in sights:
        if any(name in names_of(one) for one in closing):
            found = (_doubt_place(name, weight, sights, closing, known) for weight in range(places))
            doubts[name] = tuple(one for one in found if one is not None)
    return doubts


def weigh_doubts(*doubts: Iterable[HandDoubt]) -> float:
    """The probability that any of the doubts of some fields is true; what two of them share is counted once."""
    together = {(one.weight, one.names): one.probability for some in doubts for one in some}
    return sum(together.values())


def _find_vouched(sights: Mapping[str, Sight], closing: Sequence[Identity]) -> list[int]:
    """The digits of which this hand's writing is known: read in a box, and named by something else than a box."""
    whole = {name for name, sight in sights.items() if sight.digits == sight.blackened}
    added = [one for one in closing if whole.issuperset(one.terms) and _adds_up(one, sights)]
    vouched = [sight.blackened for sight in sights.values()] + [sights[one.total].digits for one in added]
    return sorted({digit for digits in vouched for digit in digits if digit is not None})


def _find_clear(sights: Mapping[str, Sight]) -> frozenset[int]:
    """The digits that boxes of this hand show by themselves, without doubt."""
    seen = Counter(
        digit
        for sight in sights.values()
        for weight, digit in enumerate(reversed(sight.digits))
        if digit is not None and not sight.is_corrected(weight) and sight.certainty(weight) >= CLEAR_BOX
    )
    return frozenset(digit for digit, times in seen.items() if times >= CLEAR_TIMES)


def _adds_up(one: Identity, sights: Mapping[str, Sight]) -> bool:
    """Whether boxes by themselves close a sum."""
    return sights[one.total].number == sum(sights[term].number for term in one.terms)


def _doubt_place(
    name: str, weight: int, sights: Mapping[str, Sight], closing: Sequence[Identity], known: _Known
) -> HandDoubt | None:
    """The doubt of one place: of the likeliest set of boxes that may be misread together."""
    read = sights[name].reads(weight)
    if read is None:
        return None
    same = frozenset(other for other, sight in sights.items() if sight.reads(weight) == read)
    sets = _spread({name: True}, [name], same, closing)
    found = (HandDoubt(weight, one, _doubt_set([sights[name] for name in one], weight, known)) for one in sets)
    return max(found, key=lambda one: one.probability, default=None)


def _doubt_set(sights: Sequence[Sight], weight: int, known: _Known) -> float:
    """The odds of all other digits: the mean (of logarithms) over the boxes, as if they were one.

    What makes a corrected box doubtful is the digit beneath, not the hand: it is not asked where others are.
    """
    plain = [sight for sight in sights if not sight.is_corrected(weight)] or sights
    read = sights[0].reads(weight)
    odds = np.exp(np.mean([sight.odds(weight) for sight in plain], axis=0))
    odds[known.vouched] *= VOUCHED
    alike = [digit for digit in range(10) if look_alike(digit, read) and digit not in known.clear]
    odds[alike] = np.maximum(odds[alike], UNKNOWN_HAND)
    odds[read] = 0.0
    return float(odds.sum())


def _spread(
    known: dict[str, bool], waiting: list[str], same: frozenset[str], closing: Sequence[Identity]
) -> Iterator[frozenset[str]]:
    """All sets of misread boxes that keep every sum closed: `known` so far, `waiting` to have their sums looked at."""
    if not waiting:
        yield frozenset(name for name, misread in known.items() if misread)
        return
    first, *rest = waiting
    options: list[dict[str, bool]] = [{}]
    for one in closing:
        if first in names_of(one):
            options = [
                both for option in options for more in _answers(first, one, same) if (both := _join(option, more))
            ]
    for option in options:
        joined = _join(known, option) if option else known
        if joined:
            new = [name for name, misread in option.items() if misread and name not in known]
            yield from _spread(joined, [*rest, *new], same, closing)


def _answers(name: str, identity: Identity, same: frozenset[str]) -> Iterator[dict[str, bool]]:
    """What the misreading of `name` asks of the other fields of one sum."""
    if name == identity.total:
        for term in identity.terms:
            if term in same:
                yield {other: other == term for other in identity.terms}
    elif identity.total in same:
        yield {other: other in (identity.total, name) for other in names_of(identity)}


def _join(known: dict[str, bool], more: dict[str, bool]) -> dict[str, bool]:
    """Both together; empty where they contradict each other."""
    if any(known.get(name, misread) != misread for name, misread in more.items()):
        return {}
    return {**known, **more}
