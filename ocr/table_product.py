"""Products of tables over named fields, summed over most of them one by one: exact, and kept as small as possible."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from ocr.clerk_errors import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Factor: TypeAlias = tuple[tuple[str, ...], Table]
"""Fields and a table with one axis for each."""


def eliminate(factors: Sequence[Factor], keep: tuple[str, ...]) -> Table:
    """Multiply all factors and sum out every field but `keep`, which become the axes of the answer."""
    sizes = {name: count for names, table in factors for name, count in zip(names, table.shape, strict=True)}
    rest = list(factors)
    for name, scope in plan([names for names, _ in rest], keep, sizes):
        mine = [one for one in rest if name in one[0]]
        rest = [one for one in rest if name not in one[0]]
        rest.append((scope, multiply(mine, scope)))
    return multiply(rest, keep)


def work_of(scopes: Sequence[tuple[str, ...]], keep: tuple[str, ...], sizes: Mapping[str, int]) -> int:
    """Entries of the largest table that `eliminate` meets on its way."""
    steps = [(name, *scope) for name, scope in plan(scopes, keep, sizes)]
    return max(prod(sizes[name] for name in names) for names in (*steps, *scopes))


def plan(
    scopes: Sequence[tuple[str, ...]], keep: tuple[str, ...], sizes: Mapping[str, int]
) -> list[tuple[str, tuple[str, ...]]]:
    """In which order to sum out fields, and the fields of the table that each leaves: always the smallest next."""
    around: dict[str, set[str]] = {}
    for names in scopes:
        for name in names:
            around.setdefault(name, set()).update(names)
    steps = []
    left = sorted(around.keys() - set(keep))
    while left:
        name = min(left, key=lambda one: prod(sizes[other] for other in around[one]))
        left.remove(name)
        neighbours = around.pop(name) - {name}
        for other in neighbours:
            around[other] |= neighbours
            around[other].discard(name)
        steps.append((name, tuple(sorted(neighbours))))
    return steps


def multiply(factors: Sequence[Factor], keep: tuple[str, ...]) -> Table:
    """The product of factors, summed over all fields that are not kept."""
    labels = {name: at for at, name in enumerate(dict.fromkeys(name for names, _ in factors for name in names))}
    operands: list[object] = []
    for names, table in factors:
        operands += [table, [labels[name] for name in names]]
    return cast("Table", np.einsum(*operands, [labels[name] for name in keep]))  # type: ignore[call-overload]
