"""Every field's belief given all boxes, all bubbles and all sums: one joint posterior.

The model. A clerk means a number for each field; totals are what their terms add up to, but seldom not
(`clerk_errors.rate_of` an identity). He writes each number down, seldom another than he meant (`MISWRITTEN`). The boxes
and bubbles show what he wrote with the probabilities of `ocr.evidence`. Sums hold among the numbers that were meant;
what is read is what was written.

Fields are independent but for the identities. Where these form a tree the sums are exact (sum-product messages over all
numbers); where they form circles they are exact among candidates, and the weight left out is bounded
(`ocr.sum_knot`) and counted as wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ocr.clerk_errors import MISWRITTEN, mean, write
from ocr.evidence import FieldBelief, normalise
from ocr.sum_graph import grow_trees, names_of, open_circles
from ocr.sum_joint import Joint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ocr.clerk_errors import Table
    from ocr.layout import Identity
    from ocr.sum_graph import Tree

NOUGHT_MEANT = 0.5
"""Of fields in which no number stands, about so many mean 0, as far as sums are concerned; the others any number."""


MISSED_MAX = 2e-5
"""A share left out beyond this could make sure fields unsure. Then sums that close circles are not used at all, those
of the fields least read first: less evidence, but all of it counted. It happens when whole rows cannot be read."""


@dataclass(frozen=True)
class Settled:
    """The joint posterior.

    `beliefs`: what boxes and bubbles said; `fields`: each field's belief; `broken`: for each identity of known fields
    the probability that the numbers on the paper do not add up, given that they are numbers (an identity that was not
    used at all has none); `left_out`: for each field the share of the joint weight that was not counted at most, 0
    where everything was.
    """

    beliefs: Mapping[str, FieldBelief] = field(repr=False)
    fields: Mapping[str, FieldBelief]
    broken: Mapping[str, float]
    left_out: Mapping[str, float]
    joints: tuple[Joint, ...] = field(repr=False)

    def wrong(self, name: str, value: int) -> float:
        """At most this is the probability that the field does not show `value`."""
        missed = self.left_out[name]
        return (1.0 - missed) * (1.0 - float(self.fields[name].values[value])) + missed

    def wrong_together(self, values: Mapping[str, int]) -> float:
        """At most this is the probability that any of the fields shows another number than `values` says."""
        right = 1.0
        for joint in self.joints:
            right *= _weigh_named(joint, self.beliefs, values)
        return 1.0 - right

    def carried(self, identities: Sequence[Identity]) -> frozenset[str]:
        """The fields of at least one sum, all of whose sums, where all their fields were seen, close on the likeliest.

        A sum that closes carries a number that boxes by themselves would not; one that fails takes it back.
        """
        closing: set[str] = set()
        failing: set[str] = set()
        for one in identities:
            names = names_of(one)
            if set(names) <= self.fields.keys():
                closes = self.fields[one.total].best == sum(self.fields[term].best for term in one.terms)
                (closing if closes else failing).update(names)
        return frozenset(closing - failing)


def settle(beliefs: Mapping[str, FieldBelief], identities: Sequence[Identity]) -> Settled:
    """Weigh all fields together. Identities with a field that is not in `beliefs` say nothing and are left out."""
    tables = {name: _means(belief) for name, belief in beliefs.items()}
    fields, broken, left_out = {}, {}, {}
    joints = []
    for tree in grow_trees(frozenset(beliefs), tuple(identities)):
        for joint in _join(tree, tables):
            joints.append(joint)
            for name in joint.tree.fields:
                fields[name] = _write_down(beliefs[name], joint.told(name))
                left_out[name] = joint.missed
            broken.update({one.key: _weigh_break(one, joint, beliefs) for one in joint.tree.identities})
    ordered = {name: fields[name] for name in beliefs}
    return Settled(beliefs, ordered, broken, left_out, tuple(joints))


def _join(tree: Tree, tables: Mapping[str, Table]) -> list[Joint]:
    """One tree weighed, or, where its knot leaves too much uncounted, cut open until everything is counted."""
    joint = Joint(tree, tables)
    if joint.missed <= MISSED_MAX:
        return [joint]
    doubts = {name: 1.0 - float(tables[name].max() / tables[name].sum()) for name in tree.fields}
    kept = open_circles(tree.identities, doubts)
    return [Joint(part, tables) for part in grow_trees(tree.fields, kept)]


def _weigh_named(joint: Joint, beliefs: Mapping[str, FieldBelief], values: Mapping[str, int]) -> float:
    """The least probability that all fields of `values` in one tree show them."""
    named = {name: _means(_only(beliefs[name], values[name])) for name in sorted(joint.tree.fields & values.keys())}
    whole = joint.counted + joint.left_out
    if not named or whole <= 0:
        return 0.0 if named else 1.0
    return joint.count_with(named) / whole


def _only(belief: FieldBelief, value: int) -> FieldBelief:
    """The part of a belief that says `value`; not a distribution any more."""
    values = np.zeros(len(belief.values))
    values[value] = belief.values[value]
    return FieldBelief(values, 0.0)


def _means(belief: FieldBelief) -> Table:
    """How well each number meant explains what is seen of a field."""
    table = mean(belief.values, MISWRITTEN) + belief.open * (1 - NOUGHT_MEANT) / len(belief.values)
    table[0] += belief.open * NOUGHT_MEANT
    return table


def _write_down(belief: FieldBelief, told: Table) -> FieldBelief:
    """The belief in what is written, when `told` (a weight for each number meant) comes from all sums."""
    shared = NOUGHT_MEANT * float(told[0]) + (1 - NOUGHT_MEANT) * float(told.mean())
    return normalise(belief.values * write(told, MISWRITTEN), belief.open * shared)


def _weigh_break(identity: Identity, joint: Joint, beliefs: Mapping[str, FieldBelief]) -> float:
    """The probability that the identity's numbers, as they are written, do not add up.

    Two mistakes of the clerk that cancel each other in this very sum are counted as breaking it: less than 1e-4 of what
    breaks at all.
    """
    names = names_of(identity)
    intact = {name: (1 - MISWRITTEN) * beliefs[name].values for name in names}
    shown = {name: mean(beliefs[name].values, MISWRITTEN) for name in names}
    whole = joint.weigh(identity, shown, closing=False)
    return 1.0 - min(joint.weigh(identity, intact, closing=True) / whole, 1.0) if whole > 0 else 0.0
