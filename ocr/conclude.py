"""From evidence to a reading: which value, how probable, and whether the machine may call itself sure.

A rule that a citizen may contest, so it is pure and errs to one side: whenever digits, bubbles and sums disagree,
or the page was badly seen, the machine is not sure and people read the field.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ocr.classify import CLASSES
from ocr.evidence import allow_correction, believe_boxes, believe_ink, believe_nothing, normalise, weigh_bubbles
from ocr.find_strikes import STRUCK
from ocr.hand_caught import catch_hand, doubt_caught
from ocr.hand_doubt import Sight, doubt_hands, weigh_doubts
from ocr.leave_open import leave_open
from ocr.reading import Check, FieldReading, SectionReading
from ocr.settle import settle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ocr.evidence import FieldBelief
    from ocr.hand_doubt import HandDoubt
    from ocr.layout import Identity, Layout
    from ocr.observe import Observation
    from ocr.settle import Settled

SURE_WRONG = 1e-4
"""`sure` = wrong with at most this probability."""

MODEL_FLOOR = 3e-5
"""No field is claimed better than this, whatever the posterior says: some mistakes are in nobody's model.

It has to hold a hand whose 1 is another's 7 to a net that is sure of both: what the net itself doubts is weighed in
`ocr.hand_doubt`, the rest is here. Of 51,000 sure fields on drawn papers by hands that no training saw none was wrong:
1.4e-5 is as likely as not, 5.9e-5 the bound at 95 %. Twice the first, because drawn hands are kinder than people.
"""

MIN_VALUE = 0.5
"""A value less probable than this is not named; the field is left open."""

MIN_CHANGED = 0.95
"""The same for a value that the boxes by themselves do not look like: sums may turn a digit, but leave little doubt."""

MIN_SUPPORT = 1e-3
"""Sums may choose among what the ink could say, in boxes and bubbles. What the ink gives less than this they may not:
then the field is left open, with the digits as they look and every candidate beside them."""

MIN_SPLIT, MIN_SPLIT_ALONE = 0.02, 0.2
"""An overwritten box shows two digits: the net's word is split between them. Sums that close may choose the second, and
be sure of it, where the ink of the boxes gives the number this much, with a clear bubble for it and without. Below,
or where no sum closes, digits and number disagree: the sums would have read it, not the ink."""

LEFT_OPEN = frozenset({"bubbles_disagree", "struck_out"})
"""Reasons for which a value is never named, however probable."""

SURE_BOX_PX = 16.0
SURE_RESIDUAL_MM = 0.40
SURE_BORDER_SHARE = 0.6


@dataclass(frozen=True)
class Conclusion:
    """All fields of the pages given, the identities that touch them, and the sections they belong to."""

    fields: Mapping[str, FieldReading]
    checks: tuple[Check, ...]
    sections: Mapping[str, SectionReading]


@dataclass(frozen=True)
class _Beliefs:
    """What boxes alone, boxes and bubbles, and everything together say.

    `carried`: fields of at least one sum, all of whose sums close on the likeliest numbers.
    """

    alone: Mapping[str, FieldBelief]
    weighed: Mapping[str, FieldBelief]
    settled: Settled
    carried: frozenset[str]


def conclude(observations: Sequence[Observation], layout: Layout) -> Conclusion:
    """Weigh all fields of the pages given together; each page at most once."""
    pages = {name: seen for seen in observations for name in seen.boxes}
    alone = {name: _believe(seen, name) for name, seen in pages.items()}
    weighed = {
        name: weigh_bubbles(alone[name], seen.bubbles[name].likelihood) if name in seen.bubbles else alone[name]
        for name, seen in pages.items()
    }
    settled = settle(weighed, layout.identities)
    beliefs = _Beliefs(alone, weighed, settled, settled.carried(layout.identities))
    fields = {name: _conclude_field(name, seen, beliefs) for name, seen in pages.items()}
    touched = [one for one in layout.identities if {one.total, *one.terms} & fields.keys()]
    filled = {name: _fill(field) for name, field in fields.items()}
    closing = [one for one in touched if _check(one, filled, None).closes]
    sights = {name: _look_at(seen, fields[name]) for name, seen in pages.items()}
    hands = doubt_hands(sights, closing)
    caught = catch_hand(sights, settled.fields)
    weakened = {
        name: _doubt_hand(field, weigh_doubts(hands[name]) + doubt_caught(sights[name], caught))
        for name, field in fields.items()
    }
    checks = tuple(_check(one, weakened, _weigh_paper(one, beliefs)) for one in touched)
    doubted = leave_open({name: _doubt(field, checks) for name, field in weakened.items()}, pages)
    checks = tuple(_check(one, doubted, _weigh_paper(one, beliefs)) for one in touched)
    sections = _conclude_sections(layout, doubted, checks, settled, hands)
    return Conclusion(MappingProxyType(doubted), checks, sections)


def number_shown(digits: str) -> int | None:
    """The number that box symbols ("X23") spell; boxes struck out altogether are 0, other gaps are no number."""
    plain = digits.lstrip("X-_")
    if plain:
        return int(plain) if plain.isdecimal() else None
    return None if "_" in digits else 0


def _look(seen: Observation, name: str) -> str:
    """What each box by itself looks like, a symbol a box."""
    return "".join(CLASSES[index] for index in seen.boxes[name].argmax(axis=1))


def _look_at(seen: Observation, field: FieldReading) -> Sight:
    """What a field tells of its writer's hand."""
    name = field.name
    return Sight(seen.boxes[name], seen.bubbles.get(name), seen.corrected.get(name, ()), field.value)


