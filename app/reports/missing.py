"""TPS that one side has figures of and the other none: counted by region, listed, streamed. Never kept as rows.

Said of TPS in the register; those that only the authority's system knows stand in the register gap. Everything comes
from one table, so that a region's count is the length of its list at any moment.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.reports.regions import TpsPlace
from app.reports.tps_lists import PIECE, Division, divide_region, page_through, read_list, stream_lists
from app.tally.service import TallyView


class Side(StrEnum):
    """Which side lacks the figures; the codes of the rules of presence."""

    MISSING_OURS = "missing_ours"
    """The authority has published figures; no number is accepted here."""
    MISSING_OFFICIAL = "missing_official"
    """Numbers are accepted here; the authority has published none."""


# The second line is the condition of the index ix_result_one_sided, word for word: without it, every page about the
# nation would read all of its results. Spelled as has_official <> (state = 'accepted'), it would be no shorter to read:
# PostgreSQL takes that to be true of nearly all rows.
_ONE_SIDED = """r.pemilihan_id = :pemilihan
  AND r.current AND (r.has_official AND r.state <> 'accepted' OR r.state = 'accepted' AND NOT r.has_official)"""
_LACKED_BY = {Side.MISSING_OURS: "r.has_official", Side.MISSING_OFFICIAL: "NOT r.has_official"}
_COUNT = text(
    f"""SELECT left(r.tps_kode, :width) AS region, count(*) FILTER (WHERE {_LACKED_BY[Side.MISSING_OURS]}) AS ours,
               count(*) FILTER (WHERE {_LACKED_BY[Side.MISSING_OFFICIAL]}) AS official
        FROM result r WHERE {_ONE_SIDED} AND r.tps_kode BETWEEN :first AND :last GROUP BY 1"""  # noqa: S608 - fixed text
)
_STATE = "CASE WHEN r.state = 'waiting' AND NOT r.has_photo THEN 'no_photo' ELSE r.state END"
_LISTS = {
    side: page_through(f"SELECT r.tps_kode, {_STATE} AS state FROM result r WHERE {_ONE_SIDED} AND {lacked}")  # noqa: S608 - fixed text
    for side, lacked in _LACKED_BY.items()
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

    @property
    def facts(self) -> tuple[str]:
        """Return the cells of the CSV behind the place."""
        return (self.state,)


async def count_missing(session: AsyncSession, *, contest: Contest, kode: str) -> MissingPage:
    """Return the counts of a region and of the regions right below it.

    Raises:
        As :func:`divide_region`.
    """
    division = await divide_region(session, contest=contest, kode=kode)
    found = await count_one_sided(session, division)
    total = MissingCount(division.own, sum(one for one, _ in found.values()), sum(one for _, one in found.values()))
    return MissingPage(total, tuple(MissingCount(one, *found.get(one.kode, (0, 0))) for one in division.children))


async def count_one_sided(session: AsyncSession, division: Division) -> dict[str, tuple[int, int]]:
    """Return how many TPS our side and the authority's lack, by the regions of a division where there are any."""
    rows = await session.execute(_COUNT, division.bounds)
    return {row.region: (row.ours, row.official) for row in rows}


async def list_missing_tps(
    session: AsyncSession, *, contest: Contest, kode: str, side: Side, after: str = "", limit: int = 100
) -> Sequence[MissingTps]:
    """Return TPS of a region that one side lacks, by code, behind the code ``after``."""
    rows = await read_list(session, _LISTS[side], contest=contest, kode=kode, after=after, limit=limit)
    return [MissingTps(row.tps_kode, place, row.state) for row, place in rows]


def stream_missing(
    sessions: Sessions, *, contest: Contest, kode: str, sides: Sequence[Side] = tuple(Side)
) -> AsyncGenerator[bytes, None]:
    """Return the CSV in pieces, side by side."""
    lists = {
        side.value: partial(list_missing_tps, contest=contest, kode=kode, side=side, limit=PIECE) for side in sides
    }
    return stream_lists(sessions, contest=contest, columns=("side", "state"), lists=lists)
