"""What an import sets in motion: marks in the tally, and comparisons.

For some TPS both are done at once: the tally is marked in the transaction of the import, and small comparisons are
queued in it. A nation goes to one job instead, ``follow_official``, which looks at what is there and not at what the
import said: run twice, or for two imports, it finds its work done.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import enqueue, enqueue_many
from app.official.staging import Comparison, list_new_numbers
from app.pemilu.definition import Contest
from app.tally.service import note_official
from app.wilayah.codes import NATION

MANY = 5_000
"""With more TPS that have new numbers, one job follows the import."""
COMPARE_BATCH = 200
"""TPS in one "compare" job: small enough that a retry repeats little."""

_UNMARKED = text(
    """SELECT c.tps_kode FROM official_current c
       JOIN official_row r ON r.id = c.row_id
       JOIN tps t ON t.kode = c.tps_kode AND t.kode > :after
       WHERE c.pemilihan_id = :pemilihan AND c.tps_kode > :after AND array_remove(r.numbers, NULL) <> '{}'
         AND (:whole OR EXISTS (
             SELECT FROM unnest(CAST(:scope AS text[])) w WHERE starts_with(c.tps_kode, w)))
         AND NOT EXISTS (SELECT FROM result x WHERE x.pemilihan_id = c.pemilihan_id AND x.tps_kode = c.tps_kode
                         AND x.tps_kode > :after AND x.current AND x.has_official)
       ORDER BY c.tps_kode LIMIT :limit"""
)


async def follow_import(session: AsyncSession, contest: Contest, comparison: Comparison) -> None:
    """Mark in the tally which TPS have official figures, and queue the comparison of those whose numbers changed."""
    if comparison.to_compare > MANY:
        payload = {"pemilihan_id": contest.id}
        await enqueue(session, "follow_official", payload, dedupe=f"follow_official/{contest.id}")
        return
    changed = await list_new_numbers(session, contest, comparison)
    published = [tps_kode for tps_kode, is_published in changed if is_published]
    if published:
        await note_official(session, pemilihan_id=contest.id, tps_kodes=published)
    await queue_comparisons(session, contest, [tps_kode for tps_kode, _ in changed])


async def queue_comparisons(session: AsyncSession, contest: Contest, tps_kodes: Sequence[str]) -> None:
    """Queue jobs that compare these TPS."""
    payloads = [
        {"pemilihan_id": contest.id, "tps_kodes": list(tps_kodes[start : start + COMPARE_BATCH])}
        for start in range(0, len(tps_kodes), COMPARE_BATCH)
    ]
    await enqueue_many(session, "compare", payloads)


async def list_unmarked(session: AsyncSession, contest: Contest, *, after: str, limit: int) -> list[str]:
    """Return TPS with a code above ``after`` that have official figures of which the tally does not know, by code."""
    values = {
        "pemilihan": contest.id,
        "after": after,
        "whole": NATION in contest.wilayah,
        "scope": list(contest.wilayah),
        "limit": limit,
    }
    return list((await session.scalars(_UNMARKED, values)).all())
