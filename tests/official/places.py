"""A small country in the database: two kecamatan with their TPS, and the presidential contest that ships."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import PROJECT
from app.pemilu.definition import Contest
from app.pemilu.service import SHIPPED, get_contest, import_pemilu
from app.wilayah.service import import_wilayah

LINES = (
    "kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir",
    "11,provinsi,ACEH,,,",
    "1101,kabupaten_kota,ACEH SELATAN,,,",
    "110101,kecamatan,BAKONGAN,,,",
    "1101012001,kelurahan,KEUDE BAKONGAN,2,,",
    "110102,kecamatan,KLUET UTARA,,,",
    "1101022001,kelurahan,FAJAR HARAPAN,2,,",
    "34,provinsi,DI YOGYAKARTA,,,",
    "3404,kabupaten_kota,SLEMAN,,,",
    "340401,kecamatan,GAMPING,,,",
    "3404012001,kelurahan,BALECATUR,1,,",
)
TPS = ("1101012001001", "1101012001002", "1101022001001", "1101022001002", "3404012001001")


async def prepare_contest(session: AsyncSession) -> Contest:
    """Import regions and election (again: nothing changes) and return the contest."""
    await import_wilayah(session, lines=LINES, name="test")
    await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=PROJECT / "ocr" / "layouts")
    return await get_contest(session, kode="ppwp-2024")
