"""What one side has and the other lacks. Counted and listed when asked for, never kept as rows.

At a nation's size half of all TPS would be told at once, one way or the other, and each would be closed again when the
second side comes in: some 800,000 rows and log entries that say nothing the two tables do not say already. So the rules
``missing_ours`` and ``missing_official`` have no life; they are queries, and a list needs a region that is small.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.wilayah.codes import NATION

Missing = Literal["missing_ours", "missing_official", "unknown"]

LIST_MAX = 500

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
_LIST_UNKNOWN = text(f"SELECT tps_kode FROM ({_UNKNOWN}) found ORDER BY 1 LIMIT :limit OFFSET :offset")  # noqa: S608

_WITH_VOTES = "NOT EXISTS (SELECT FROM unnest(CAST(:votes AS int[])) v WHERE {numbers}[v] IS NULL)"
_WITHOUT_VOTES = "NOT EXISTS (SELECT FROM unnest(CAST(:votes AS int[])) v WHERE {numbers}[v] IS NOT NULL)"
_OURS_LACKS = text(
    f"""SELECT c.tps_kode FROM official_current c JOIN official_row o ON o.id = c.row_id
        LEFT JOIN result r ON r.pemilihan_id = c.pemilihan_id AND r.tps_kode = c.tps_kode AND r.current
        WHERE c.pemilihan_id = :pemilihan AND c.tps_kode >= :first AND c.tps_kode < :end
          AND {_WITH_VOTES.format(numbers="o.numbers")}
          AND (r.tps_kode IS NULL OR {_WITHOUT_VOTES.format(numbers="r.numbers")})
        ORDER BY 1 LIMIT :limit OFFSET :offset"""  # noqa: S608 - fixed text
)
_OFFICIAL_LACKS = text(
    f"""SELECT r.tps_kode FROM result r
        LEFT JOIN official_current c ON c.pemilihan_id = r.pemilihan_id AND c.tps_kode = r.tps_kode
        LEFT JOIN official_row o ON o.id = c.row_id
        WHERE r.pemilihan_id = :pemilihan AND r.current AND r.tps_kode >= :first AND r.tps_kode < :end
          AND {_WITH_VOTES.format(numbers="r.numbers")}
          AND (o.id IS NULL OR {_WITHOUT_VOTES.format(numbers="o.numbers")})
        ORDER BY 1 LIMIT :limit OFFSET :offset"""  # noqa: S608 - fixed text
)
_LISTS = {"missing_ours": _OURS_LACKS, "missing_official": _OFFICIAL_LACKS, "unknown": _LIST_UNKNOWN}


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
    rows = await session.execute(_COUNT_UNKNOWN, _within(contest, wilayah))
    return [UnknownCount(row.why, row.tps, row.with_numbers) for row in rows]


async def list_missing(
    session: AsyncSession, *, contest: Contest, wilayah: str, what: Missing, limit: int = LIST_MAX, offset: int = 0
) -> Sequence[str]:
    """Return the TPS in a region that one side has votes of and the other none (``unknown``: that we do not know).

    ``wilayah``: a kabupaten or smaller where pages ask; the query goes through all TPS before ``offset``.
    """
    votes = [contest.fields.index(choice.field) + 1 for choice in contest.choices]
    values = {**_within(contest, wilayah), "limit": min(limit, LIST_MAX), "offset": offset}
    if what != "unknown":
        values["votes"] = votes
    return list((await session.execute(_LISTS[what], values)).scalars())


def _within(contest: Contest, wilayah: str) -> dict[str, object]:
    first = "" if wilayah == NATION else wilayah
    return {"pemilihan": contest.id, "first": first, "end": f"{first}:"}
