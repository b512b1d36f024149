"""What a person typed into the boxes of one number, as the form has them: hundreds, tens, ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BOXES = 3
NO_DIGIT = frozenset({"", "x", "X", "-", "–"})
"""What may stand in a leading box: nothing, or the cross or dash that the clerk drew."""


@dataclass(frozen=True)
class Entry:
    """One field as typed. ``unreadable``: the person cannot tell it."""

    digits: tuple[str, ...]
    unreadable: bool = False

    def number(self) -> int | None:
        """Return the number; None where it cannot be told or the boxes do not make one (see :meth:`complete`)."""
        if self.unreadable or not self.complete():
            return None
        return int("".join(self._written()))

    def complete(self) -> bool:
        """Tell whether the boxes say something: unreadable, or digits without a gap, the last box filled."""
        written = self._written()
        return self.unreadable or (bool(written) and all(len(one) == 1 and one in "0123456789" for one in written))

    def _written(self) -> Sequence[str]:
        """Return the boxes from the first digit on."""
        leading = next((place for place, one in enumerate(self.digits) if one not in NO_DIGIT), len(self.digits))
        return self.digits[leading:]


def read_entry(form: Mapping[str, str], field: str) -> Entry:
    """Return what a sent form says of ``field``: inputs ``field.0`` to ``field.2`` and the tick ``field.x``."""
    digits = tuple(form.get(f"{field}.{place}", "").strip()[:2] for place in range(BOXES))
    return Entry(digits, unreadable=f"{field}.x" in form)


def write_entry(number: int | None) -> Entry:
    """Return the boxes that show ``number``, right-aligned; empty boxes for None."""
    written = "" if number is None else str(number)
    return Entry(("",) * (BOXES - len(written)) + tuple(written))


def closes(total: str, terms: Sequence[str], numbers: Mapping[str, int | None]) -> bool:
    """Tell whether a sum is obeyed, or cannot be computed."""
    values = [numbers.get(name) for name in (total, *terms)]
    known = [value for value in values if value is not None]
    return len(known) < len(values) or known[0] == sum(known[1:])
