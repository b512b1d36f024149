"""Which sections a group of linked accounts has read more than once: the rule now counts them as one reader."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import enqueue_many

BATCH = 100
BEHIND_EVERYTHING = -1

# Read by one and sent by another counts as well: his own photograph would be read by himself.
_SHARED = text(
    """SELECT DISTINCT section_id FROM (
         SELECT r.section_id FROM reading r WHERE r.account_id = ANY(CAST(:accounts AS bigint[]))
         GROUP BY r.section_id HAVING count(DISTINCT r.account_id) > 1
         UNION ALL
         SELECT r.section_id FROM reading r JOIN photo p ON p.id = r.photo_id
         WHERE r.account_id = ANY(CAST(:accounts AS bigint[])) AND p.uploader_id = ANY(CAST(:accounts AS bigint[]))
         UNION ALL
         SELECT s.id FROM photo p JOIN tps_section s ON s.pemilihan_id = p.pemilihan_id AND s.tps_kode = p.tps_kode
                                                     AND s.round = p.round
         WHERE p.uploader_id = ANY(CAST(:accounts AS bigint[]))
         GROUP BY s.id HAVING count(DISTINCT p.uploader_id) > 1) one ORDER BY 1"""
)


async def settle_shared(session: AsyncSession, *, groups: Sequence[Sequence[int]]) -> int:
    """Queue the settling of what accounts that are linked since just now have read or sent together; return how many.

    In batches, behind all other work: the decisions stand until then.
    """
    count = 0
    for accounts in groups:
        ids = list((await session.execute(_SHARED, {"accounts": list(accounts)})).scalars())
        batches = [{"section_ids": ids[start : start + BATCH]} for start in range(0, len(ids), BATCH)]
        await enqueue_many(session, "settle", batches, priority=BEHIND_EVERYTHING)
        count += len(ids)
    return count
