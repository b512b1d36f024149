"""All sums of one tree of fields weighed together, its knot included: what `ocr.settle` asks its questions of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ocr.sum_flow import Flow
from ocr.sum_graph import names_of
from ocr.sum_knot import Knot, add_candidates, chances, surround, tie, weigh

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ocr.clerk_errors import Table
    from ocr.layout import Identity
    from ocr.sum_graph import Tree

KNOT = "(knot)"
"""The sender of what the knot as a whole tells a field."""


class Joint:
    """The joint weight of one tree; everything is calculated when it is made, and nothing changes afterwards.

    `counted` is the weight that was counted, `left_out` what was not, at most.
    """

    def __init__(self, tree: Tree, tables: Mapping[str, Table]) -> None:
        self.tree = tree
        self._flow = Flow(tree, tables)
        self._flow.gather()
        self._loose = _loosen(self._flow)
        self._knot = tie(tree.knot, self._loose) if tree.knot else None
        self._around: dict[str, Table] = {}
        self.counted = _count(self._flow, self._knot, self._loose)
        self.left_out = self._knot.left_out if self._knot else 0.0
        if self._knot:
            self._untie(self._knot)
        self._flow.spread()

    @property
    def missed(self) -> float:
        """The share of the whole weight that was left out, at most."""
        return self.left_out / (self.left_out + self.counted) if self.left_out > 0 else 0.0

    def told(self, name: str) -> Table:
        """What all sums say of each number meant by a field; nothing of numbers that were left out."""
        return self._flow.told(name)

    def count_with(self, tables: Mapping[str, Table]) -> float:
        """The weight counted when some fields have other tables, among the same candidates."""
        flow = Flow(self.tree, {**self._flow.tables, **tables})
        flow.gather()
        return _count(flow, self._knot, _loosen(flow))

    def weigh(self, identity: Identity, tables: Mapping[str, Table], *, closing: bool) -> float:
        """The weight with other tables for all fields of an identity; `closing`: only of numbers that add up."""
        if self._knot and identity in self._knot.identities:
            return self._weigh_knotted(self._knot, identity, tables, closing=closing)
        return self._flow.weigh_closing(identity, tables) if closing else self._flow.weigh(identity, tables)

    def _untie(self, knot: Knot) -> None:
        """Let the knot tell each of its fields what it says; numbers that are no candidates are told nothing."""
        said: dict[str, Table] = {}
        for one in knot.identities:
            self._around[one.key] = surround(knot, self._loose, one)
            joint = self._around[one.key] * chances(one, knot, self._loose)
            for axis, name in enumerate(names_of(one)):
                if name not in said:
                    said[name] = _message(joint, axis, one, knot, self._loose)
        for name, message in said.items():
            self._flow.hear(name, KNOT, message)

    def _weigh_knotted(self, knot: Knot, identity: Identity, tables: Mapping[str, Table], *, closing: bool) -> float:
        """Count the combinations of one identity of the knot, given all around it."""
        joint = self._around[identity.key] * chances(identity, knot, self._loose)
        if closing:
            total, sums = knot.candidates[identity.total], add_candidates(identity, knot)
            joint = joint * (total.reshape(-1, *[1] * sums.ndim) == sums[None])
        for axis, name in enumerate(names_of(identity)):
            table = tables[name] * self._flow.told(name, KNOT)
            joint = joint * _along(axis, joint.ndim, table[knot.candidates[name]])
        return float(joint.sum())


def _loosen(flow: Flow) -> dict[str, Table]:
    """The tables of the knot's fields with what their leaves told them."""
    names = dict.fromkeys(name for one in flow.tree.knot for name in names_of(one))
    return {name: flow.tables[name] * flow.told(name, KNOT) for name in names}


def _count(flow: Flow, knot: Knot | None, loose: Mapping[str, Table]) -> float:
    """The weight counted, at the root or in the knot."""
    return weigh(knot, loose) if knot else flow.weight()


def _message(joint: Table, axis: int, identity: Identity, knot: Knot, loose: Mapping[str, Table]) -> Table:
    """Sum a joint table over all fields of an identity but one; the answer is over all numbers of that one."""
    names = names_of(identity)
    for other, name in enumerate(names):
        if other != axis:
            joint = joint * _along(other, len(names), loose[name][knot.candidates[name]])
    message = np.zeros(len(loose[names[axis]]))
    message[knot.candidates[names[axis]]] = joint.sum(axis=tuple(at for at in range(len(names)) if at != axis))
    return message


def _along(axis: int, axes: int, table: Table) -> Table:
    """A table of one axis, to be multiplied into one of several."""
    return table.reshape([len(table) if at == axis else 1 for at in range(axes)])
