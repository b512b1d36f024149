"""Names of the regions around a TPS, for rows of reports."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.wilayah.codes import ancestors
from app.wilayah.models import Wilayah


@dataclass(frozen=True)
class TpsPlace:
    """Where a TPS is: names from the province down ("" when a region is not known), and its number."""

    provinsi: str
    kabupaten_kota: str
    kecamatan: str
    kelurahan: str
    nomor: int


async def find_places(session: AsyncSession, tps_kodes: Iterable[str]) -> dict[str, TpsPlace]:
    """Return the place of each TPS. One query for all of them; codes of ended regions keep their names."""
    above = {kode: tuple(reversed(ancestors(kode)))[1:] for kode in set(tps_kodes)}
    wanted = {region for regions in above.values() for region in regions}
    statement = select(Wilayah.kode, Wilayah.nama).where(Wilayah.kode.in_(sorted(wanted)))
    names = dict((await session.execute(statement)).all())
    return {kode: _place(kode, [names.get(region, "") for region in regions]) for kode, regions in above.items()}


def _place(kode: str, names: Sequence[str]) -> TpsPlace:
    provinsi, kabupaten_kota, kecamatan, kelurahan = names
    return TpsPlace(provinsi, kabupaten_kota, kecamatan, kelurahan, int(kode[-3:]))
