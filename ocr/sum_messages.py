"""What one identity tells one of its fields, given what the others say: exact, by the clerks' error model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocr.clerk_errors import rate_of, wish_sum, write_sum
from ocr.sum_tables import add_up, shift_back

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ocr.clerk_errors import Table
    from ocr.layout import Identity


def answer(identity: Identity, name: str, said: Mapping[str, Table], size: int) -> Table:
    """For each number (size,) of the field `name`: the weight of all numbers of the others that go with it.

    `said` holds a table for each other field of the identity. Nothing is scaled: weights stay comparable.
    """
    rate = rate_of(len(identity.terms))
    if name == identity.total:
        return write_sum(add_up([said[term] for term in identity.terms]), size, rate)
    others = add_up([said[term] for term in identity.terms if term != name])
    wished = wish_sum(said[identity.total], size + len(others) - 1, rate)
    return shift_back(wished, others, size)
