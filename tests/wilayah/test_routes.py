import httpx
import pytest

from app.core.database import Sessions
from app.wilayah.service import import_wilayah
from tests.wilayah.editions import HEADING, JAKARTA, LINES


@pytest.fixture(autouse=True)
async def _regions(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await import_wilayah(session, lines=LINES, name="2024")


async def test_a_region_is_shown_with_its_place(client: httpx.AsyncClient) -> None:
    page = (await client.get("/api/v1/wilayah/1101")).json()
    assert (page["region"]["nama"], page["region"]["tps_count"]) == ("ACEH SELATAN", 7)
    assert [one["kode"] for one in page["path"]] == ["0", "11", "1101"]
    assert [one["kode"] for one in page["children"]] == ["110101"]
    assert page["tps"] == []


async def test_a_kelurahan_is_shown_with_its_tps(client: httpx.AsyncClient) -> None:
    page = (await client.get("/api/v1/wilayah/1101012002")).json()
    assert [one["kode"][-3:] for one in page["tps"]] == ["001", "002", "901", "902"]


async def test_an_ended_region_stays_known(client: httpx.AsyncClient, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        later = [f"{HEADING},kode_lama", *(f"{line}," for line in JAKARTA), "12,provinsi,ACEH BARU,,,,11"]
        await import_wilayah(session, lines=later, name="2025")
    region = (await client.get("/api/v1/wilayah/11")).json()["region"]
    assert (region["current"], region["successors"]) == (False, ["12"])


async def test_regions_are_found_by_name(client: httpx.AsyncClient) -> None:
    page = (await client.get("/api/v1/wilayah", params={"q": "aceh", "limit": 2})).json()
    assert [one["kode"] for one in page["found"]] == ["11", "1101"]
    assert (await client.get("/api/v1/wilayah", params={"q": "a\0b"})).json()["found"] == []


@pytest.mark.parametrize(
    ("kode", "status", "code"), [("12", 404, "unknown_wilayah"), ("123", 422, "bad_kode"), ("%00", 422, "bad_kode")]
)
async def test_what_is_not_there_is_refused(client: httpx.AsyncClient, kode: str, status: int, code: str) -> None:
    answer = await client.get(f"/api/v1/wilayah/{kode}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
