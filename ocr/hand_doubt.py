"""Mistakes that repeat: a hand whose 2 looks like another's 7 is misread in every box, and sums may close on it.

The joint posterior takes boxes for independent; boxes of one writer are not. When all the numbers of a sum show the
same digit in the same place, reading that digit as another one everywhere keeps the sum closed: 0 + 7 = 7 is as good as
0 + 2 = 2. Then the sum confirms nothing about that digit, and what the net itself leaves to the other digit is counted
once for all those boxes together, not once for each.

Which boxes: let x be 1 for a box that is misread and 0 for another. As no sum has ten terms, a sum stays closed under
the change if, place by place, the x of its total is the sum of the x of its terms; whatever the two digits are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ocr.sum_graph import names_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from ocr.layout import Identity
    from ocr.read_bubbles import BubbleReading


@dataclass(frozen=True)
class Sight:
    """One field as seen: box probabilities (n, 13), and its bubbles where it has any."""

    boxes: NDArray[np.float32]
    bubbles: BubbleReading | None

    def shows(self, weight: int) -> int | None:
        """The digit in the place of 10^`weight`; None where there is none or where a bubble speaks for it."""
        place = len(self.boxes) - 1 - weight
        if place < 0:
            return None
        digit = int(self.boxes[place].argmax())
        if digit > 9 or (self.bubbles and self.bubbles.marks[place] == str(digit)):
            return None
        return digit

    def odds(self, weight: int) -> NDArray[np.float64]:
        """How probable each digit (10,) is in that place beside the one it shows, as logarithms."""
        row = self.boxes[len(self.boxes) - 1 - weight].astype(np.float64)
        return np.asarray(np.log(np.maximum(row[:10], 1e-30) / row[:10].max()))


def doubt_hands(sights: Mapping[str, Sight], closing: Sequence[Identity]) -> dict[str, float]:
    """For each field the probability that its digits are misread together with others so that all sums still close.

    `closing` are the sums that close on what is read. A field of no such sum has no doubt from here: nothing vouches
    for it but its own boxes.
    """
    doubts = dict.fromkeys(sights, 0.0)
    places = max((len(sight.boxes) for sight in sights.values()), default=0)
    for name in sights:
        if any(name in names_of(one) for one in closing):
            doubts[name] = sum(_doubt_place(name, weight, sights, closing) for weight in range(places))
    return doubts


def _doubt_place(name: str, weight: int, sights: Mapping[str, Sight], closing: Sequence[Identity]) -> float:
    """The doubt of one place: of the likeliest set of boxes that may be misread together."""
    shown = sights[name].shows(weight)
    if shown is None:
        return 0.0
    same = frozenset(other for other, sight in sights.items() if sight.shows(weight) == shown)
    sets = _spread({name: True}, [name], same, closing)
    return max((_doubt_set(one, weight, shown, sights) for one in sets), default=0.0)


def _doubt_set(names: frozenset[str], weight: int, shown: int, sights: Mapping[str, Sight]) -> float:
    """The odds of all other digits: the mean (of logarithms) over the boxes, as if they were one."""
    odds = np.exp(np.mean([sights[name].odds(weight) for name in names], axis=0))
    return float(odds.sum() - odds[shown])


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
