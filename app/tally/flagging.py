"""How many discrepancies stand at a TPS, noted beside its result so that every region can count them."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.service import get_contest
from app.tally.write_results import hold_rounds_shared

COUNT_MAX = 32_767
"""What the column holds."""

# Rows are locked in the order of the TPS, as `set_results` writes them: two that note overlapping batches, or one that
# notes while another writes results, would otherwise wait in a circle.
_NOTE = text(
    """WITH said AS MATERIALIZED (
         SELECT t.kode, t.kelurahan, said.number
         FROM unnest(CAST(:tps AS text[]), CAST(:numbers AS int[])) AS said (tps, number)
         JOIN tps t ON t.kode = said.tps
         WHERE '0' = ANY(CAST(:scope AS text[]))
            OR EXISTS (SELECT FROM unnest(CAST(:scope AS text[])) s WHERE starts_with(t.kode, s))),
       locked AS MATERIALIZED (
         SELECT r.tps_kode, r.round, said.number FROM result r JOIN said ON said.kode = r.tps_kode
         WHERE r.pemilihan_id = CAST(:pemilihan AS bigint) AND r.current AND r.flagged <> said.number
         ORDER BY r.tps_kode FOR NO KEY UPDATE OF r),
       noted AS (
         UPDATE result r SET flagged = locked.number, updated_at = now() FROM locked
         WHERE r.pemilihan_id = CAST(:pemilihan AS bigint) AND r.tps_kode = locked.tps_kode AND r.round = locked.round
         RETURNING r.kelurahan),
       begun AS (
         INSERT INTO result (pemilihan_id, tps_kode, kelurahan, numbers, flagged)
         SELECT CAST(:pemilihan AS bigint), kode, kelurahan, array_fill(NULL::int, ARRAY[CAST(:width AS int)]), number
         FROM said WHERE number > 0
           AND NOT EXISTS (SELECT FROM result r
                           WHERE r.pemilihan_id = CAST(:pemilihan AS bigint) AND r.tps_kode = said.kode)
         ORDER BY kode
         ON CONFLICT (pemilihan_id, tps_kode, round) DO UPDATE SET flagged = excluded.flagged
         RETURNING kelurahan),
       changed AS (
         INSERT INTO tally_change (pemilihan_id, kelurahan)
         SELECT DISTINCT CAST(:pemilihan AS bigint), kelurahan FROM (TABLE noted UNION ALL TABLE begun) both_kinds)
       SELECT count(*) FROM (TABLE noted UNION ALL TABLE begun) both_kinds"""
)


async def note_flagged(session: AsyncSession, *, pemilihan_id: int, counts: Mapping[str, int]) -> int:
    """Note how many discrepancies stand at each of these TPS now; return at how many that is news.

    A TPS that is not in ``counts`` keeps its number; 0 takes the flag away. One statement for all of them; only rows
    that change are written, and only their kelurahan go on the change list. TPS that are not known, or do not vote in
    the contest, are passed over.
    """
    if not counts:
        return 0
    contest = await get_contest(session, id=pemilihan_id)
    kodes = sorted(counts)
    values = {
        "pemilihan": pemilihan_id,
        "tps": kodes,
        "numbers": [min(counts[kode], COUNT_MAX) for kode in kodes],
        "scope": list(contest.wilayah),
        "width": len(contest.fields),
    }
    await hold_rounds_shared(session, pemilihan_id)  # a round that ends meanwhile would be noted instead of the new one
    noted: int = (await session.execute(_NOTE, values)).scalar_one()
    return noted
