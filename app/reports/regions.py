"""Names of the regions around a TPS, for rows of reports."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.discrepancy.listing import TPS_DIGITS
from app.wilayah.codes import NATION, ancestors
from app.wilayah.models import Wilayah


@dataclass(frozen=True)
class TpsPlace:
    """Where a TPS, or a region, is: names from the province down ("" below it, or when one is not known).

    ``nomor``: of the TPS; null for a region.
    """

    provinsi: str
    kabupaten_kota: str
    kecamatan: str
    kelurahan: str
    nomor: int | None


async def find_places(session: AsyncSession, kodes: Iterable[str]) -> dict[str, TpsPlace]:
    """Return the place of each TPS or region. One query for all of them; codes of ended regions keep their names."""
    above = {kode: _list_regions(kode) for kode in set(kodes)}
    wanted = {region for regions in above.values() for region in regions}
    statement = select(Wilayah.kode, Wilayah.nama).where(Wilayah.kode.in_(sorted(wanted)))
    names = dict((await session.execute(statement)).all())
    return {kode: _place(kode, [names.get(region, "") for region in regions]) for kode, regions in above.items()}


def _list_regions(kode: str) -> list[str]:
    """Return the codes from the province down to the place itself, without the nation and without a TPS."""
    path = [*reversed(ancestors(kode)), kode]
    return [one for one in path if one != NATION and len(one) != TPS_DIGITS]


def _place(kode: str, names: Sequence[str]) -> TpsPlace:
    provinsi, kabupaten_kota, kecamatan, kelurahan = [*names, "", "", "", ""][:4]
    return TpsPlace(provinsi, kabupaten_kota, kecamatan, kelurahan, int(kode[-3:]) if len(kode) == TPS_DIGITS else None)
