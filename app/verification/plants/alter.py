"""Wrong values as a machine would misread them: a digit taken for one that looks like it, the sums still closing. Pure.

A value that breaks a sum would be found by adding up, without a look at the picture; an ordinary confirmation is only
dealt where all sums close. So a change of one field is made good in the others of its sums.
"""

import random
from collections.abc import Mapping, Sequence

Sum = tuple[str, tuple[str, ...]]
"""(total, terms)."""

LOOKS_LIKE: Mapping[str, str] = {
    "0": "68", "1": "74", "2": "7", "3": "8", "4": "91", "5": "63", "6": "05", "7": "12", "8": "30", "9": "4",
}  # fmt: skip
"""Digits that readers of handwriting take for one another most (3/8, 1/7, 2/7, 0/6, 5/6, 4/9)."""

FIELDS_MAX = 4
"""No more fields are changed: a form with many odd values would be noticed as a whole."""

NUMBER_MAX = 999
_TRIES = 60


def alter_numbers(numbers: Mapping[str, int], sums: Sequence[Sum], rng: random.Random) -> dict[str, int] | None:
    """Return ``numbers`` with two to four of them changed so that every sum closes as before; None if none is found.

    ``sums``: those whose fields are all in ``numbers``. A field in no sum is left alone: a section that holds one is
    never dealt for confirmation. None also where the form's own sums do not close.
    """
    summed = sorted({name for total, terms in sums for name in (total, *terms)})
    if not summed or set(summed) != set(numbers) or not all(_gap(numbers, one) == 0 for one in sums):
        return None
    for _ in range(_TRIES):
        field = rng.choice(summed)
        taken_for = _misread(numbers[field], rng)
        if taken_for is None:
            continue
        changed = _make_good({**numbers, field: taken_for}, numbers, sums, rng)
        if changed is not None:
            return changed
    return None


def _misread(value: int, rng: random.Random) -> int | None:
    """Return the number with one digit taken for another; None where that gives no other number of as many digits."""
    digits = list(str(value))
    place = rng.randrange(len(digits))
    digits[place] = rng.choice(LOOKS_LIKE[digits[place]])
    number = int("".join(digits))
    return number if number != value and len(str(number)) == len(str(value)) else None


def _make_good(
    changed: dict[str, int], numbers: Mapping[str, int], sums: Sequence[Sum], rng: random.Random
) -> dict[str, int] | None:
    """Return the numbers with every sum closed again by changing further fields, or None within the bound."""
    broken = [one for one in sums if _gap(changed, one) != 0]
    touched = [name for name in numbers if changed[name] != numbers[name]]
    if not broken:
        return changed
    if len(touched) >= FIELDS_MAX:
        return None
    total, terms = broken[0]
    gap = _gap(changed, broken[0])
    free = [name for name in (total, *terms) if name not in touched]
    for name in rng.sample(free, len(free)):
        value = changed[name] + (gap if name == total else -gap)
        if 0 <= value <= NUMBER_MAX:
            found = _make_good({**changed, name: value}, numbers, sums, rng)
            if found is not None:
                return found
    return None


def _gap(numbers: Mapping[str, int], one: Sum) -> int:
    """Return by how much the terms exceed the total."""
    total, terms = one
    return sum(numbers[name] for name in terms) - numbers[total]
