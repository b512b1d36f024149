"""Contests for the tally's tests: one over the nation, one over a single kabupaten, over the small editions."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import PROJECT
from app.pemilu.definition import Contest
from app.pemilu.service import SHIPPED, get_contest, import_pemilu
from app.wilayah.service import import_wilayah
from tests.wilayah.editions import LINES

LAYOUTS = PROJECT / "ocr" / "layouts"

PILKADA = """
[pemilu]
kode = "pilkada-2024"
nama = "Pilkada 2024"
tanggal = 2024-11-27

[[pemilihan]]
kode = "bupati-1101-2024"
jenis = "bupati"
nama = "Bupati Aceh Selatan 2024"
wilayah = ["1101"]
form = "c_hasil_bupati_2024"

[[pemilihan.section]]
kode = "suara"
nama = "Suara"
pages = { 2 = ["suara_01", "suara_02"], 3 = ["suara_sah", "suara_tidak_sah"] }

[[pemilihan.identity]]
key = "suara_sah"
total = "suara_sah"
terms = ["suara_01", "suara_02"]

[[pemilihan.pilihan]]
nomor_urut = 1
field = "suara_01"
nama = "Paslon Satu"

[[pemilihan.pilihan]]
nomor_urut = 2
field = "suara_02"
nama = "Paslon Dua"
"""


async def import_text(session: AsyncSession, text: str, folder: Path) -> None:
    """Import an election file given as text."""
    path = folder / "pemilu.toml"
    path.write_text(text, encoding="utf-8")
    await import_pemilu(session, path=path, layouts=LAYOUTS)


async def lay_contests(session: AsyncSession, folder: Path) -> tuple[Contest, Contest]:
    """Import regions and both elections; return the presidential contest and the pilkada."""
    await import_wilayah(session, lines=LINES, name="2024")
    await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=LAYOUTS)
    await import_text(session, PILKADA, folder)
    return await get_contest(session, kode="ppwp-2024"), await get_contest(session, kode="bupati-1101-2024")
