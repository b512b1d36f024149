"""Weights flowing along the sums of one tree of fields: gathered towards its root or knot, then spread back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ocr.clerk_errors import closing_chance, rate_of
from ocr.sum_graph import Tree, names_of
from ocr.sum_messages import answer
from ocr.sum_tables import add_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ocr.clerk_errors import Table
    from ocr.layout import Identity


class Flow:
    """One calculation, owned by its caller: `gather`, perhaps `hear` what a knot says, `spread`.

    `tables` say for each field how well each number meant explains what is seen of it. Messages are never scaled, so
    that the weight of everything can be compared between calculations.
    """

    def __init__(self, tree: Tree, tables: Mapping[str, Table]) -> None:
        self.tree = tree
        self.tables = {name: tables[name] for name in sorted(tree.fields)}
        self._inbox: dict[str, dict[str, Table]] = {name: {} for name in tree.fields}

    def gather(self) -> None:
        """Send everything towards the root, or the knot."""
        for leaf in self.tree.leaves:
            self._tell(leaf.identity, leaf.toward)

    def hear(self, name: str, sender: str, table: Table) -> None:
        """Take what something outside of the tree's leaves says of a field."""
        self._inbox[name][sender] = table

    def spread(self) -> None:
        """Send everything back; afterwards every field has heard of every other."""
        for leaf in reversed(self.tree.leaves):
            for name in leaf.leaves:
                self._tell(leaf.identity, name)

    def told(self, name: str, without: str | None = None) -> Table:
        """What all senders but one (an identity's key, or another sender) say of each number meant by a field."""
        said = (table for key, table in self._inbox[name].items() if key != without)
        return _product(said, len(self.tables[name]))

    def weight(self) -> float:
        """The whole weight of a tree without a knot, after `gather`."""
        return float(self.tables[self.tree.root] @ self.told(self.tree.root))

    def weigh(self, identity: Identity, tables: Mapping[str, Table]) -> float:
        """The weight with `tables` for the identity's own fields; after `spread`."""
        said = {name: tables[name] * self.told(name, identity.key) for name in names_of(identity)}
        total = said[identity.total]
        return float(answer(identity, identity.total, said, len(total)) @ total)

    def weigh_closing(self, identity: Identity, tables: Mapping[str, Table]) -> float:
        """The same, when only numbers that add up are counted."""
        said = {name: tables[name] * self.told(name, identity.key) for name in names_of(identity)}
        total, sums = said[identity.total], add_up([said[name] for name in identity.terms])
        reach = min(len(total), len(sums))
        return float(total[:reach] @ sums[:reach]) * closing_chance(len(total), rate_of(len(identity.terms)))

    def _tell(self, identity: Identity, name: str) -> None:
        """One message, from the identity to the field."""
        others = (other for other in names_of(identity) if other != name)
        said = {other: self.tables[other] * self.told(other, identity.key) for other in others}
        self._inbox[name][identity.key] = answer(identity, name, said, len(self.tables[name]))


def _product(tables: Iterable[Table], size: int) -> Table:
    """Multiply tables; of none, ones."""
    product = np.ones(size)
    for table in tables:
        product = product * table
    return product
