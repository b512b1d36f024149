"""Values that are only likely, on a page most of which cannot be read: they are left open.

A field's probability is that of a digit seen as well as training saw it. On a photograph shaken beyond that, what is
misread is misread everywhere: the fields that still get a number get it for the same smeared strokes that leave their
neighbours unreadable. There a number is named only where the machine is sure of it; and where lines are soft, or a
neighbour's ink told nothing, only where next to nothing speaks against it. Where the paper itself is striped, as on a
screen, nothing is named at all: stripes add the same stroke to every 0, and sums close on it. The rule only takes
values away.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from ocr.check_grid import usual_lift
from ocr.measure_stripes import STRIPED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ocr.observe import Observation
    from ocr.reading import FieldReading

UNREAD = frozenset({"unreadable", "boxes_not_found", "struck_out"})
"""Reasons for which a field without a value counts: its ink told no number."""

LEAST_UNREAD, UNREAD_SHARE, LEAST_WHERE_UNREAD = 2, 0.3, 0.99
"""From so many fields of a page on, and such a share, the others are named only when they are so probable."""

HOPELESS_SHARE = 0.5
"""Where more than this share is unread, nothing is named that is not sure."""

SOFT_LINES, LEAST_ON_SOFT = 0.4, 0.98
"""Printed lines of less contrast than this are smeared over more than their width, by blur or by a camera that moved,
or were enlarged from few pixels. So probable must a value be, and wherever the ink of another field of the page told no
number: what made that unreadable lies on its neighbours too. Forms without a tag have thin rules and scans of 2019 many
unread fields: there it is `LEAST_ON_FAINT`, below `FAINT_LINES`."""

FAINT_LINES, LEAST_ON_FAINT = 0.2, 0.95
"""Below this blackened bubbles fade with the lines: there even a faint one that names another digit is believed."""

LEAST_BESIDE_UNREAD = 0.999
"""The same where both come together: lines below `FAINT_LINES`, and a neighbour whose ink told nothing."""

SMEARED_LINES, LEAST_ON_SMEARED = 1 / 3, 0.99
"""Lines with less than this share of the darkness of those that run the other way: the camera moved across them by
several times their width, and strokes that run along with them ran into each other. Of 113 photographs under hard
conditions two are, with 13 values named, one of them less probable than that."""

CRUSHED, LEAST_ON_CRUSHED = 110.0, 0.99
"""A JPEG that rounds to so many grey levels (standard quality 26; telephones use 75 to 97, messengers 60 to 80) has
blocks for strokes: gaps close and bars appear. So probable must a value be."""


def leave_open(fields: Mapping[str, FieldReading], pages: Mapping[str, Observation]) -> dict[str, FieldReading]:
    """The fields by name without what hopeless pages seem to show; `pages`: the photograph each field stands on."""
    mine: dict[int, list[str]] = {}
    for name in fields:
        mine.setdefault(id(pages[name]), []).append(name)
    told = {}
    for names in mine.values():
        seen, own = pages[names[0]], [fields[name] for name in names]
        least = _least_believed(seen, own)
        told.update({one.name: _open(one) if _is_denied(one, seen) else _open_below(one, least) for one in own})
    return told


def _is_denied(field: FieldReading, seen: Observation) -> bool:
    """Is the field on a striped page, or on one with faint lines a bubble of which names another digit?"""
    faint = seen.quality.sharpness < FAINT_LINES
    return seen.stripes >= STRIPED or (faint and _is_told_otherwise(field))


def _is_told_otherwise(field: FieldReading) -> bool:
    """Does a bubble, however faint, name another digit than the value has?"""
    if field.value is None or field.bubbles is None:
        return False
    digits = str(field.value).zfill(len(field.bubbles))
    pairs = zip(reversed(field.bubbles), reversed(digits), strict=False)
    return any(bubble.isdigit() and bubble != digit for bubble, digit in pairs)


def _least_believed(seen: Observation, fields: Sequence[FieldReading]) -> float:
    """How probable an unsure value has to be on this page; infinite where none is good enough."""
    unread = sum(field.value is None and field.reason in UNREAD for field in fields)
    if unread > HOPELESS_SHARE * len(fields):
        return inf
    if unread >= LEAST_UNREAD and unread >= UNREAD_SHARE * len(fields):
        return LEAST_WHERE_UNREAD
    if seen.coarseness >= CRUSHED:
        return LEAST_ON_CRUSHED
    if seen.registration.page.printed_tag is None:
        return LEAST_ON_FAINT if seen.quality.sharpness < FAINT_LINES else 0.0
    if _is_smeared(seen):
        return LEAST_ON_SMEARED
    return _least_beside(seen, fields)


def _least_beside(seen: Observation, fields: Sequence[FieldReading]) -> float:
    """The same by how soft the lines are, and whether the ink of another field told no number."""
    told_nothing = any(field.value is None and field.reason == "unreadable" for field in fields)
    if told_nothing and seen.quality.sharpness < FAINT_LINES:
        return LEAST_BESIDE_UNREAD
    return LEAST_ON_SOFT if told_nothing or seen.quality.sharpness < SOFT_LINES else 0.0


def _is_smeared(seen: Observation) -> bool:
    """Did the camera move across the upright lines, or across the level ones?"""
    usual = usual_lift(seen.registration.fields)
    return usual is not None and float(usual.min()) < SMEARED_LINES * float(usual.max())


def _open_below(field: FieldReading, least: float) -> FieldReading:
    """The field without its value, if that is neither sure nor as probable as `least`."""
    return field if field.sure or field.confidence >= least else _open(field)


def _open(field: FieldReading) -> FieldReading:
    """The field without its value."""
    if field.value is None:
        return field
    return replace(field, value=None, sure=False, reason=field.reason or "badly_seen")
