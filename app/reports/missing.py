"""TPS that one side has figures of and the other none: counted by region, listed, streamed. Never kept as rows.

Said of TPS in the register; those that only the authority's system knows stand in the register gap. Everything comes
from one table, so that a region's count is the length of its list at any moment.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.pemilu.publication import check_public
from app.reports.cells import write_rows
from app.reports.regions import TpsPlace, find_places
from app.reports.register_gap import make_bounds
from app.tally.service import TallyView, get_tally, list_tally
from app.wilayah.codes import digits_below

_DIGITS = 13
CHUNK = 2_000
COLUMNS = ("side", "pemilihan", "tps_kode", "provinsi", "kabupaten_kota", "kecamatan", "kelurahan", "tps", "state")


class Side(StrEnum):
    """Which side lacks the figures; the codes of the rules of presence."""

    MISSING_OURS = "missing_ours"
    """The authority has published figures; no number is accepted here."""
    MISSING_OFFICIAL = "missing_official"
    """Numbers are accepted here; the authority has published none."""


_IS = {
    Side.MISSING_OURS: "r.has_official AND r.state <> 'accepted'",
    Side.MISSING_OFFICIAL: "r.state = 'accepted' AND NOT r.has_official",
}
_WITHIN = "r.pemilihan_id = :pemilihan AND r.current AND r.tps_kode BETWEEN :first AND :last"
_COUNT = text(
    f"""SELECT left(r.tps_kode, :width) AS region, count(*) FILTER (WHERE {_IS[Side.MISSING_OURS]}) AS ours,
               count(*) FILTER (WHERE {_IS[Side.MISSING_OFFICIAL]}) AS official
        FROM result r WHERE {_WITHIN} GROUP BY 1"""  # noqa: S608 - fixed text
)
_LIST = {
    side: text(
        f"""SELECT r.tps_kode, CASE WHEN r.state = 'waiting' AND NOT r.has_photo THEN 'no_photo' ELSE r.state END
                   AS state
            FROM result r WHERE {_WITHIN} AND r.tps_kode > :after AND {condition}
            ORDER BY 1 LIMIT :limit"""  # noqa: S608 - fixed text
    )
    for side, condition in _IS.items()
}


@dataclass(frozen=True)
class MissingCount:
    """A region: its sums, and TPS that one side lacks."""

    region: TallyView
    missing_ours: int
    missing_official: int


@dataclass(frozen=True)
class MissingPage:
    """A region and the regions right below it (none below a kelurahan)."""

    own: MissingCount
    children: tuple[MissingCount, ...]


@dataclass(frozen=True)
class MissingTps:
    """One TPS. ``state``: ours: ``no_photo``, ``waiting`` (photographed, not decided), ``disputed``, ``accepted``."""

    tps_kode: str
    place: TpsPlace
    state: str


async def count_missing(session: AsyncSession, *, contest: Contest, kode: str) -> MissingPage:
    """Return the counts of a region and of the regions right below it.

    Raises:
        NotYetPublicError: the contest's numbers are held back.
        KodeError, NotFoundError, OutsideContestError: no such region, or nobody there votes in the contest.
    """
    check_public(contest)
    own = await get_tally(session, contest=contest, kode=kode)
    width = digits_below(own.kode) or _DIGITS
    below = await list_tally(session, contest=contest, induk=own.kode) if width < _DIGITS else ()
    values = make_bounds(contest, own.kode) | {"width": width if below else len(own.kode)}
    found = {row.region: (row.ours, row.official) for row in await session.execute(_COUNT, values)}
    total = MissingCount(own, sum(one for one, _ in found.values()), sum(one for _, one in found.values()))
    return MissingPage(total, tuple(MissingCount(one, *found.get(one.kode, (0, 0))) for one in below))


async def list_missing_tps(
    session: AsyncSession, *, contest: Contest, kode: str, side: Side, after: str = "", limit: int = 100
) -> Sequence[MissingTps]:
    """Return TPS of a region that one side lacks, by code, behind the code ``after``."""
    values = make_bounds(contest, kode) | {"after": after, "limit": limit}
    rows = (await session.execute(_LIST[side], values)).all()
    places = await find_places(session, (row.tps_kode for row in rows))
    return [MissingTps(row.tps_kode, places[row.tps_kode], row.state) for row in rows]


async def stream_missing(
    sessions: Sessions, *, contest: Contest, kode: str, sides: Sequence[Side] = tuple(Side)
) -> AsyncIterator[str]:
    """Yield the CSV in pieces, side by side, by code; each piece is read in a short transaction of its own."""
    yield write_rows([COLUMNS])
    for side in sides:
        after = ""
        while True:
            async with sessions.begin() as session:
                rows = await list_missing_tps(session, contest=contest, kode=kode, side=side, after=after, limit=CHUNK)
            if not rows:
                break
            yield write_rows(_cells(contest, side, row) for row in rows)
            after = rows[-1].tps_kode


def _cells(contest: Contest, side: Side, row: MissingTps) -> tuple[str | int | None, ...]:
    place = row.place
    names = (place.provinsi, place.kabupaten_kota, place.kecamatan, place.kelurahan)
    return (side.value, contest.kode, row.tps_kode, *names, place.nomor, row.state)
