"""How a clerk puts numbers on paper: what he writes in unused places, which bubbles he blackens, where he slips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ocr.draw.spelling import spell
from ocr.draw.written import NO_BUBBLE, Written
from ocr.layout import Field, Layout

_LEADING = ("X", "0", "-", "_")
_LEADING_SHARES = (0.45, 0.3, 0.12, 0.13)
_DOUBLE, _ALL_MISSING = 0.25, 0.4


@dataclass(frozen=True)
class Faults:
    """Chances of mistakes: `broken_sum` for a section of the form, the others for each field.

    A wrong bubble is another digit's or a second one; a missing one leaves a column, or the whole field, without; a
    faint one is the right one hardly blackened, an erased one the smudge of another. `overwritten`: one digit was
    corrected; `struck`: all boxes were struck out and the number written beside or above them.
    """

    broken_sum: float = 0.0
    wrong_bubble: float = 0.0
    missing_bubble: float = 0.0
    overwritten: float = 0.0
    struck: float = 0.0
    faint_bubble: float = 0.0
    erased_bubble: float = 0.0


EVALUATION_FAULTS = Faults(
    broken_sum=0.03,
    wrong_bubble=0.04,
    missing_bubble=0.10,
    overwritten=0.15,
    struck=0.005,
    faint_bubble=0.03,
    erased_bubble=0.03,
)
"""The mistakes evaluation papers are drawn with."""


@dataclass(frozen=True)
class _Clerk:
    """Habits of one clerk. `fills_leading`: whether he blackens the 0 under a place he crossed out or left blank."""

    leading: str
    fills_leading: bool
    strikes: bool
    spells: bool


def fill_in(layout: Layout, values: Mapping[str, int], faults: Faults, rng: np.random.Generator) -> dict[str, Written]:
    """What one clerk writes for `values`, by field name."""
    clerk = _Clerk(
        leading=str(rng.choice(_LEADING, p=_LEADING_SHARES)),
        fills_leading=bool(rng.random() < 0.85),
        strikes=bool(rng.random() < 0.9),
        spells=bool(rng.random() < 0.95),
    )
    later = rng.spawn(1)[0]  # of its own, so that what came before it stays as it was drawn
    shown = dict(values)
    for at, names in enumerate(_sections(layout, values)):
        chance = later if at else rng
        if chance.random() < faults.broken_sum:
            name = names[int(chance.integers(len(names)))]
            shown[name] = _slip(shown[name], 10 ** len(layout.field(name).boxes), chance)
    written = {name: _write(layout.field(name), value, clerk, faults, rng) for name, value in shown.items()}
    return {name: _spoil(layout.field(name), one, faults, later) for name, one in written.items()}


def _sections(layout: Layout, values: Mapping[str, int]) -> list[list[str]]:
    """The fields to be written, section by section."""
    grouped = [[name for name in values if layout.field(name).section == section] for section in layout.sections]
    return [names for names in grouped if names]


def _slip(value: int, beyond: int, rng: np.random.Generator) -> int:
    """Another number below `beyond`: off by a few, or by one of its digits."""
    steps = (-100, -10, -3, -2, -1, 1, 2, 3, 10, 100)
    return value + int(rng.choice([step for step in steps if 0 <= value + step < beyond]))


def _write(field: Field, value: int, clerk: _Clerk, faults: Faults, rng: np.random.Generator) -> Written:
    leading = clerk.leading if rng.random() < 0.95 else str(rng.choice(_LEADING))
    plain = str(value)
    if len(plain) > len(field.boxes):
        raise ValueError(f"{field.name} has {len(field.boxes)} boxes; {value} does not fit")
    digits = plain.rjust(len(field.boxes), leading)
    has_bubbles = all(box.bubbles for box in field.boxes)
    bubbles, extra = _blacken(digits, clerk, faults, rng) if has_bubbles else (None, ())
    return Written(
        digits=digits,
        bubbles=bubbles,
        extra_bubbles=extra,
        corrected=_correct(digits, rng) if rng.random() < faults.overwritten else (),
        strokes=value if clerk.strikes else None,
        words=spell(value) if clerk.spells else None,
    )


def _spoil(field: Field, written: Written, faults: Faults, rng: np.random.Generator) -> Written:
    """What goes wrong after a field was filled in: struck out and written anew, bubbles faint or rubbed out."""
    spoiled = written
    if rng.random() < faults.struck and written.value is not None:
        before = _slip(written.value, 10 ** len(field.boxes), rng)
        spoiled = replace(spoiled, struck=str(before).rjust(len(field.boxes), "X"), corrected=())
    columns = [at for at, mark in enumerate(written.bubbles or "") if mark != NO_BUBBLE]
    faint, erased, at = rng.random(), rng.random(), int(rng.integers(max(1, len(columns))))
    if columns and faint < faults.faint_bubble:
        spoiled = replace(spoiled, faint_bubbles=(columns[at],))
    if columns and erased < faults.erased_bubble:
        taken = (written.bubbles or "")[columns[at]]
        other = int(rng.choice([digit for digit in range(10) if str(digit) != taken]))
        spoiled = replace(spoiled, erased_bubbles=((columns[at], other),))
    return spoiled


def _correct(digits: str, rng: np.random.Generator) -> tuple[str, ...]:
    """One box in which another digit stood first."""
    at = int(rng.choice([place for place, symbol in enumerate(digits) if symbol.isdecimal()]))
    before = str(rng.choice([digit for digit in "0123456789" if digit != digits[at]]))
    return tuple(before if place == at else "" for place in range(len(digits)))


def _blacken(
    digits: str, clerk: _Clerk, faults: Faults, rng: np.random.Generator
) -> tuple[str | None, tuple[tuple[int, int], ...]]:
    """The bubbles for the digits, and any second ones; None where the whole field was forgotten."""
    unused = "0" if clerk.fills_leading else NO_BUBBLE
    marks = [symbol if symbol.isdecimal() else unused for symbol in digits]
    extra: tuple[tuple[int, int], ...] = ()
    if rng.random() < faults.wrong_bubble:
        at = int(rng.integers(len(marks)))
        other = str(rng.choice([digit for digit in "0123456789" if digit != marks[at]]))
        if rng.random() < _DOUBLE and marks[at] != NO_BUBBLE:
            extra = ((at, int(other)),)
        else:
            marks[at] = other
    elif rng.random() < faults.missing_bubble:
        if rng.random() < _ALL_MISSING:
            return None, ()
        marks[int(rng.integers(len(marks)))] = NO_BUBBLE
    return "".join(marks), extra
