"""Deal again what a reader confirmed since he last found a wrong value: nobody knows how well he looked.

In batches, each a transaction of its own that queues the next. A crash leaves the batch in the queue; one that runs
again finds its work done.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import enqueue
from app.transparency.service import append_entry
from app.verification.locks import lock_many_sections
from app.verification.settle import settle_locked
from app.verification.trust.pauses import BEHIND_EVERYTHING

BATCH = 100
REASON = "confirmed without care"

# Since the last altered value that he corrected, in an item whose decision stands; since ever where there is none.
_SECTIONS = text(
    """WITH passed AS (
         SELECT coalesce(max(a.at), '-infinity') AS at
         FROM plant_answer a JOIN planted_item i ON i.id = a.plant_id AND i.mode = 'confirm' AND i.shown <> i.truth
              JOIN decision d ON d.id = i.decision_id AND d.state = 'current'
         WHERE a.account_id = :account AND a.undone_at IS NULL AND NOT EXISTS (
           SELECT FROM jsonb_each(i.shown) one
           WHERE one.value <> i.truth -> one.key AND a.numbers -> one.key = one.value))
       SELECT DISTINCT r.section_id FROM reading r, passed
       WHERE r.account_id = :account AND r.mode = 'confirm' AND r.at > passed.at
         AND NOT EXISTS (SELECT FROM reading_withdrawal w WHERE w.reading_id = r.id)
       ORDER BY 1 LIMIT :batch"""
)
_WITHDRAW = text(
    """INSERT INTO reading_withdrawal (reading_id, by_account_id, reason)
       SELECT id, NULL, :reason FROM reading
       WHERE section_id = ANY(:ids) AND account_id = :account AND mode = 'confirm' ORDER BY id
       ON CONFLICT DO NOTHING"""
)


async def redeal_confirmations(session: AsyncSession, *, account_id: int) -> int:
    """Withdraw one batch of a reader's confirmations and let the rule look at their sections; queue the next batch.

    Returns how many sections those were; 0 when nothing is left.
    """
    found = await session.execute(_SECTIONS, {"account": account_id, "batch": BATCH})
    ids = list(found.scalars())
    if not ids:
        return 0
    sections = await lock_many_sections(session, section_ids=ids)
    await session.execute(_WITHDRAW, {"ids": ids, "account": account_id, "reason": REASON})
    said = {"account": account_id, "reason": REASON, "sections": ids}
    await append_entry(session, kind="withdrawal", subject=f"account/{account_id}", payload=said)
    await settle_locked(session, sections=sections)
    await enqueue(session, "redeal_confirmations", {"account_id": account_id}, priority=BEHIND_EVERYTHING)
    return len(ids)
