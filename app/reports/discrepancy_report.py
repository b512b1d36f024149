"""The list of differences as a download: one row a difference, with the names of its regions."""

from collections.abc import AsyncIterator, Iterator, Sequence

from app.core.database import Sessions
from app.discrepancy.listing import DiscrepancyFilter, DiscrepancyView, read_discrepancies_after
from app.reports.cells import Cell, write_rows
from app.reports.regions import TpsPlace, find_places

CHUNK = 1_000

COLUMNS = (
    "id",
    "pemilihan",
    "tps_kode",
    "provinsi",
    "kabupaten_kota",
    "kecamatan",
    "kelurahan",
    "tps",
    "kind",
    "field",
    "ours",
    "official",
    "difference",
    "state",
    "opened_at",
    "closed_at",
    "closed_reason",
    "official_published_at",
    "official_snapshot_sha256",
    "opened_entry",
    "closed_entry",
    "source_class",
    "page",
)


async def stream_discrepancies(sessions: Sessions, *, filters: DiscrepancyFilter, site: str) -> AsyncIterator[str]:
    """Yield the CSV in pieces, in the order of opening; ``site`` goes in front of the addresses of pages.

    Each piece is read in a short transaction of its own, so that a reader who is slow, or stops reading on purpose,
    holds nothing in the database. A difference that changes during the download is shown as it was or as it is.
    """
    yield write_rows([COLUMNS])
    after = 0
    while True:
        async with sessions.begin() as session:
            found = await read_discrepancies_after(session, filters=filters, after_id=after, limit=CHUNK)
            places = await find_places(session, (item.tps_kode for item in found))
        if not found:
            return
        yield write_rows(_make_rows(found, places, site))
        after = found[-1].id


def _make_rows(found: Sequence[DiscrepancyView], places: dict[str, TpsPlace], site: str) -> Iterator[tuple[Cell, ...]]:
    for item in found:
        place = places[item.tps_kode]
        yield (
            item.id,
            item.pemilihan,
            item.tps_kode,
            place.provinsi,
            place.kabupaten_kota,
            place.kecamatan,
            place.kelurahan,
            place.nomor,
            item.kind,
            item.field,
            item.ours,
            item.official,
            item.difference,
            item.state,
            item.opened_at,
            item.closed_at,
            item.closed_reason,
            item.published_at,
            item.snapshot_sha256,
            item.opened_entry_id,
            item.closed_entry_id,
            item.source_class,
            f"{site}/tps/{item.pemilihan}/{item.tps_kode}",
        )
