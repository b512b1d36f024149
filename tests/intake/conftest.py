"""Ground of the intake tests: four TPS in two provinces, the shipped election, and small pictures."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from app.core.config import PROJECT
from app.core.database import Sessions, make_engine, make_sessions
from app.pemilu.service import get_contest, import_pemilu
from app.wilayah.service import import_wilayah
from tests.database_ground import copy_database, drop_database, name_of
from tests.http_ground import TRUST_NOBODY, SignInAs
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
LAYOUTS = PROJECT / "ocr" / "layouts"


@pytest.fixture(scope="session")
def election_template(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of a database with regions, the presidential contest, and one more that only province 34 votes in."""
    url = asyncio.run(copy_database(server, template))
    asyncio.run(import_election(url, tmp_path_factory.mktemp("election")))
    yield name_of(url)
    asyncio.run(drop_database(server, url))


async def import_election(url: str, folder: Path) -> None:
    regional = ELECTION.read_text("utf-8").replace('"pemilu-2024"', '"pemilu-34"').replace('"ppwp-2024"', '"ppwp-34"')
    path = folder / "regional.toml"
    path.write_text(regional.replace('wilayah = ["0"]', 'wilayah = ["34"]'), "utf-8")
    engine = make_engine(url)
    async with make_sessions(engine).begin() as session:
        await import_wilayah(session, lines=REGIONS.splitlines(keepends=True), name="uji")
        await import_pemilu(session, path=ELECTION, layouts=LAYOUTS)
        await import_pemilu(session, path=path, layouts=LAYOUTS)
    await engine.dispose()


@pytest.fixture
async def database(server: str, election_template: str) -> AsyncIterator[str]:
    """Address of a database of this test's own, with the election in it."""
    url = await copy_database(server, election_template)
    yield url
    await drop_database(server, url)


@pytest.fixture
async def election(sessions: Sessions) -> int:
    """Number of the presidential contest."""
    async with sessions.begin() as session:
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
    async with httpx.AsyncClient(trust_env=False, timeout=30, verify=TRUST_NOBODY) as client:
        yield client


@pytest.fixture
async def sari(sign_in_as: SignInAs, outside: httpx.AsyncClient) -> Sender:
    """A volunteer who sends straight to the object store."""
    return Sender(await sign_in_as("sari"), outside)


@pytest.fixture
async def budi(sign_in_as: SignInAs, outside: httpx.AsyncClient) -> Sender:
    """Another one."""
    return Sender(await sign_in_as("budi"), outside)
