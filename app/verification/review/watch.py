"""What the rule said, as cases: a dispute opens one by itself, an acceptance settles it, a new photo reopens it."""

from collections.abc import Mapping, Sequence

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.transparency.service import Fact, append_entries
from app.verification.decisions import Verdict
from app.verification.evidence import Accept, Dispute, Outcome
from app.verification.review.cases import Finding, open_cases, reopen_case

_SETTLE = text(
    """WITH closed AS (
         UPDATE review_case SET state = 'resolved', closed_at = now(), closed_by = NULL, answer = '', updated_at = now()
         WHERE section_id = ANY(CAST(:sections AS bigint[])) AND kind = ANY(CAST(:kinds AS text[]))
           AND state IN ('open', 'looked_at')
         RETURNING id, kind, subject),
       told AS (
         INSERT INTO review_event (case_id, event, facts)
         SELECT id, 'settled', CAST(:facts AS jsonb) FROM closed)
       SELECT id, kind, subject FROM closed ORDER BY id"""
)
# One section has one case of disputes, with the whole history: it is reopened when it is disputed once more.
_CLOSED_DISPUTES = text(
    """SELECT DISTINCT ON (section_id) id, section_id FROM review_case c
       WHERE section_id = ANY(CAST(:sections AS bigint[])) AND kind = 'dispute' AND state IN ('resolved', 'rejected')
         AND NOT EXISTS (SELECT FROM review_case o WHERE o.section_id = c.section_id AND o.kind = 'dispute'
                           AND o.state IN ('open', 'looked_at'))
       ORDER BY section_id, id DESC"""
)
# Closed before this photograph came, and still in question: only the latest case of its kind.
_REOPEN = text(
    """SELECT DISTINCT ON (c.kind, c.subject) c.id FROM review_case c
       JOIN tps_section s ON s.id = c.section_id
       WHERE c.section_id = ANY(CAST(:sections AS bigint[])) AND c.kind IN ('override', 'altered_copy')
         AND c.state IN ('resolved', 'rejected')
         AND (EXISTS (SELECT FROM reading r JOIN photo p ON p.id = r.photo_id
                      WHERE r.section_id = c.section_id AND p.at > c.closed_at)
           OR EXISTS (SELECT FROM photo p JOIN hand_placement h ON h.id = p.placement_id
                      WHERE p.pemilihan_id = s.pemilihan_id AND p.tps_kode = s.tps_kode AND p.round = s.round
                        AND p.state = 'read' AND h.at > c.closed_at))
         AND (s.state = 'disputed' OR EXISTS (
           SELECT FROM decision d WHERE d.section_id = s.id AND d.state = 'current' AND d.flags @> ARRAY['override']))
         AND NOT EXISTS (SELECT FROM review_case o WHERE o.section_id = c.section_id
                           AND o.state IN ('open', 'looked_at'))
       ORDER BY c.kind, c.subject, c.id DESC"""
)


async def watch_verdicts(session: AsyncSession, verdicts: Sequence[Verdict]) -> None:
    """Open a case for every new dispute, and close those of sections whose dispute is over. One statement for each.

    The caller has written the verdicts and holds their sections.
    """
    changed = [one for one in verdicts if one.changed]
    await _note_disputes(
        session, {one.case.section.id: one.outcome for one in changed if isinstance(one.outcome, Dispute)}
    )
    # What was never decided has no dispute to close: the ordinary acceptance costs nothing here.
    over = [one.case.section.id for one in changed if one.case.current is not None and _is_over(one.outcome)]
    await settle_cases(session, section_ids=over, kinds=("dispute",), why="decided_again")


async def _note_disputes(session: AsyncSession, disputes: Mapping[int, Dispute]) -> None:
    """Open the case of each disputed section, or open it once more."""
    if not disputes:
        return
    closed = (await session.execute(_CLOSED_DISPUTES, {"sections": sorted(disputes)})).all()
    for one in closed:
        await reopen_case(session, case_id=one.id, by=None, note="", why=disputes[one.section_id].why)
    known = {one.section_id for one in closed}
    findings = [
        Finding("dispute", f"section/{section}", one.why, {"fields": sorted(one.fields)})
        for section, one in sorted(disputes.items())
        if section not in known
    ]
    await open_cases(session, findings=findings)


def _is_over(outcome: Outcome) -> bool:
    """Tell whether a dispute is over. Of an override its reviewers say so; who looks at it again has a case."""
    return not isinstance(outcome, Dispute) and not (isinstance(outcome, Accept) and "override" in outcome.flags)


async def settle_cases(session: AsyncSession, *, section_ids: Sequence[int], kinds: Sequence[str], why: str) -> None:
    """Close what is open of these kinds about these sections: the matter has settled itself."""
    if not section_ids:
        return
    values = {"sections": list(section_ids), "kinds": list(kinds), "facts": orjson.dumps({"why": why}).decode()}
    closed = (await session.execute(_SETTLE, values)).all()
    facts = [
        Fact("review", f"case/{one.id}", {"by": None, "event": "resolved", "kind": one.kind, "of": one.subject})
        for one in closed
    ]
    await append_entries(session, facts=facts)


async def reopen_for_photo(session: AsyncSession, *, section_ids: Sequence[int]) -> None:
    """Reopen closed cases of sections that are still in question and have a photograph nobody has looked at."""
    if not section_ids:
        return
    for number in (await session.execute(_REOPEN, {"sections": list(section_ids)})).scalars().all():
        await reopen_case(session, case_id=number, by=None, note="", why="new_photo")
