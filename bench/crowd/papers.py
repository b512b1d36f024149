"""Papers as clerks wrote them, and how numbers are misread."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass

from app.verification.evidence import CheckInput
from bench.crowd.facts import (
    BALLOTS,
    BALLOTS_MOST,
    BALLOTS_SPREAD,
    DIGIT_PAIRS,
    FIELDS,
    FIELDS_WRONG,
    INK_SHARE,
    MISTAKES,
    PAPER_BREAKS,
    READING_WRONG,
    SPOILT,
    UNREADABLE,
)

CHECKS = (CheckInput("suara_sah", "suara_sah", FIELDS[:3]), CheckInput("suara_total", "suara_total", FIELDS[3:5]))
LARGEST = 999
_VOTES, _SUMS = FIELDS[:3], ("suara_sah", "suara_total")
_KINDS, _KIND_WEIGHTS = zip(*MISTAKES, strict=True)
_NEAR = tuple(step for step in range(-9, 10) if step)


def _read_pairs() -> dict[str, tuple[str, list[int]]]:
    """Digit -> digits it is taken for, with accumulated weights."""
    table: dict[str, dict[str, int]] = {}
    for pair in DIGIT_PAIRS.split(", "):
        first, second, number = pair[0], pair[1], int(pair[3:])
        table.setdefault(first, {})[second] = number
        table.setdefault(second, {})[first] = number
    return {digit: ("".join(row), list(itertools.accumulate(row.values()))) for digit, row in table.items()}


_PAIRS = _read_pairs()
_WRONG_FIELDS = sum(number * share for number, share in FIELDS_WRONG)
INK_FIELDS = INK_SHARE * READING_WRONG * _WRONG_FIELDS / 0.25
"""Ambiguous fields a section: people misread one in a quarter of cases on average; that share of their errors it is."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What the form shows. `ink`: fields that may be read in two ways -> (the wrong number, how often it is read)."""

    numbers: Mapping[str, int]
    closes: bool
    readable: bool
    ink: Mapping[str, tuple[int, float]]


def draw_paper(dice: random.Random, *, ink: float = 1.0) -> Paper:
    numbers = _draw_numbers(dice)
    closes = dice.random() >= PAPER_BREAKS
    if not closes:
        name = dice.choice(_SUMS)
        numbers[name] = misread(numbers[name], dice)
    readable = dice.random() >= UNREADABLE
    blurred: dict[str, tuple[int, float]] = {}
    if dice.random() < INK_FIELDS * ink:
        name = dice.choice(FIELDS)
        blurred[name] = change_digit(numbers[name], dice), dice.random() / 2
    return Paper(numbers, closes, readable, blurred)


def _draw_numbers(dice: random.Random) -> dict[str, int]:
    total = round(min(BALLOTS_MOST, max(20.0, dice.gauss(BALLOTS, BALLOTS_SPREAD))))
    spoilt = min(total, int(dice.gammavariate(1.0, SPOILT * total)))
    valid = total - spoilt
    shares = [dice.gammavariate(1.5, 1.0) for _ in _VOTES]
    votes = [int(valid * share / sum(shares)) for share in shares]
    votes[0] += valid - sum(votes)
    return dict(zip(FIELDS, (*votes, valid, spoilt, total), strict=True))


def misread(number: int, dice: random.Random) -> int:
    """Another number that a person may write instead, by the kinds of mistakes of 2019."""
    while True:
        kind = dice.choices(_KINDS, _KIND_WEIGHTS)[0]
        wrong = _misread(kind, number, dice)
        if wrong != number and 0 <= wrong <= LARGEST:
            return wrong


def _misread(kind: str, number: int, dice: random.Random) -> int:
    if kind == "one digit":
        return change_digit(number, dice)
    if kind == "two digits":
        return change_digit(change_digit(number, dice), dice)
    if kind == "nothing":
        return 0
    if kind == "near":
        return number + dice.choice(_NEAR)
    if kind == "digits exchanged":
        was = f"{number:03d}"
        return int(dice.choice((was[1] + was[0] + was[2], was[0] + was[2] + was[1])))
    return dice.randrange(BALLOTS_MOST)


def change_digit(number: int, dice: random.Random) -> int:
    """One digit taken for another. Leading noughts are digits like others: the form has three boxes."""
    digits = list(f"{number:03d}")
    place = dice.randrange(3)
    others, weights = _PAIRS[digits[place]]
    digits[place] = dice.choices(others, cum_weights=weights)[0]
    return int("".join(digits))


def shift_votes(numbers: Mapping[str, int]) -> dict[str, int]:
    """What liars agree on: a fifth of one candidate's votes goes to another. The sums stay as they are."""
    order = sorted(_VOTES, key=lambda name: -numbers[name])
    moved = max(1, numbers[order[0]] // 5)
    return {**numbers, order[0]: numbers[order[0]] - moved, order[1]: numbers[order[1]] + moved}
