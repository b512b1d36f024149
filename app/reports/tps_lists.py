"""Lists of a region's TPS, by code: how their statements are bounded, and how they leave as CSV, piece by piece."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.discrepancy.listing import TPS_DIGITS
from app.pemilu.definition import Contest
from app.pemilu.publication import check_public
from app.reports.cells import Cell, write_rows
from app.reports.regions import TpsPlace, find_places
from app.tally.service import TallyView, get_tally, list_tally
from app.wilayah.codes import NATION, digits_below

PIECE = 2_000
"""Rows of a CSV that are read at once."""

_PLACE = ("pemilihan", "tps_kode", "provinsi", "kabupaten_kota", "kecamatan", "kelurahan", "tps")


class ListedTps(Protocol):
    """One TPS of a list; ``facts``: what the list says of it, as cells of the CSV."""

    @property
    def tps_kode(self) -> str: ...
    @property
    def place(self) -> TpsPlace: ...
    @property
    def facts(self) -> tuple[Cell, ...]: ...


ReadList = Callable[..., Awaitable[Sequence[ListedTps]]]
"""``(session, *, after)``: the next TPS of a list behind the code ``after``; none when it is over."""


@dataclass(frozen=True)
class Division:
    """A region and the regions right below it, none below a kelurahan.

    ``bounds``: what a statement that counts TPS by region is asked with; the first ``width`` digits name the region.
    """

    own: TallyView
    children: tuple[TallyView, ...]
    bounds: Mapping[str, Any]


async def divide_region(session: AsyncSession, *, contest: Contest, kode: str) -> Division:
    """Return a region with those right below it.

    Raises:
        NotYetPublicError: the contest's numbers are held back.
        KodeError, NotFoundError, OutsideContestError: no such region, or nobody there votes in the contest.
    """
    check_public(contest)
    own = await get_tally(session, contest=contest, kode=kode)
    width = digits_below(own.kode) or TPS_DIGITS
    children = await list_tally(session, contest=contest, induk=own.kode) if width < TPS_DIGITS else ()
    return Division(own, children, _bound(contest, own.kode) | {"width": width if children else len(own.kode)})


def spell_in_scope(tps: str) -> str:
    """Return the condition that the TPS in this column votes in the contest, for statements of this module."""
    return f"""('0' = ANY(CAST(:scope AS text[]))
                OR EXISTS (SELECT FROM unnest(CAST(:scope AS text[])) s WHERE starts_with({tps}, s)))"""


def page_through(listed: str) -> TextClause:
    """Return the statement for :func:`read_list` from a SELECT of all of a contest's ``tps_kode``, with facts."""
    return text(
        f"""SELECT * FROM ({listed}) listed WHERE tps_kode > :after AND tps_kode BETWEEN :first AND :last
            ORDER BY tps_kode LIMIT :limit"""  # noqa: S608 - fixed text
    )


async def read_list(
    session: AsyncSession, statement: TextClause, *, contest: Contest, kode: str, after: str, limit: int
) -> list[tuple[Row[Any], TpsPlace]]:
    """Return the rows of a list in a region, by code, behind the code ``after``, each with its place."""
    values = _bound(contest, kode) | {"after": after, "limit": limit}
    rows = (await session.execute(statement, values)).all()
    places = await find_places(session, (row.tps_kode for row in rows))
    return [(row, places[row.tps_kode]) for row in rows]


async def stream_lists(
    sessions: Sessions, *, contest: Contest, columns: tuple[str, ...], lists: Mapping[str, ReadList]
) -> AsyncGenerator[bytes, None]:
    """Yield lists as one CSV, one after the other; each piece is read in a short transaction of its own.

    ``columns``: what the column of the lists' names is called, then those of the facts.
    """
    yield write_rows([(columns[0], *_PLACE, *columns[1:])]).encode()
    for name, read in lists.items():
        after = ""
        while rows := await _read_piece(sessions, read, after):
            yield write_rows((name, contest.kode, *_spell(row)) for row in rows).encode()
            after = rows[-1].tps_kode


async def _read_piece(sessions: Sessions, read: ReadList, after: str) -> Sequence[ListedTps]:
    async with sessions.begin() as session:
        return await read(session, after=after)


def _bound(contest: Contest, kode: str) -> dict[str, Any]:
    prefix = "" if kode == NATION else kode
    first, last = prefix.ljust(TPS_DIGITS, "0"), prefix.ljust(TPS_DIGITS, "9")
    return {"pemilihan": contest.id, "scope": list(contest.wilayah), "first": first, "last": last}


def _spell(row: ListedTps) -> tuple[Cell, ...]:
    place = row.place
    names = (place.provinsi, place.kabupaten_kota, place.kecamatan, place.kelurahan)
    return (row.tps_kode, *names, place.nomor, *row.facts)
