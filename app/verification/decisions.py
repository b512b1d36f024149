"""What the rule said, as rows: what a section asks for next, and its decisions. One is current, earlier ones stay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.transparency.service import Fact, append_entries
from app.verification.consensus import RULE_VERSION
from app.verification.evidence import Accept, Dispute, NeedReading, Outcome
from app.verification.gather import Case, CurrentDecision
from app.verification.record import name_subject
from app.verification.stored_inputs import RuleInputs, inputs_as_json
from app.verification.urgency import TURN, draw_wait, name_region

COMPANION_WAIT = timedelta(seconds=20)
"""How long a form waits for its other page before it is dealt without it."""

_END = text(
    """UPDATE decision SET ended_at = now(),
              state = CASE WHEN id = ANY(CAST(:superseded AS bigint[])) THEN 'superseded' ELSE 'withdrawn' END
       WHERE id = ANY(CAST(:ended AS bigint[]))"""
)
# A section may be dealt at once, or when its other page has had time to arrive. One that waits all along keeps its
# place in the queue, unless it has become more urgent.
_WRITE = text(
    f"""WITH said AS (
         SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (
           section_id bigint, state text, wanted text, why text, photo_ids bigint[], wait float8, region text,
           outcome text, numbers jsonb, inputs jsonb, explanation jsonb, flags text[], source_class text,
           log_entry_id bigint)),
       asked AS (
         UPDATE tps_section s SET state = said.state, wanted = said.wanted, why = said.why, photo_ids = said.photo_ids,
                turn = CASE WHEN said.wanted IS NULL THEN s.turn
                  ELSE LEAST(CASE WHEN s.state = 'waiting' THEN s.turn END, {TURN}) END,
                unsettled_since = NULL, updated_at = now(), ready_at = CASE
                  WHEN said.wanted IS NULL THEN s.ready_at
                  WHEN said.why = 'page_without_sum' THEN CAST(:companion AS interval) + (
                    SELECT max(p.at) FROM photo p WHERE p.id = ANY(said.photo_ids))
                  ELSE now() END
         FROM said WHERE s.id = said.section_id)
       INSERT INTO decision (section_id, outcome, numbers, inputs, explanation, rule_version, flags, source_class,
                             log_entry_id)
       SELECT section_id, outcome, numbers, inputs, explanation, CAST(:rule AS text), flags, source_class, log_entry_id
       FROM said WHERE outcome IS NOT NULL ORDER BY section_id"""  # noqa: S608 - put together from constants
)


@dataclass(frozen=True)
class Verdict:
    """What the rule says of a case. ``changed``: a decision is to be made or ended."""

    case: Case
    outcome: Outcome
    changed: bool


def still_holds(current: CurrentDecision | None, outcome: Outcome, inputs: RuleInputs) -> bool:
    """Tell whether there is nothing to decide, or it was decided before on just this evidence by just this rule."""
    if not isinstance(outcome, Accept | Dispute):
        return current is None
    return current is not None and current.rule_version == RULE_VERSION and current.inputs == inputs_as_json(inputs)


async def write_verdicts(session: AsyncSession, verdicts: Sequence[Verdict]) -> None:
    """Write what is asked for next into the sections, end decisions and write new ones. Never edited otherwise.

    The sections are locked by the caller; each stands here once.
    """
    changed = [one for one in verdicts if one.changed]
    await _end_decisions(session, changed)
    entries = await append_entries(session, facts=[_make_fact(one) for one in changed])
    numbers = {one.case.section.id: entry for one, entry in zip(changed, entries, strict=True)}
    rows = [_make_row(one, numbers.get(one.case.section.id)) for one in verdicts]
    values = {"rows": orjson.dumps(rows).decode(), "companion": COMPANION_WAIT, "rule": RULE_VERSION}
    await session.execute(_WRITE, values)


async def _end_decisions(session: AsyncSession, changed: Sequence[Verdict]) -> None:
    """End what is current, before the new ones come: one current decision a section is all that the index allows."""
    ended = {one.case.current.id: one.outcome for one in changed if one.case.current is not None}
    if ended:
        superseded = [number for number, outcome in ended.items() if isinstance(outcome, Accept | Dispute)]
        await session.execute(_END, {"ended": sorted(ended), "superseded": superseded})


def _make_fact(verdict: Verdict) -> Fact:
    """Return a changed verdict as the log tells it: a decision opens its readings, a taking back says why."""
    case, section = verdict.case, verdict.case.section
    subject = name_subject(case.contest, section.tps_kode, section.round, section.section)
    before = None if case.current is None else case.current.id
    if isinstance(verdict.outcome, Accept | Dispute):
        said = {**describe_outcome(verdict.outcome), "readings": list(case.opened), "supersedes": before}
    else:
        said = {"outcome": "withdrawn", "decision": before, "why": verdict.outcome.why}
    return Fact("decision", subject, {**said, "rule_version": RULE_VERSION})


def _make_row(verdict: Verdict, entry: int | None) -> Mapping[str, Any]:
    """Return the section's row and, beside it, the new decision's; without one its columns are missing."""
    outcome = verdict.outcome
    asked: dict[str, Any] = {
        "section_id": verdict.case.section.id,
        "state": {"Accept": "accepted", "Dispute": "disputed"}.get(type(outcome).__name__, "waiting"),
        "wanted": outcome.mode if isinstance(outcome, NeedReading) else None,
        "why": "" if isinstance(outcome, Accept) else outcome.why,
        "photo_ids": sorted(set(outcome.photos.values())) if isinstance(outcome, NeedReading) else [],
    }
    if isinstance(outcome, NeedReading):
        region = name_region(verdict.case.section.tps_kode)
        asked |= {"wait": draw_wait(outcome.mode, outcome.why), "region": region}
    if not verdict.changed or not isinstance(outcome, Accept | Dispute):
        return asked
    return {
        **asked,
        **describe_outcome(outcome),
        "inputs": inputs_as_json(verdict.case.inputs),
        "log_entry_id": entry,
    }


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
