"""Compute stored decisions again, from the inputs that stand beside them, by the version of the rule that made them.

Nothing else is looked at: no reading, no photograph, no policy of today. What comes out differently was either written
by something else than the rule, or the rule has changed without saying so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.verification.consensus import RULE_VERSION
from app.verification.decisions import describe_outcome
from app.verification.evidence import Accept, Dispute
from app.verification.stored_inputs import inputs_from_json

COMPUTED_HERE = frozenset({"1", "2", RULE_VERSION})
"""Versions of the rule that this release can compute."""

BATCH = 500
_RELATIVE = 1e-9
"""Probabilities may differ in their last places between machines."""

_STORED = text(
    """SELECT d.id, d.section_id, d.state, d.outcome, d.numbers, d.inputs, d.explanation, d.rule_version, d.flags,
              d.source_class, s.tps_kode, s.section
       FROM decision d JOIN tps_section s ON s.id = d.section_id
       WHERE d.id < :before ORDER BY d.id DESC LIMIT :batch"""
)
_ABOVE_ALL = 2**62


@dataclass(frozen=True)
class Recomputed:
    """One stored decision, computed again. ``differing``: ``what: stored -> computed`` lines; empty: the same."""

    decision_id: int
    tps_kode: str
    section: str
    state: str
    rule_version: str
    differing: tuple[str, ...]


async def recompute_decisions(
    session: AsyncSession, *, before: int | None = None, batch: int = BATCH
) -> tuple[Recomputed, ...]:
    """Return the ``batch`` newest decisions with an id below ``before``, ended ones too, each computed again."""
    place = {"before": _ABOVE_ALL if before is None else before, "batch": batch}
    rows = (await session.execute(_STORED, place)).all()
    return tuple(
        Recomputed(row.id, row.tps_kode, row.section, row.state, row.rule_version, compare_again(row)) for row in rows
    )


def compare_again(row: Row[Any]) -> tuple[str, ...]:
    """Return in what a stored decision differs from what the rule says of its inputs."""
    if row.rule_version not in COMPUTED_HERE:
        return (f"rule_version: {row.rule_version} is not known to this release",)
    outcome = inputs_from_json(row.inputs).decide()
    if not isinstance(outcome, Accept | Dispute):
        return (f"outcome: {row.outcome} -> {type(outcome).__name__} ({outcome.why})",)
    again = describe_outcome(outcome)
    return tuple(
        f"{name}: {getattr(row, name)} -> {again[name]}"
        for name in ("outcome", "numbers", "flags", "source_class", "explanation")
        if not _same(getattr(row, name), again[name])
    )


def _same(stored: object, again: object) -> bool:
    if isinstance(stored, Mapping) and isinstance(again, Mapping):
        return stored.keys() == again.keys() and all(_same(stored[name], again[name]) for name in stored)
    if isinstance(stored, float) and isinstance(again, float):
        return isclose(stored, again, rel_tol=_RELATIVE)
    return bool(stored == again)
