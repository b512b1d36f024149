"""What the boxes and the bubbles of one field say about its number: exact probabilities.

A field of n boxes has 10^n values and one more state, "open": what stands in the boxes is no number. What the form's
sums add to this is weighed in `ocr.settle`.

Everything here is a pure function of small tables of probabilities; nothing knows a form or a picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ocr.classify import CLASSES
from ocr.clerk_errors import write
from ocr.lookalikes import alike_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr.clerk_errors import Table

MAX_PLACES = 4

BOX_FLOOR, ALIKE_FLOOR = 2e-5, 8e-5
"""Shares mixed into each box, of a uniform guess and of the digits that look like what the net sees: its calibration is
itself not known any better. Of 18,182 boxes that it called 99.9 % probable (real ones, five-fold and never seen, and
drawn by hands no training saw) none was wrong, which bounds both together at 1.6e-4 (95 %); of 40,000 at 99 %, by hands
chosen to deceive too, all 640 wrong ones were lookalikes. What a whole hand may do is not in here: see `conclude`."""

VOID_INSIDE = 0.02
"""How much rarer a cross, dash or blank is behind a digit or in the units than the net's training had it."""

LARGE, VERY_LARGE = (300, 0.3), (600, 0.1)
"""A polling station had 300 voters at most in the general election of 2024, 600 in the regional ones: numbers above
each are so much rarer. Weak on purpose: a digit that is clear outweighs it, an X that might be an 8 does not."""

STRUCK_IS_ZERO = 0.8
"""Crosses or dashes in all boxes mostly stand for nought; never surely, without a sum that says so."""

STRUCK_SEEN, STRUCK_UNSEEN = 0.95, 1e-4
"""Probabilities that another number stands beside the boxes, with and without a line seen through all of them. 1 % of
the fields of evaluation papers are struck out; none of 290 lines was missed, which leaves 1 % of them at 95 %."""

_VOID = [CLASSES.index(symbol) for symbol in "0X-_"]
_STRUCK = [CLASSES.index(symbol) for symbol in "X-"]


@dataclass(frozen=True)
class FieldBelief:
    """Probabilities of each value (10^n,) and of "no number stands here"; together 1."""

    values: Table
    open: float

    @property
    def best(self) -> int:
        """The most probable value."""
        return int(np.argmax(self.values))

    def top(self, count: int) -> tuple[tuple[int, float], ...]:
        """The `count` most probable values with their probabilities."""
        order = np.argsort(-self.values, kind="stable")[:count]
        return tuple((int(value), float(self.values[value])) for value in order)


def believe_boxes(probabilities: NDArray[np.float32]) -> FieldBelief:
    """From the probabilities of 1 to 4 boxes (n, 13) to values.

    Leading places may be empty, crossed, dashed or nought. The units must be a digit, and behind a digit only digits
    may follow: all other writings are "open", but boxes that are all struck out mostly stand for nought. A field left
    unused as a whole is common; a gap inside a number is odd.
    """
    ink = believe_ink(probabilities)
    values = ink.values.copy()
    for limit, rarity in (LARGE, VERY_LARGE):
        values[limit + 1 :] *= rarity
    return normalise(values, ink.open)


def believe_ink(probabilities: NDArray[np.float32]) -> FieldBelief:
    """The same, but no number is rarer than another for its size: the boxes by themselves."""
    places = len(probabilities)
    if not 1 <= places <= MAX_PLACES or probabilities.shape[1:] != (len(CLASSES),):
        shape = probabilities.shape
        raise ValueError(f"box probabilities have the shape {shape}; pass (1..{MAX_PLACES}, {len(CLASSES)})")
    boxes = probabilities.astype(np.float64)
    boxes /= boxes.sum(axis=1, keepdims=True)
    boxes = (1 - BOX_FLOOR - ALIKE_FLOOR) * boxes + ALIKE_FLOOR * (boxes @ alike_table()) + BOX_FLOOR / len(CLASSES)
    values = _spell(boxes[:, :10], boxes[:, _VOID].sum(axis=1))
    unused = float(np.prod(boxes[:, _VOID[1:]].sum(axis=1)))
    struck = float(np.prod(boxes[:, _STRUCK].sum(axis=1)))
    odd = max(0.0, 1.0 - float(values.sum()) - unused)
    values[0] += STRUCK_IS_ZERO * struck
    return normalise(values, unused - STRUCK_IS_ZERO * struck + VOID_INSIDE * odd)


def believe_nothing(places: int) -> FieldBelief:
    """A field that was not seen."""
    size = 10**places
    return FieldBelief(np.full(size, 1e-9 / size), 1.0 - 1e-9)


def allow_correction(belief: FieldBelief, *, struck: bool) -> FieldBelief:
    """The belief when the boxes may have been struck out, and another number, mostly a near one, stands beside them.

    Boxes under a line may spell no number: what stands beside them is one all the same, whichever.
    """
    if not struck:
        return normalise(write(belief.values, STRUCK_UNSEEN), belief.open)
    beside = STRUCK_SEEN * belief.open
    return normalise(write(belief.values, STRUCK_SEEN) + beside / len(belief.values), belief.open - beside)


def weigh_bubbles(belief: FieldBelief, likelihood: Table) -> FieldBelief:
    """The belief after a look at the bubbles: `likelihood` (n, 10) of what is seen, for each digit of each place."""
    places = len(likelihood)
    joint = np.ones((10,) * places)
    for place, column in enumerate(likelihood):
        joint = joint * column.reshape([10 if axis == place else 1 for axis in range(places)])
    return normalise(belief.values * joint.reshape(-1), belief.open * float(joint.mean()))


def normalise(values: Table, share: float) -> FieldBelief:
    """Make values and the share of "open" sum to 1."""
    whole = float(values.sum()) + share
    return FieldBelief(values / whole, share / whole)


def _spell(digits: Table, void: Table) -> Table:
    """Probabilities of all numbers, from those of digits (n, 10) and of an unused place (n,)."""
    places = len(digits)
    values = np.zeros(10**places)
    unused = 1.0
    for first in range(places):
        length = places - first
        numbers = digits[first]
        for place in range(first + 1, places):
            numbers = np.multiply.outer(numbers, digits[place]).reshape(-1)
        start = 10 ** (length - 1) if length > 1 else 0
        values[start : 10**length] = unused * numbers[start:]
        unused *= float(void[first])
    return values
