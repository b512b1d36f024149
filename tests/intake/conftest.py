"""Ground of the intake tests: four TPS in two provinces, the shipped election, and small pictures."""

import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from PIL import Image

from app.core.config import PROJECT, Settings
from app.core.database import Sessions
from app.pemilu.service import get_contest, import_pemilu
from app.wilayah.service import import_wilayah
from tests.http_ground import SignInAs
from tests.intake.direct_sender import Sender

REGIONS = """\
kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir
31,provinsi,DKI JAKARTA,,,
3171,kabupaten_kota,KOTA ADM. JAKARTA PUSAT,,,
317101,kecamatan,GAMBIR,,,
3171011001,kelurahan,GAMBIR,2,,
34,provinsi,DAERAH ISTIMEWA YOGYAKARTA,,,
3471,kabupaten_kota,KOTA YOGYAKARTA,,,
347101,kecamatan,TEGALREJO,,,
3471011001,kelurahan,TEGALREJO,2,,
"""
ELECTION = PROJECT / "app" / "pemilu" / "data" / "ppwp_2024.toml"


@pytest.fixture
async def election(sessions: Sessions, settings: Settings, tmp_path: Path) -> int:
    """Import regions and the presidential contest, and one more that only province 34 votes in; the first's id."""
    regional = ELECTION.read_text("utf-8").replace('"pemilu-2024"', '"pemilu-34"').replace('"ppwp-2024"', '"ppwp-34"')
    path = tmp_path / "regional.toml"
    path.write_text(regional.replace('wilayah = ["0"]', 'wilayah = ["34"]'), "utf-8")
    async with sessions.begin() as session:
        await import_wilayah(session, lines=REGIONS.splitlines(keepends=True), name="uji")
    async with sessions.begin() as session:
        await import_pemilu(session, path=ELECTION, layouts=settings.layouts)
        await import_pemilu(session, path=path, layouts=settings.layouts)
        return (await get_contest(session, kode="ppwp-2024")).id


@pytest.fixture
def make_picture() -> Callable[..., bytes]:
    """Factory of small real pictures; another ``shade`` is another picture."""

    def make(shade: int = 200, *, kind: str = "JPEG", size: tuple[int, int] = (900, 640)) -> bytes:
        kept = io.BytesIO()
        Image.new("RGB", size, (shade, shade, shade)).save(kept, kind)
        return kept.getvalue()

    return make


@pytest.fixture
async def outside() -> AsyncIterator[httpx.AsyncClient]:
    """A client that the site does not know, for the object store."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
async def sari(sign_in_as: SignInAs, outside: httpx.AsyncClient) -> Sender:
    """A volunteer who sends straight to the object store."""
    return Sender(await sign_in_as("sari"), outside)


@pytest.fixture
async def budi(sign_in_as: SignInAs, outside: httpx.AsyncClient) -> Sender:
    """Another one."""
    return Sender(await sign_in_as("budi"), outside)
