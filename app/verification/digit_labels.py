"""What several readers wrote into the same boxes, from the inputs of standing decisions: nothing undecided shows."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.verification.digit_confusions import DigitLabel

_NEWEST = text("SELECT id, inputs FROM decision WHERE state = 'current' ORDER BY id DESC LIMIT :limit")


async def load_digit_labels(session: AsyncSession, *, limit: int) -> tuple[DigitLabel, ...]:
    """Return what readers wrote into boxes that two of them read, of the ``limit`` newest standing decisions."""
    rows = (await session.execute(_NEWEST, {"limit": limit})).all()
    return tuple(label for row in rows for label in list_digit_labels(str(row.id), row.inputs))


def list_digit_labels(name: str, inputs: Mapping[str, Any]) -> Iterator[DigitLabel]:
    """Yield the digits of one decision's readings, box by box; ``name``: what its boxes are called after.

    Confirmations are left out: they saw the number. Numbers are written over one another from the right, with noughts
    before the shorter ones.
    """
    said: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for one in inputs["readings"]:
        if one["mode"] != "confirm":
            for field, number in one["numbers"].items():
                if number is not None:
                    said[f"{one['photo_id']}/{field}"].append((one["reader"], number))
    for place, numbers in said.items():
        if len(numbers) > 1:
            width = max(len(str(number)) for _, number in numbers)
            for reader, number in numbers:
                digits = f"{number:0{width}}"
                yield from (DigitLabel(f"{name}/{place}/{at}", reader, int(digit)) for at, digit in enumerate(digits))
