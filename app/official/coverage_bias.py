"""Official votes of covered and uncovered TPS, for every region from kecamatan to nation; see ``app.tally.bias``."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.tally.bias import OfficialVotes, write_bias
from app.wilayah.codes import NATION, ancestors

MEASURED_EVERY = timedelta(minutes=10)
"""So long a contest rests. A nation's takes two or three seconds of a processor."""

_SPACE = 0x424941  # "BIA"

_FIND_DUE = text(
    """SELECT p.id FROM pemilihan p
       LEFT JOIN tally_bias b ON b.pemilihan_id = p.id AND b.kode = :nation
       WHERE (b.computed_at IS NULL OR b.computed_at < now() - CAST(:every AS interval))
         AND EXISTS (SELECT FROM official_current c WHERE c.pemilihan_id = p.id)
         AND (SELECT max(t.version) FROM tally t WHERE t.pemilihan_id = p.id) > coalesce(b.version, 0)
       ORDER BY b.computed_at NULLS FIRST, p.id LIMIT 1"""
)
_VERSION = text("SELECT coalesce(max(version), 0) FROM tally WHERE pemilihan_id = :pemilihan")


async def find_due_bias(session: AsyncSession, *, every: timedelta = MEASURED_EVERY) -> int | None:
    """Return a contest that has changed since it was measured, and keep other workers away until this ends."""
    turn = text("SELECT pg_try_advisory_xact_lock(:space, 0)")
    if not (await session.execute(turn, {"space": _SPACE})).scalar_one():
        return None
    due: int | None = (await session.execute(_FIND_DUE, {"every": every, "nation": NATION})).scalar_one_or_none()
    return due


async def measure_bias(session: AsyncSession, *, contest: Contest) -> None:
    """Sum official votes by kecamatan, apart for TPS with and without an accepted result, and keep all levels.

    A TPS of which the authority publishes a choice's votes not, or of which it alone knows, is in neither group.
    """
    # Before the sums: what changes after it is measured again.
    version: int = (await session.execute(_VERSION, {"pemilihan": contest.id})).scalar_one()
    groups: dict[tuple[str, bool], OfficialVotes] = {}
    for row in await session.execute(text(_sum_votes(contest)), {"pemilihan": contest.id}):
        for kode in (row.kode, *ancestors(row.kode)):
            before = groups.get((kode, row.covered), _nothing(contest))
            votes = tuple(one + more for one, more in zip(before.votes, row.votes, strict=True))
            groups[kode, row.covered] = OfficialVotes(before.tps + row.tps, votes)
    regions = {
        kode: (groups.get((kode, True), _nothing(contest)), groups.get((kode, False), _nothing(contest)))
        for kode in {NATION, *(kode for kode, _ in groups)}
    }
    await write_bias(session, contest=contest, regions=regions, version=version)


def _nothing(contest: Contest) -> OfficialVotes:
    return OfficialVotes(0, (0,) * len(contest.choices))


def _sum_votes(contest: Contest) -> str:
    places = [contest.places[choice.field] + 1 for choice in contest.choices]
    sums = ", ".join(f"sum(o.numbers[{place}])" for place in places)
    complete = " AND ".join(f"o.numbers[{place}] IS NOT NULL" for place in places)
    return f"""
        SELECT w.induk AS kode, r.state = 'accepted' AS covered, count(*) AS tps,
               CAST(ARRAY[{sums}] AS bigint[]) AS votes
        FROM result r
        JOIN official_current c ON c.pemilihan_id = r.pemilihan_id AND c.tps_kode = r.tps_kode
        JOIN official_row o ON o.id = c.row_id JOIN wilayah w ON w.kode = r.kelurahan
        WHERE r.pemilihan_id = :pemilihan AND r.current AND {complete}
        GROUP BY 1, 2"""  # noqa: S608 - our own words and places in an array