def _fill(field: FieldReading) -> FieldReading:
    """The field with nought for a value where its boxes hold no digit: sums that close with that bind their digits."""
    void = field.value is None and not field.digits.strip("X-_")
    return replace(field, value=0) if void else field


def _believe(seen: Observation, name: str) -> FieldBelief:
    """The boxes' own word; a field whose printed boxes were not met says nothing."""
    boxes = seen.boxes[name]
    if not seen.view(name).found:
        return believe_nothing(len(boxes))
    return allow_correction(believe_boxes(boxes), struck=_is_struck(seen, name))


def _is_struck(seen: Observation, name: str) -> bool:
    """Does a line go through the whole field?"""
    return seen.strikes.get(name, 0.0) >= STRUCK


def _conclude_field(name: str, seen: Observation, beliefs: _Beliefs) -> FieldReading:
    """Value, confidence and first reason for doubt of one field."""
    bubbles = seen.bubbles.get(name)
    digits = _look(seen, name)
    settled = beliefs.settled.fields[name]
    overruled = beliefs.weighed[name].values[settled.best] < MIN_SUPPORT
    best = beliefs.alone[name].best if overruled else settled.best
    wrong = min(beliefs.settled.wrong(name, best) + MODEL_FLOOR, 1.0)
    needed = MIN_VALUE if best == number_shown(digits) else MIN_CHANGED
    named = not overruled and 1.0 - wrong >= needed
    reason = _first_doubt(seen, name, best, beliefs) if named else _why_open(seen, name, beliefs, overruled=overruled)
    shown = named and reason not in LEFT_OPEN
    return FieldReading(
        name=name,
        value=best if shown else None,
        confidence=1.0 - wrong,
        sure=shown and reason is None and wrong <= SURE_WRONG,
        digits=digits,
        bubbles=bubbles.text if bubbles else None,
        candidates=_rank(seen, name, settled),
        reason=reason,
        bubble_kinds=bubbles.kinds if bubbles else (),
    )


def _why_open(seen: Observation, name: str, beliefs: _Beliefs, *, overruled: bool) -> str:
    """Why no value is probable enough to be named."""
    if not seen.view(name).found:
        return "boxes_not_found"
    if _is_struck(seen, name):
        return "struck_out"
    shown, bubbles = beliefs.alone[name], seen.bubbles.get(name)
    if float(shown.values[shown.best]) < MIN_VALUE:
        return "unreadable"
    if bubbles and bubbles.contradicts(shown.best):
        return "bubbles_disagree"
    return "sum_disagrees" if overruled else "unreadable"


def _rank(seen: Observation, name: str, settled: FieldBelief) -> tuple[tuple[int, float], ...]:
    """The five likeliest values; of a field that was not seen: what sums would have it be, if it is a number."""
    told = settled if seen.view(name).found else normalise(settled.values, 0.0)
    return told.top(5)


