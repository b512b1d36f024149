"""TPS that only the authority knows, counted by why our register lacks them. Never kept as rows.

Nor is what one side has figures of and the other none: at a nation's size half of all TPS would be told at once, one
way or the other, and each would be closed again when the second side comes in: some 800,000 rows and log entries that
say nothing the two tables do not say already. The rules ``missing_ours`` and ``missing_official`` have no life; they
are queries, which ``reports.missing`` asks.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.wilayah.codes import NATION

# A TPS of the authority's that the edition of the hierarchy does not hold, or that does not vote in the contest.
_UNKNOWN = """
SELECT c.tps_kode, r.numbers, w.kode AS kelurahan, coalesce(w.edisi_akhir IS NULL, false) AS is_current,
       (SELECT max(t.kode) FROM tps t WHERE t.kelurahan = w.kode AND t.edisi_akhir IS NULL) AS last
FROM official_current c JOIN official_row r ON r.id = c.row_id
LEFT JOIN wilayah w ON w.kode = left(c.tps_kode, 10)
WHERE c.pemilihan_id = :pemilihan AND NOT EXISTS (SELECT FROM tps t WHERE t.kode = c.tps_kode)
  AND c.tps_kode >= :first AND c.tps_kode < :end
"""
_COUNT_UNKNOWN = text(
    f"""SELECT CASE WHEN kelurahan IS NULL THEN 'kelurahan_unknown' WHEN NOT is_current THEN 'kelurahan_ended'
                   WHEN last IS NULL OR tps_kode > last THEN 'number_above_register' ELSE 'number_left_out' END AS why,
              count(*) AS tps, count(*) FILTER (WHERE cardinality(array_remove(numbers, NULL)) > 0) AS with_numbers
        FROM ({_UNKNOWN}) found GROUP BY 1 ORDER BY 1"""  # noqa: S608 - fixed text
)


@dataclass(frozen=True)
class UnknownCount:
    """TPS that only the authority knows, by why our register lacks them. ``with_numbers``: that have any figure.

    ``why``: ``kelurahan_unknown``, ``kelurahan_ended``, ``number_above_register`` (beyond the last TPS that the
    register has there: overseas boxes, stations added later), ``number_left_out`` (the register has a gap there).
    """

    why: str
    tps: int
    with_numbers: int


async def count_unknown(session: AsyncSession, *, contest: Contest, wilayah: str = NATION) -> list[UnknownCount]:
    """Return how many TPS only the authority knows, and why."""
    first = "" if wilayah == NATION else wilayah
    rows = await session.execute(_COUNT_UNKNOWN, {"pemilihan": contest.id, "first": first, "end": f"{first}:"})
    return [UnknownCount(row.why, row.tps, row.with_numbers) for row in rows]
