"""Sums that form circles, weighed exactly among a few candidates a field, with a bound on what is left out.

The voters of page 1 stand in a grid: each number is in a row and in a column. No message passing is exact there, and
all combinations of a thousand values are too many. So each field keeps its candidates, and among them every
combination is counted. What is left out is bounded, never guessed: when identities are dropped until no circle is left,
each of them with a chance of 1 at most, the weight of all combinations with a number m of a field can only grow, and
among the rest it is exact. These bounds also choose the candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ocr.clerk_errors import chance_of, rate_of
from ocr.sum_flow import Flow
from ocr.sum_graph import cut_circles, grow_trees, names_of
from ocr.table_product import Factor, eliminate, work_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ocr.clerk_errors import Numbers, Table
    from ocr.layout import Identity

NARROW = (1e-6, 1e-9, 1e-12, 1e-15)
"""Shares of a field's bound that its candidates may leave out: tried in this order until `ENOUGH` is reached."""

ENOUGH = 1e-6
"""A share left out that matters to nobody: a hundredth of what a sure field may be wrong."""

LARGEST = 200_000
"""Entries of the largest table that is worked with: bounds time and memory (1.6 MB)."""


@dataclass(frozen=True)
class Knot:
    """The knot with its candidates (rising numbers a field) and `left_out`, the weight of all others at most."""

    identities: tuple[Identity, ...]
    candidates: Mapping[str, Numbers]
    left_out: float


def tie(identities: tuple[Identity, ...], tables: Mapping[str, Table]) -> Knot:
    """Choose candidates for the fields of a knot from `tables`, what each field and its leaves say of each number."""
    bounds = bound(identities, tables)
    knot = _slim(identities, bounds, NARROW[0])
    for share in NARROW[1:]:
        if knot.left_out <= ENOUGH * weigh(knot, tables):
            break
        wider = _slim(identities, bounds, share)
        if wider.left_out >= knot.left_out:
            break
        knot = wider
    return knot


def bound(identities: tuple[Identity, ...], tables: Mapping[str, Table]) -> dict[str, Table]:
    """For every number of every field: at least the weight of all combinations with it."""
    bounds = {name: np.full(len(table), np.inf) for name, table in tables.items()}
    for part in cut_circles(identities):
        flows = [Flow(tree, tables) for tree in grow_trees(frozenset(tables), part)]
        for flow in flows:
            flow.gather()
            flow.spread()
        whole = float(np.prod([flow.weight() for flow in flows]))
        for flow in flows:
            others = whole / flow.weight() if flow.weight() > 0 else 0.0
            for name in flow.tables:
                bounds[name] = np.minimum(bounds[name], others * tables[name] * flow.told(name))
    return bounds


def weigh(knot: Knot, tables: Mapping[str, Table]) -> float:
    """The weight of all combinations of candidates together."""
    factors = [*_fields(knot, tables), *(_factor(one, knot, tables) for one in knot.identities)]
    return float(eliminate(factors, ()))


def surround(knot: Knot, tables: Mapping[str, Table], identity: Identity) -> Table:
    """What all the rest of the knot says to one identity: a table with an axis for each of its fields."""
    own = names_of(identity)
    fields = [one for one in _fields(knot, tables) if one[0][0] not in own]
    ones = [((name,), np.ones(len(knot.candidates[name]))) for name in own]
    others = [_factor(one, knot, tables) for one in knot.identities if one.key != identity.key]
    return eliminate([*fields, *ones, *others], own)


def chances(identity: Identity, knot: Knot, tables: Mapping[str, Table]) -> Table:
    """The probability of the identity's total given its terms, for all their candidates; axes as in `names_of`."""
    total, sums = knot.candidates[identity.total], add_candidates(identity, knot)
    distinct, places = np.unique(sums, return_inverse=True)
    table = chance_of(total, distinct, len(tables[identity.total]), rate_of(len(identity.terms)))
    return table[:, places.reshape(-1)].reshape(len(total), *sums.shape)


def add_candidates(identity: Identity, knot: Knot) -> Numbers:
    """The sums of all combinations of the terms' candidates, an axis a term."""
    sums = knot.candidates[identity.terms[0]]
    for name in identity.terms[1:]:
        sums = sums[..., None] + knot.candidates[name]
    return sums


def _slim(identities: tuple[Identity, ...], bounds: Mapping[str, Table], share: float) -> Knot:
    """The candidates that leave out `share` of each bound; the longest lists halved until the work is bearable."""
    candidates = {name: _keep(table, share) for name, table in bounds.items()}
    while _work(identities, candidates) > LARGEST:
        name = max(candidates, key=lambda one: len(candidates[one]))
        best = candidates[name][np.argsort(-bounds[name][candidates[name]], kind="stable")]
        candidates[name] = np.sort(best[: len(best) // 2])
    missed = sum(float(np.delete(bounds[name], candidates[name]).sum()) for name in bounds)
    return Knot(identities, candidates, missed)


def _keep(table: Table, share: float) -> Numbers:
    """The fewest numbers that leave out at most `share` of the table's sum; one at least."""
    order = np.argsort(-table, kind="stable")
    rest = np.cumsum(table[order][::-1])[::-1]
    count = int(np.searchsorted(-rest, -share * rest[0]))
    return np.sort(order[: max(count, 1)]).astype(np.int64)


def _work(identities: tuple[Identity, ...], candidates: Mapping[str, Numbers]) -> int:
    """Entries of the largest table that is needed, whichever identity is surrounded."""
    sizes = {name: len(numbers) for name, numbers in candidates.items()}
    scopes = [names_of(one) for one in identities]
    return max(work_of(scopes, keep, sizes) for keep in scopes)


def _fields(knot: Knot, tables: Mapping[str, Table]) -> list[Factor]:
    return [((name,), tables[name][numbers]) for name, numbers in knot.candidates.items()]


def _factor(identity: Identity, knot: Knot, tables: Mapping[str, Table]) -> Factor:
    return names_of(identity), chances(identity, knot, tables)
