"""Numbers in Indonesian words, and the number whose words are nearest to what somebody read.

The grammar is that of the form: nol to sembilan, belas, puluh, ratus, and se- for one of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

UNITS = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan")
MOST = 999
FAR = 0.30
"""Letters to be changed, of the words' letters: beyond this nothing is said."""

LEAD = 2
"""The second nearest number must be so many letters further away: "tiga" and "lima" are near each other."""

LOOKS_LIKE = str.maketrans({"0": "o", "1": "i", "4": "a", "5": "s", "8": "b", "|": "i", "!": "i", "6": "g", "$": "s"})
"""Capitals that are written, and read, like digits and signs."""


def spell_number(number: int) -> str:
    """`number` 0..999 in words; ValueError beyond."""
    if not 0 <= number <= MOST:
        raise ValueError(f"{number} is not spelled here; give 0 to {MOST}")
    hundreds, rest = divmod(number, 100)
    said = [_counted(hundreds, "ratus")] if hundreds else []
    if rest or not hundreds:
        said.append(_spell_below_hundred(rest))
    return " ".join(said)


def _counted(count: int, unit: str) -> str:
    return f"se{unit}" if count == 1 else f"{UNITS[count]} {unit}"


def _spell_below_hundred(number: int) -> str:
    tens, units = divmod(number, 10)
    if tens == 0:
        return UNITS[units]
    if tens == 1 and units:
        return _counted(units, "belas")
    return _counted(tens, "puluh") + (f" {UNITS[units]}" if units else "")


@cache
def _all_spelled() -> Mapping[str, int]:
    """The letters of every number's words, without spaces: people and readers part words anywhere."""
    return MappingProxyType({spell_number(number).replace(" ", ""): number for number in range(MOST + 1)})


def nearest_number(said: str) -> int | None:
    """The number whose words are nearest to `said`; None when they are far, or two numbers are about as near."""
    letters = "".join(letter for letter in said.lower().translate(LOOKS_LIKE) if "a" <= letter <= "z")
    if not letters:
        return None
    near = sorted((_distance(letters, words), words) for words in _all_spelled() if _may_be_near(letters, words))
    if not near or near[0][0] > FAR * len(near[0][1]):
        return None
    if len(near) > 1 and near[1][0] - near[0][0] < LEAD and near[0][0] > 0:
        return None
    return _all_spelled()[near[0][1]]


def _may_be_near(letters: str, words: str) -> bool:
    """Cheap: do the lengths leave it possible?"""
    return abs(len(letters) - len(words)) <= FAR * len(words) + LEAD


def _distance(one: str, other: str) -> int:
    """Letters to insert, leave out or change (Levenshtein)."""
    before = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        here = [row]
        for column, against in enumerate(other, start=1):
            changed = before[column - 1] + (letter != against)
            here.append(min(before[column] + 1, here[column - 1] + 1, changed))
        before = here
    return before[-1]