def _first_doubt(seen: Observation, name: str, value: int, beliefs: _Beliefs) -> str | None:
    """Why the machine must not be sure of a probable value, or None.

    A bubble against the digits, or a line through them all, leaves the field open whatever the sums say: people decide.
    Against the digits: against the value, or against what the boxes show where they hardly show the value.
    """
    if not seen.view(name).found:
        return "boxes_not_found"
    if _is_struck(seen, name):
        return "struck_out"
    bubbles, digits = seen.bubbles.get(name), _look(seen, name)
    shown = number_shown(digits)
    needed = MIN_SPLIT if bubbles and bubbles.carries(value, digits) else MIN_SPLIT_ALONE
    ink = float(believe_ink(seen.boxes[name]).values[value])
    looks = value if name in beliefs.carried and ink >= needed else shown
    if bubbles and (bubbles.contradicts(value) or (looks is not None and bubbles.contradicts(looks))):
        return "bubbles_disagree"
    if value != looks:
        return "digits_disagree"
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


def _weigh_paper(identity: Identity, beliefs: _Beliefs) -> float | None:
    """The probability that the paper does not add up; None where one of its fields more likely holds no number."""
    names = (identity.total, *identity.terms)
    if any(name not in beliefs.weighed or beliefs.weighed[name].open > 0.5 for name in names):
        return None
    return beliefs.settled.broken.get(identity.key)


def _check(identity: Identity, fields: Mapping[str, FieldReading], paper: float | None) -> Check:
    """Does the identity close on the values read?"""
    names = (identity.total, *identity.terms)
    values = [fields[name].value if name in fields else None for name in names]
    known = [value for value in values if value is not None]
    if len(known) < len(names):
        return Check(identity.key, identity.total, identity.terms, None, values[0], None, None, paper)
    written, computed = known[0], sum(known[1:])
    closes = written == computed
    hint = None if closes else ("paper" if paper is not None and paper >= 0.5 else "reader")
    return Check(identity.key, identity.total, identity.terms, closes, written, computed, hint, paper)


def _doubt_hand(field: FieldReading, doubt: float) -> FieldReading:
    """A field whose digits may be misread together with others of its sums is so much less sure, or left open."""
    confidence = max(field.confidence - doubt, 0.0)
    if field.value is not None and confidence < MIN_VALUE:
        return replace(field, value=None, confidence=confidence, sure=False, reason=field.reason or "unreadable")
    return replace(field, confidence=confidence, sure=field.sure and 1.0 - confidence <= SURE_WRONG)


def _doubt(field: FieldReading, checks: Sequence[Check]) -> FieldReading:
    """No field of a sum that does not close is sure: one of its fields is not what it seems."""
    broken = any(check.closes is False and field.name in (check.total, *check.terms) for check in checks)
    doubtful = broken and field.value is not None
    return replace(field, sure=False, reason=field.reason or "sum_open") if doubtful else field


def _conclude_sections(
    layout: Layout,
    fields: Mapping[str, FieldReading],
    checks: Sequence[Check],
    settled: Settled,
    hands: Mapping[str, Sequence[HandDoubt]],
) -> Mapping[str, SectionReading]:
    """Every section that has a field here."""
    members = {
        section: [one.name for page in layout.pages.values() for one in page.fields if one.section == section]
        for section in layout.sections
    }
    closing = {section: _closes(layout, section, checks) for section in layout.sections}
    return MappingProxyType(
        {
            section: _conclude_section(names, fields, settled, hands, closes=closing[section])
            for section, names in members.items()
            if fields.keys() & set(names)
        }
    )


def _conclude_section(
    names: Sequence[str],
    fields: Mapping[str, FieldReading],
    settled: Settled,
    hands: Mapping[str, Sequence[HandDoubt]],
    *,
    closes: bool | None,
) -> SectionReading:
    """One section: all its fields together are at most as probable as each."""
    values = {name: value for name in names if name in fields and (value := fields[name].value) is not None}
    if len(values) < len(names):
        return SectionReading(sure=False, wrong=1.0, closes=closes)
    wrong = min(settled.wrong_together(values) + MODEL_FLOOR + weigh_doubts(*(hands[name] for name in names)), 1.0)
    sure = all(fields[name].sure for name in names) and wrong <= SURE_WRONG
    return SectionReading(sure=sure, wrong=wrong, closes=closes)


def _closes(layout: Layout, section: str, checks: Sequence[Check]) -> bool | None:
    """Whether all sums of a section close: False beats None beats True."""
    own = {one.key for one in layout.identities if one.section == section}
    said = {check.closes for check in checks if check.key in own}
    if False in said:
        return False
    return None if None in said or not said else True
