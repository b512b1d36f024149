"""The rows of decisions: one is current, the earlier ones stay as they were made."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.intake.models import Photo
from app.transparency.service import append_entry
from app.verification.consensus import RULE_VERSION
from app.verification.evidence import Accept, Dispute, Outcome
from app.verification.models import Decision, Reading, TpsSection
from app.verification.stored_inputs import RuleInputs, inputs_as_json


async def find_current(session: AsyncSession, section_id: int) -> Decision | None:
    """Return the section's current decision."""
    query = select(Decision).filter_by(section_id=section_id, state="current")
    return (await session.execute(query)).scalar_one_or_none()


def still_holds(current: Decision | None, outcome: Outcome, inputs: RuleInputs) -> bool:
    """Tell whether there is nothing to decide, or it was decided before on just this evidence by just this rule."""
    if not isinstance(outcome, Accept | Dispute):
        return current is None
    return current is not None and current.rule_version == RULE_VERSION and current.inputs == inputs_as_json(inputs)


async def replace_decision(
    session: AsyncSession,
    *,
    subject: str,
    section: TpsSection,
    current: Decision | None,
    outcome: Outcome,
    inputs: RuleInputs,
) -> None:
    """End the current decision and write the new one, if the rule made one. Neither is ever edited otherwise.

    ``subject``: the section's name in the log. The section is locked by the caller.
    """
    decided = isinstance(outcome, Accept | Dispute)
    if current is not None:
        ended = {"state": "superseded" if decided else "withdrawn", "ended_at": func.now()}
        # Before the new one comes: one current decision a section is all that the unique index allows.
        await session.execute(update(Decision).where(Decision.id == current.id).values(ended))
    if isinstance(outcome, Accept | Dispute):
        supersedes = None if current is None else current.id
        await _insert_decision(session, subject, section.id, describe_outcome(outcome), (inputs, supersedes))
    elif current is not None:
        payload = {"outcome": "withdrawn", "decision": current.id, "why": outcome.why, "rule_version": RULE_VERSION}
        await append_entry(session, kind="decision", subject=subject, payload=payload)


async def _insert_decision(
    session: AsyncSession, subject: str, section_id: int, said: dict[str, Any], basis: tuple[RuleInputs, int | None]
) -> None:
    """Open the readings in the log and write the row. ``basis``: the evidence, and the decision this one follows."""
    inputs, supersedes = basis
    opened = await _open_readings(session, [one.id for one in inputs.readings])
    payload = {**said, "readings": opened, "rule_version": RULE_VERSION, "supersedes": supersedes}
    entry = await append_entry(session, kind="decision", subject=subject, payload=payload)
    row = {"inputs": inputs_as_json(inputs), "rule_version": RULE_VERSION, "log_entry_id": entry}
    session.add(Decision(section_id=section_id, **said, **row))
    await session.flush()


def describe_outcome(outcome: Outcome) -> dict[str, Any]:
    """Return an acceptance or a dispute as the log and the decision row keep it."""
    if isinstance(outcome, Accept):
        explanation = {
            "posterior_wrong": dict(outcome.posterior_wrong),
            "sentences": list(outcome.explanation),
            "photos": {str(page): photo for page, photo in outcome.photos.items()},
        }
        return {
            "outcome": "accept",
            "numbers": dict(outcome.numbers),
            "flags": list(outcome.flags),
            "source_class": outcome.source_class,
            "explanation": explanation,
        }
    assert isinstance(outcome, Dispute)
    explanation = {"sentences": [outcome.why], "fields": list(outcome.fields)}
    return {"outcome": "dispute", "numbers": {}, "flags": [], "source_class": None, "explanation": explanation}


async def _open_readings(session: AsyncSession, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the readings with their salts: from here on everybody can check their commitments."""
    query = (
        select(Reading.id, Reading.commitment, Reading.salt, Reading.numbers, Reading.mode, Photo.sha256)
        .join(Photo, Photo.id == Reading.photo_id)
        .where(Reading.id.in_(ids))
        .order_by(Reading.id)
    )
    return [
        {
            "commitment": row.commitment,
            "mode": row.mode,
            "numbers": row.numbers,
            "photo": row.sha256,
            "salt": row.salt.hex(),
        }
        for row in await session.execute(query)
    ]
