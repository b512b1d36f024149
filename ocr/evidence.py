"""What the boxes, the bubbles and the form's own sums say together about each field: exact probabilities.

A field has 10^n values and one more state, "open": what stands in the boxes is no number. The sums are evidence of a
paper written by people: on about one paper in thirty (3 % of the vote sections of 2024) some sum fails, mostly by a
digit or by one, so a sum that closes confirms and a sum that does not close only casts doubt. Sums hold among the
numbers that were meant; what was written may be another one.

Everything here is a pure function of small tables of probabilities; nothing knows a form or a picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from ocr.classify import CLASSES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ocr.layout import Identity

Table: TypeAlias = NDArray[np.float64]

PLACES = 3
VALUES: int = 10**PLACES
BOX_FLOOR = 2e-4
"""Share of a uniform guess mixed into each box: the net's calibration is itself not known any better."""

BROKEN_SUM = 0.008
"""Probability that a clerk adds up one identity wrongly; what he adds to it later follows the mistake."""

MISWRITTEN = 0.004
"""Probability that a clerk writes another number than he meant: it breaks every sum the field is in. Together the two
break about 4 % of the vote sections, somewhat more than in 2024."""

BUBBLE_MISSING, BUBBLE_WRONG = 0.10, 0.04
"""A clerk forgets a bubble, or blackens another; taken on the high side, so that bubbles weigh less."""

VOID_INSIDE = 0.02
"""How much rarer a cross, dash or blank is behind a digit or in the units than the net's training had it."""

LARGE, VERY_LARGE = (300, 0.3), (600, 0.1)
"""A polling station had 300 voters at most in the general election of 2024, 600 in the regional ones: numbers above
each are so much rarer. Weak on purpose: a digit that is clear outweighs it, an X that might be an 8 does not."""

STRUCK_IS_ZERO = 0.8
"""Crosses or dashes in all boxes mostly stand for nought; never surely, without a sum that says so."""

_VOID = [CLASSES.index(symbol) for symbol in "0X-_"]
_STRUCK = [CLASSES.index(symbol) for symbol in "X-"]


@dataclass(frozen=True)
class FieldBelief:
    """Probabilities of each value (VALUES,) and of "no number stands here"; together 1."""

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
    """From box probabilities (3, 13) to values.

    Leading places may be empty, crossed, dashed or nought. The units must be a digit, and behind a digit only digits
    may follow: all other writings are "open", but boxes that are all struck out mostly stand for nought. A field left
    unused as a whole is common; a gap inside a number is odd.
    """
    if probabilities.shape != (PLACES, len(CLASSES)):
        raise ValueError(f"box probabilities have the shape {probabilities.shape}; pass ({PLACES}, {len(CLASSES)})")
    boxes = probabilities.astype(np.float64)
    boxes = (1 - BOX_FLOOR) * boxes / boxes.sum(axis=1, keepdims=True) + BOX_FLOOR / len(CLASSES)
    hundreds, tens, units = boxes[:, :10]
    void = boxes[:, _VOID].sum(axis=1)
    values = np.empty((10, 10, 10))
    values[1:] = hundreds[1:, None, None] * tens[None, :, None] * units[None, None, :]
    values[0, 1:] = void[0] * tens[1:, None] * units[None, :]
    values[0, 0] = void[0] * void[1] * units
    flat = values.reshape(VALUES)
    unused = float(np.prod(boxes[:, _VOID[1:]].sum(axis=1)))
    struck = float(np.prod(boxes[:, _STRUCK].sum(axis=1)))
    odd = max(0.0, 1.0 - float(flat.sum()) - unused)
    flat[0] += STRUCK_IS_ZERO * struck
    for limit, rarity in (LARGE, VERY_LARGE):
        flat[limit + 1 :] *= rarity
    return _normalise(flat, unused - STRUCK_IS_ZERO * struck + VOID_INSIDE * odd)


def weigh_bubbles(belief: FieldBelief, marks: str) -> FieldBelief:
    """The belief after a look at the bubbles ("023"; "_" none, "?" unclear), with the clerk's error rates."""
    likelihood = np.ones((10,) * PLACES)
    for place, mark in enumerate(marks):
        if mark.isdigit():
            column = np.full(10, BUBBLE_WRONG / 9)
            column[int(mark)] = 1 - BUBBLE_WRONG - BUBBLE_MISSING
            likelihood = likelihood * column.reshape([10 if axis == place else 1 for axis in range(PLACES)])
    weighed = belief.values * likelihood.reshape(VALUES)
    return _normalise(weighed, belief.open * float(likelihood.mean()))


def settle(beliefs: Mapping[str, FieldBelief], identities: Sequence[Identity]) -> dict[str, FieldBelief]:
    """Every field's belief given all fields and the identities among them.

    Sum-product message passing: exact while the identities form a tree, as on pages 2 and 3. Identities with a field
    that is not in `beliefs` say nothing and are left out.
    """
    known = [one for one in identities if all(name in beliefs for name in (one.total, *one.terms))]
    flat = np.full(VALUES, 1.0 / VALUES)
    messages = {(one.key, name): flat for one in known for name in (one.total, *one.terms)}
    for _ in known:
        incoming = {
            (one.key, name): _say_field(beliefs[name], name, one, known, messages)
            for one in known
            for name in (one.total, *one.terms)
        }
        for one in known:
            messages.update(_answer_identity(one, incoming))
    return {name: _combine(belief, name, known, messages) for name, belief in beliefs.items()}


