"""Which TPS of a region go into its pack: those that are to be checked, the largest difference first."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.wilayah.codes import NATION

TPS_MAX = 25
"""TPS in one pack: what a person can look through, and a worker can put together within a minute."""
LISTED_MAX = 1_000
"""Codes of TPS that are named as left out; the count beside them is of all."""
_DIGITS = 13

# Of our own numbers only: a difference that stands on the authority's side alone says nothing of a photograph.
_CHOOSE = text(
    """WITH standing AS (
         SELECT tps_kode, max(abs(difference)) AS size FROM discrepancy
         WHERE pemilihan_id = :pemilihan AND state = 'open' AND kind = 'number' AND tps_kode BETWEEN :first AND :last
         GROUP BY tps_kode),
       accepted AS (
         SELECT r.tps_kode, coalesce(s.size, 0) AS size FROM result r LEFT JOIN standing s USING (tps_kode)
         WHERE r.pemilihan_id = :pemilihan AND r.current AND r.state = 'accepted'
           AND r.tps_kode BETWEEN :first AND :last),
       counted AS (SELECT count(*) AS accepted, count(*) FILTER (WHERE size > 0) AS standing FROM accepted)
     SELECT a.tps_kode, a.size > 0 AS stands, c.accepted, c.standing
     FROM (SELECT * FROM accepted ORDER BY size DESC, tps_kode LIMIT :limit) a CROSS JOIN counted c
     ORDER BY a.size DESC, a.tps_kode"""
)


@dataclass(frozen=True)
class Choice:
    """What goes in, by code of TPS in the order of the pack, and what stays out.

    ``accepted``: TPS of the region with accepted numbers; ``standing``: those of them with a number that differs;
    ``left_out``: the first of these for which there was no room.
    """

    tps: tuple[str, ...]
    accepted: int
    standing: int
    left_out: tuple[str, ...]

    @property
    def left_out_count(self) -> int:
        """Return how many TPS with a difference there was no room for."""
        return max(self.standing - len(self.tps), 0)


async def choose_tps(session: AsyncSession, *, contest: Contest, kode: str, most: int = TPS_MAX) -> Choice:
    """Return the TPS of a pack about the region or TPS ``kode``, at most ``most``.

    Those with differences between our and the official number come first, the largest first; where there is room left,
    other TPS with accepted numbers follow by code.
    """
    prefix = "" if kode == NATION else kode
    values = {
        "pemilihan": contest.id,
        "first": prefix.ljust(_DIGITS, "0"),
        "last": prefix.ljust(_DIGITS, "9"),
        "limit": most + LISTED_MAX,
    }
    rows = (await session.execute(_CHOOSE, values)).all()
    return Choice(
        tps=tuple(row.tps_kode for row in rows[:most]),
        accepted=rows[0].accepted if rows else 0,
        standing=rows[0].standing if rows else 0,
        left_out=tuple(row.tps_kode for row in rows[most:] if row.stands),
    )
