"""Accepted numbers of all TPS of one contest as a download: one row a TPS, one column a field."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Row, func, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.reports.cells import Cell, write_rows
from app.reports.regions import TpsPlace, find_places
from app.tally.models import Result

CHUNK = 2_000

Found = tuple[str, int, str, str | None, list[str], datetime, list[int | None]]
"""A row of the query: TPS, round, state, source class, flags, time of the last change, numbers."""

COLUMNS = (
    "pemilihan",
    "tps_kode",
    "provinsi",
    "kabupaten_kota",
    "kecamatan",
    "kelurahan",
    "tps",
    "round",
    "state",
    "source_class",
    "flags",
    "updated_at",
)
"""Before the contest's fields; after them comes ``page``."""


async def stream_results(sessions: Sessions, *, contest: Contest, site: str) -> AsyncIterator[str]:
    """Yield the CSV in pieces, by TPS code. TPS without any accepted number are left out; an empty cell is unknown.

    Short transactions for the reason given at ``stream_discrepancies``.
    """
    yield write_rows([(*COLUMNS, *contest.fields, "page")])
    after = ""
    while True:
        async with sessions.begin() as session:
            found = await _read_after(session, contest, after)
            places = await find_places(session, (row.tps_kode for row in found))
        if not found:
            return
        yield write_rows(_make_rows(found, places, contest, site))
        after = found[-1].tps_kode


async def _read_after(session: AsyncSession, contest: Contest, after: str) -> Sequence[Row[*Found]]:
    statement = (
        select(
            Result.tps_kode,
            Result.round,
            Result.state,
            Result.source_class,
            Result.flags,
            Result.updated_at,
            Result.numbers,
        )
        .where(
            Result.pemilihan_id == contest.id,
            Result.current,
            Result.tps_kode > after,
            # array_remove leaves what is known; of an empty array cardinality is 0.
            func.cardinality(func.array_remove(Result.numbers, null())) > 0,
        )
        .order_by(Result.tps_kode)
        .limit(CHUNK)
    )
    return (await session.execute(statement)).all()


def _make_rows(
    found: Sequence[Row[*Found]], places: dict[str, TpsPlace], contest: Contest, site: str
) -> Iterator[tuple[Cell, ...]]:
    for row in found:
        place = places[row.tps_kode]
        yield (
            contest.kode,
            row.tps_kode,
            place.provinsi,
            place.kabupaten_kota,
            place.kecamatan,
            place.kelurahan,
            place.nomor,
            row.round,
            row.state,
            row.source_class,
            " ".join(row.flags),
            row.updated_at,
            *row.numbers,
            f"{site}/tps/{contest.kode}/{row.tps_kode}",
        )
