"""How the identities of a form hang together: what can be peeled off leaf by leaf, and the knot that is left.

Fields and identities are the two kinds of nodes of a graph. An identity of whose fields all but one stand in no other
identity is a leaf: whatever it says goes to that one field, exactly. Pages 2 and 3 peel off altogether; the voters of
page 1, added up by rows and by columns, leave a knot, for which `ocr.sum_knot` is made.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ocr.layout import Identity


@dataclass(frozen=True)
class Leaf:
    """An identity that speaks to one field, `toward`, for all the others of its fields (`leaves`)."""

    identity: Identity
    toward: str
    leaves: tuple[str, ...]


@dataclass(frozen=True)
class Tree:
    """Fields that hang together. `leaves` in the order of peeling; `knot`: the identities left, often none.

    Without a knot everything that the tree says arrives at `root`.
    """

    fields: frozenset[str]
    leaves: tuple[Leaf, ...]
    knot: tuple[Identity, ...]
    root: str

    @property
    def identities(self) -> tuple[Identity, ...]:
        """All sums of the tree."""
        return (*(leaf.identity for leaf in self.leaves), *self.knot)


@lru_cache(maxsize=256)
def grow_trees(fields: frozenset[str], identities: tuple[Identity, ...]) -> tuple[Tree, ...]:
    """The trees of `fields`; identities with a field that is not among them say nothing and are left out."""
    known = [one for one in identities if fields.issuperset(names_of(one))]
    return tuple(_grow(group, known) for group in _hang_together(fields, known))


def names_of(identity: Identity) -> tuple[str, ...]:
    """The fields of an identity, the total first."""
    return (identity.total, *identity.terms)


def _hang_together(fields: frozenset[str], identities: Sequence[Identity]) -> list[frozenset[str]]:
    """The connected groups of fields, in the order of their names."""
    groups = {name: frozenset({name}) for name in sorted(fields)}
    for one in identities:
        joined = frozenset().union(*(groups[name] for name in names_of(one)))
        groups.update(dict.fromkeys(sorted(joined), joined))
    return list(dict.fromkeys(groups.values()))


def _grow(fields: frozenset[str], identities: Sequence[Identity]) -> Tree:
    """Peel one group."""
    rest = [one for one in identities if one.total in fields]
    degrees = Counter(name for one in rest for name in names_of(one))
    leaves: list[Leaf] = []
    while leaf := next((leaf for one in rest if (leaf := _peel(one, degrees))), None):
        leaves.append(leaf)
        rest.remove(leaf.identity)
        degrees.subtract(names_of(leaf.identity))
    root = leaves[-1].toward if leaves else min(fields)
    return Tree(fields, tuple(leaves), tuple(rest), root)


def _peel(identity: Identity, degrees: Counter[str]) -> Leaf | None:
    """The identity as a leaf, if it is one by now."""
    outward = [name for name in names_of(identity) if degrees[name] > 1]
    if len(outward) > 1:
        return None
    toward = outward[0] if outward else identity.total
    return Leaf(identity, toward, tuple(name for name in names_of(identity) if name != toward))


def cut_circles(identities: tuple[Identity, ...]) -> tuple[tuple[Identity, ...], ...]:
    """Parts of the identities that form no circle; for each field there is one with (nearly) all its identities."""
    uncovered = sorted({name for one in identities for name in names_of(one)})
    parts = []
    while uncovered:
        part = _open_part(sorted(identities, key=lambda one: uncovered[0] not in names_of(one)))
        inside = {one.key for one in part}
        covered = {name for name in uncovered if all(one.key in inside for one in identities if name in names_of(one))}
        uncovered = [name for name in uncovered[1:] if name not in covered]
        parts.append(part)
    return tuple(parts)


def open_circles(identities: Sequence[Identity], doubts: Mapping[str, float]) -> tuple[Identity, ...]:
    """As many identities as close no circle, those of fields with the least `doubts` first."""
    return _open_part(sorted(identities, key=lambda one: sum(doubts[name] for name in names_of(one))))


def _open_part(identities: Sequence[Identity]) -> tuple[Identity, ...]:
    """As many identities as close no circle, the first ones first."""
    groups = {name: frozenset({name}) for one in identities for name in names_of(one)}
    part = []
    for one in identities:
        apart = {groups[name] for name in names_of(one)}
        if len(apart) == len(names_of(one)):
            joined = frozenset().union(*apart)
            groups.update(dict.fromkeys(joined, joined))
            part.append(one)
    return tuple(part)
