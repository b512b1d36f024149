"""Where each contest is held, without its definition: an election may have thousands of contests of 20 kB each."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.models import Pemilihan
from app.wilayah.codes import is_within


@dataclass(frozen=True)
class ContestPlace:
    """A contest's names and the codes of the regions whose TPS vote in it; ``pemilu``: the election day's code."""

    id: int
    kode: str
    nama: str
    pemilu: str
    wilayah: tuple[str, ...]

    def votes(self, tps_kode: str) -> bool:
        """Tell whether a TPS or kelurahan lies in one of the contest's regions."""
        return any(is_within(tps_kode, region) for region in self.wilayah)

    def touches(self, kode: str) -> bool:
        """Tell whether anybody of a region votes in the contest."""
        return any(is_within(kode, region) or is_within(region, kode) for region in self.wilayah)


async def list_contest_places(session: AsyncSession, *, pemilu: str | None = None) -> tuple[ContestPlace, ...]:
    """Return every contest's place, or those of one election day, in the order in which they were imported."""
    query = select(Pemilihan.id, Pemilihan.kode, Pemilihan.nama, Pemilihan.pemilu_kode, Pemilihan.wilayah)
    if pemilu is not None:
        query = query.where(Pemilihan.pemilu_kode == pemilu)
    rows = await session.execute(query.order_by(Pemilihan.id))
    return tuple(ContestPlace(row.id, row.kode, row.nama, row.pemilu_kode, tuple(row.wilayah)) for row in rows)
