"""How a clerk puts numbers on paper: what he writes in unused places, which bubbles he blackens, where he slips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ocr.draw.spelling import spell
from ocr.draw.written import NO_BUBBLE, Written
from ocr.layout import Field, Layout

_LEADING = ("X", "0", "-", "_")
_LEADING_SHARES = (0.45, 0.3, 0.12, 0.13)
_DOUBLE, _ALL_MISSING = 0.25, 0.4


@dataclass(frozen=True)
class Faults:
    """Chances of mistakes: `broken_sum` for a polling station, the others for each field.

    A wrong bubble is another digit's or a second one; a missing one leaves a column, or the whole field, without.
    `overwritten`: one digit was corrected.
    """

    broken_sum: float = 0.0
    wrong_bubble: float = 0.0
    missing_bubble: float = 0.0
    overwritten: float = 0.0


EVALUATION_FAULTS = Faults(broken_sum=0.03, wrong_bubble=0.04, missing_bubble=0.10, overwritten=0.15)
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
    shown = _break_a_sum(values, rng) if rng.random() < faults.broken_sum else dict(values)
    return {name: _write(layout.field(name), value, clerk, faults, rng) for name, value in shown.items()}


def _break_a_sum(values: Mapping[str, int], rng: np.random.Generator) -> dict[str, int]:
    """One of the numbers of the votes is off: by a few, or with a digit misremembered."""
    broken = dict(values)
    names = [name for name in broken if name.startswith("suara_")] or list(broken)
    name = names[int(rng.integers(len(names)))]
    steps = (-100, -10, -3, -2, -1, 1, 2, 3, 10, 100)
    possible = [step for step in steps if 0 <= broken[name] + step <= 999]
    broken[name] += int(rng.choice(possible))
    return broken


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
