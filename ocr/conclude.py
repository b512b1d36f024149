"""From evidence to a reading: which value, how probable, and whether the machine may call itself sure.

A rule that a citizen may contest, so it is pure and errs to one side: whenever digits, bubbles and sums disagree,
or the page was badly seen, the machine is not sure and people read the field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ocr.classify import CLASSES
from ocr.evidence import PLACES, VALUES, FieldBelief, believe_boxes, settle, weigh_bubbles
from ocr.reading import Check, FieldReading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ocr.layout import Identity
    from ocr.observe import Observation
    from ocr.read_bubbles import BubbleReading

SURE_WRONG = 1e-3
"""`sure` = wrong with at most this probability."""

MODEL_FLOOR = 1e-4
"""No field is claimed better than this: some mistakes are in nobody's model."""

MIN_VALUE = 0.5
"""A value less probable than this is not named; the field is left open."""

MIN_SUPPORT = 1e-3
"""Sums may choose among what the ink could say, in boxes and bubbles. What the ink gives less than this they may not:
then the field is left open, with the digits as they look and every candidate beside them."""

SURE_BOX_PX = 16.0
SURE_RESIDUAL_MM = 0.40
SURE_BORDER_SHARE = 0.6
CLEAR = 0.95
"""Digits and bubbles of every field of a broken sum this clear: then it is the paper that does not add up."""


def conclude(
    observations: Sequence[Observation], identities: Sequence[Identity]
) -> tuple[dict[str, FieldReading], tuple[Check, ...]]:
    """All fields of the pages given, weighed together, and the identities that touch them."""
    alone = {name: _believe(seen, name) for seen in observations for name in seen.boxes}
    weighed = {
        name: weigh_bubbles(alone[name], seen.bubbles[name].marks) if name in seen.bubbles else alone[name]
        for seen in observations
        for name in seen.boxes
    }
    settled = settle(weighed, identities)
    fields = {
        name: _conclude_field(name, seen, (alone[name], weighed[name], settled[name]))
        for seen in observations
        for name in seen.boxes
    }
    checks = tuple(_check(one, fields, weighed) for one in identities if {one.total, *one.terms} & fields.keys())
    return {name: _doubt(field, checks) for name, field in fields.items()}, checks


def _believe(seen: Observation, name: str) -> FieldBelief:
    """The boxes' own word; a field whose printed boxes were not met says nothing."""
    if not seen.view(name).found:
        return FieldBelief(np.full(VALUES, 1e-12), 1.0 - VALUES * 1e-12)
    return believe_boxes(seen.boxes[name])


def _conclude_field(
    name: str, seen: Observation, beliefs: tuple[FieldBelief, FieldBelief, FieldBelief]
) -> FieldReading:
    """Value, confidence and first reason for doubt of one field, from its boxes, boxes and bubbles, and everything."""
    alone, weighed, settled = beliefs
    bubbles = seen.bubbles.get(name)
    digits = "".join(CLASSES[index] for index in seen.boxes[name].argmax(axis=1))
    overruled = weighed.values[settled.best] < MIN_SUPPORT
    best = alone.best if overruled else settled.best
    confidence, support = min(float(settled.values[best]), 1.0 - MODEL_FLOOR), float(alone.values[best])
    named = not overruled and confidence >= MIN_VALUE
    reason = (
        _first_doubt(seen, name, best, digits, bubbles)
        if named
        else _why_open(seen, name, overruled=overruled and support >= MIN_VALUE)
    )
    return FieldReading(
        name=name,
        value=best if named else None,
        confidence=confidence,
        sure=named and reason is None and 1.0 - confidence <= SURE_WRONG,
        digits=digits,
        bubbles=bubbles.text if bubbles else None,
        candidates=settled.top(5),
        reason=reason,
    )


def number_shown(digits: str) -> int | None:
    """The number that box symbols ("X23") spell; boxes struck out altogether are 0, other gaps are no number."""
    plain = digits.lstrip("X-_")
    if plain:
        return int(plain) if plain.isdecimal() else None
    return None if "_" in digits else 0


def _why_open(seen: Observation, name: str, *, overruled: bool) -> str:
    """Why no value is probable enough to be named."""
    if not seen.view(name).found:
        return "boxes_not_found"
    return "sum_disagrees" if overruled else "unreadable"


def _first_doubt(seen: Observation, name: str, value: int, digits: str, bubbles: BubbleReading | None) -> str | None:
    """Why the machine must not be sure of a probable value, or None. `digits` is what each box by itself looks like."""
    if not seen.view(name).found:
        return "boxes_not_found"
    if value != number_shown(digits):
        return "digits_disagree"
    if bubbles and _contradicts(bubbles.marks, value):
        return "bubbles_disagree"
    if not _seen_well(seen, name):
        return "badly_seen"
    return None


def _seen_well(seen: Observation, name: str) -> bool:
    """Was the field large, straight and complete enough to be sure of?"""
    view = seen.view(name)
    return (
        seen.quality.box_px >= SURE_BOX_PX
        and view.residual_mm <= SURE_RESIDUAL_MM
        and min(view.border_shares) >= SURE_BORDER_SHARE
    )


def _contradicts(marks: str, value: int) -> bool:
    """Does a clearly blackened bubble name another digit than the value?"""
    digits = f"{value:0{PLACES}d}"
    return any(mark.isdigit() and mark != digit for mark, digit in zip(marks, digits, strict=True))


def _check(identity: Identity, fields: Mapping[str, FieldReading], weighed: Mapping[str, FieldBelief]) -> Check:
    """Does the identity close on the values read?"""
    names = (identity.total, *identity.terms)
    values = [fields[name].value if name in fields else None for name in names]
    known = [value for value in values if value is not None]
    if len(known) < len(names):
        return Check(identity.key, identity.total, identity.terms, None, values[0], None, None)
    written, computed = known[0], sum(known[1:])
    closes = written == computed
    clear = all(weighed[name].values.max() >= CLEAR for name in names)
    hint = None if closes else ("paper" if clear else "reader")
    return Check(identity.key, identity.total, identity.terms, closes, written, computed, hint)


def _doubt(field: FieldReading, checks: Sequence[Check]) -> FieldReading:
    """No field of a sum that does not close is sure: one of its fields is not what it seems."""
    broken = any(check.closes is False and field.name in (check.total, *check.terms) for check in checks)
    if not broken or field.value is None:
        return field
    return FieldReading(**{**vars(field), "sure": False, "reason": field.reason or "sum_open"})