def _say_field(
    belief: FieldBelief,
    name: str,
    asking: Identity,
    known: Sequence[Identity],
    messages: Mapping[tuple[str, str], Table],
) -> Table:
    """What a field tells an identity about the number meant: its own belief and what its other identities told it.

    "Open" paper may have meant any number: its share is spread evenly.
    """
    said = _mean(belief.values + belief.open / VALUES, MISWRITTEN)
    for one in known:
        if one.key != asking.key and name in (one.total, *one.terms):
            said = said * messages[one.key, name]
    return cast("Table", said / said.sum())


def _answer_identity(identity: Identity, incoming: Mapping[tuple[str, str], Table]) -> dict[tuple[str, str], Table]:
    """What an identity tells each of its fields, given what the others told it."""
    total = incoming[identity.key, identity.total]
    terms = [incoming[identity.key, name] for name in identity.terms]
    answers = {(identity.key, identity.total): _write_sum(_add(terms))}
    wanted = _wish_sum(total, len(terms))
    for index, name in enumerate(identity.terms):
        others = _add([term for place, term in enumerate(terms) if place != index])
        answers[identity.key, name] = _shift_back(wanted, others)
    return {key: table / table.sum() for key, table in answers.items()}


def _add(terms: Sequence[Table]) -> Table:
    """The distribution of the sum of independent numbers."""
    total = np.ones(1)
    for term in terms:
        total = np.convolve(total, term)
    return total


def _write(meant: Table, slipping: float) -> Table:
    """The distribution of the number written, given that of the number meant: mostly the same, seldom a slip."""
    slip = (_slips() @ meant + meant.sum() / VALUES) / 2
    return cast("Table", (1 - slipping) * meant + slipping * slip)


def _mean(written: Table, slipping: float) -> Table:
    """How well each number meant explains what is written: `_write` the other way round."""
    slip = (_slips().T @ written + written.sum() / VALUES) / 2
    return cast("Table", (1 - slipping) * written + slipping * slip)


def _write_sum(true_sum: Table) -> Table:
    """The distribution of the total that a clerk adds up; a sum beyond the boxes can only become any other number."""
    inside = np.zeros(VALUES)
    inside[: min(VALUES, len(true_sum))] = true_sum[:VALUES]
    beyond = float(true_sum.sum() - inside.sum())
    return np.asarray(_write(inside, BROKEN_SUM) + BROKEN_SUM * beyond / VALUES)


def _wish_sum(total: Table, terms: int) -> Table:
    """How well each true sum (0 .. terms x 999) explains the total."""
    wished = np.full(terms * (VALUES - 1) + 1, BROKEN_SUM / VALUES)
    wished[:VALUES] = _mean(total, BROKEN_SUM)
    return wished


def _shift_back(wanted: Table, others: Table) -> Table:
    """For each value x of one term: the sum over the others' total y of wanted[x + y] x others[y]."""
    return np.correlate(wanted, others, mode="valid")[:VALUES]


@cache
def _slips() -> NDArray[np.float64]:
    """(VALUES, VALUES), columns sum to 1: what a clerk writes instead of a sum when he slips.

    One digit changed, two neighbouring digits exchanged, or off by 1, 10 or 100 (a carry).
    """
    slips = np.zeros((VALUES, VALUES))
    for value in range(VALUES):
        digits = [int(digit) for digit in f"{value:0{PLACES}d}"]
        for near in _near_values(value, digits):
            slips[near, value] += 1.0
    return cast("NDArray[np.float64]", slips / slips.sum(axis=0, keepdims=True))


def _near_values(value: int, digits: list[int]) -> set[int]:
    """The values a slip away from `value`."""
    near = {value + step for step in (-100, -10, -1, 1, 10, 100)}
    for place, digit in enumerate(digits):
        weight = 10 ** (PLACES - 1 - place)
        near |= {value + (other - digit) * weight for other in range(10)}
        if place + 1 < PLACES:
            near.add(value + (digits[place + 1] - digit) * (weight - weight // 10))
    return {one for one in near if 0 <= one < VALUES and one != value}


def _combine(
    belief: FieldBelief, name: str, known: Sequence[Identity], messages: Mapping[tuple[str, str], Table]
) -> FieldBelief:
    """A field's belief times what every identity told it; "open" gains nothing from a sum."""
    asked = [messages[one.key, name] for one in known if name in (one.total, *one.terms)]
    if not asked:
        return belief
    told = np.prod(asked, axis=0)
    told = told / told.sum()
    return _normalise(belief.values * _write(told, MISWRITTEN), belief.open / VALUES)


def _normalise(values: Table, share: float) -> FieldBelief:
    """Make it sum to 1."""
    whole = float(values.sum()) + share
    return FieldBelief(values / whole, share / whole)
