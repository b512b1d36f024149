"""Which decided sections may be planted: only those whose numbers are as good as certain. Pure.

A planted item with a wrong answer would count a careful reader as careless. It errs towards planting fewer.
"""

from collections.abc import Collection, Mapping, Sequence

from app.verification.evidence import ReadingInput

WRONG_MAX = 1e-5
"""Largest posterior probability that a number is wrong; ten times less than a decision's bound."""

UNFIT_FLAGS = frozenset({"paper", "incomplete", "override"})
"""Papers whose sums do not close are argued about; a page without its sum was decided with less."""

READERS_MIN = 2


def is_fit(
    numbers: Mapping[str, int],
    wrong: Mapping[str, float],
    flags: Collection[str],
    readings: Sequence[ReadingInput],
    *,
    placed: bool = False,
) -> bool:
    """Tell whether a decision's numbers are certain enough to measure people by.

    ``wrong``: field -> posterior probability of being wrong. Somebody must have read each number with empty boxes, and
    another reader, a person or the machine, must have read the same. ``placed``: it rests on a photograph that was
    placed by hand; nobody knows where its fields are to be cut.
    """
    if placed or not numbers or UNFIT_FLAGS.intersection(flags):
        return False
    if any(wrong.get(name, 1.0) > WRONG_MAX for name in numbers):
        return False
    return all(_is_borne_out(name, number, readings) for name, number in numbers.items())


def _is_borne_out(name: str, number: int, readings: Sequence[ReadingInput]) -> bool:
    agreeing = [one for one in readings if one.numbers.get(name) == number and one.mode != "confirm"]
    blind = [one for one in agreeing if one.mode in {"blind", "review"}]
    return bool(blind) and len({one.reader for one in agreeing}) >= READERS_MIN
