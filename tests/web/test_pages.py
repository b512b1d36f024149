"""Every page, in both languages, at a phone's and at a desk's size, in light and in dark."""

import io
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from fastapi.routing import APIRoute
from PIL import Image
from playwright.async_api import Browser

from app.main import ROUTERS
from tests.web.eyes import DESK, PHONE, Eyes, Language, Look
from tests.web.people import enter, list_papers, publish, read_until_accepted, sign_in, upload_pages
from tests.web.small_site import STATIONS, SmallSite
from workers.demo.stage import CONTEST, wait_for_quiet

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow(60),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

DECIDED = (STATIONS.differing, STATIONS.broken)
HALF, CONFIRM, EMPTY = STATIONS.plain[:3]
WAITING = (CONFIRM, *STATIONS.plain[3:5], STATIONS.other_broken)
"""Of one only page 2 was sent, of one there is nothing. The rest wait for people: of three the machine is sure, and one
in ten of those is read blind; the fourth, whose sum does not close, always."""

TESTS = Path(__file__).parents[1]
PLACE = DECIDED[0]
PUBLIC = (
    ("/", "/"),
    ("/", "/?q=sleman"),
    ("/", "/?q=tidak+ada+itu"),
    ("/tentang", "/tentang"),
    ("/docs", "/docs"),
    ("/masuk", "/masuk"),
    ("/hitung", "/hitung"),
    ("/hitung/{pemilihan}", f"/hitung/{CONTEST}"),
    ("/hitung/{pemilihan}/{kode}", f"/hitung/{CONTEST}/0"),
    ("/hitung/{pemilihan}/{kode}", f"/hitung/{CONTEST}/{PLACE[:2]}"),
    ("/hitung/{pemilihan}/{kode}", f"/hitung/{CONTEST}/{PLACE[:10]}"),
    ("/hitung/{pemilihan}/{kode}", f"/hitung/{CONTEST}/{CONFIRM[:10]}"),
    ("/tps/{pemilihan}/{kode}", f"/tps/{CONTEST}/{DECIDED[0]}"),
    ("/tps/{pemilihan}/{kode}", f"/tps/{CONTEST}/{DECIDED[1]}"),
    ("/tps/{pemilihan}/{kode}", f"/tps/{CONTEST}/{CONFIRM}"),
    ("/tps/{pemilihan}/{kode}", f"/tps/{CONTEST}/{EMPTY}"),
    ("/bukti/{pemilihan}/{kode}", f"/bukti/{CONTEST}/{DECIDED[0]}"),
    ("/belum-ada/{pemilihan}/{kode}", f"/belum-ada/{CONTEST}/0"),
    ("/daftar-tps/{pemilihan}/{kode}", f"/daftar-tps/{CONTEST}/0"),
    ("/selisih", "/selisih"),
    ("/selisih/{pemilihan}", f"/selisih/{CONTEST}"),
    ("/selisih/{pemilihan}", f"/selisih/{CONTEST}?wilayah={PLACE[:2]}&state=all&order=newest"),
    ("/selisih/{pemilihan}", f"/selisih/{CONTEST}?min_size=900"),
    ("/selisih/cara", "/selisih/cara"),
    ("/selisih/nomor/{discrepancy_id}", "/selisih/nomor/1"),
    ("/resmi", "/resmi"),
    ("/resmi/{pemilihan}", f"/resmi/{CONTEST}"),
    ("/resmi/{pemilihan}/perubahan", f"/resmi/{CONTEST}/perubahan"),
    ("/resmi/{pemilihan}/tanda", f"/resmi/{CONTEST}/tanda"),
    ("/resmi/{pemilihan}/tps/{tps_kode}", f"/resmi/{CONTEST}/tps/{DECIDED[0]}"),
    ("/unduh", "/unduh"),
    ("/api", "/api"),
    ("/tanda-terima/{number}", "/tanda-terima/{receipt}"),
    ("/lapor", f"/lapor?tps={PLACE}"),
    ("/lapor/{token}", "/lapor/{token}?baru=1"),
    ("/jaga", "/jaga"),
    ("/privasi", "/privasi"),
    ("/undangan/{code}", "/undangan/tidak-ada-undangan-ini"),
)
UPLOADER, IDLE, READERS = "relawan1", "relawan8", ("relawan4", "relawan5", "relawan6", "relawan7")
SIGNED_IN = (
    ("/unggah", UPLOADER, "/unggah"),
    ("/unggah", IDLE, "/unggah?q=depok"),
    ("/unggah", IDLE, "/unggah?wilayah=34"),
    ("/unggah", IDLE, f"/unggah?wilayah={PLACE[:10]}"),
    ("/unggah", IDLE, f"/unggah?tps={EMPTY}"),
    ("/unggahan", UPLOADER, "/unggahan"),
    ("/unggahan", IDLE, "/unggahan"),
    ("/periksa", IDLE, "/periksa"),
    ("/periksa", UPLOADER, "/periksa?kosong=1"),
    *(("/periksa", name, "/periksa") for name in READERS),
    ("/mesin/{pemilihan}", "peninjau1", f"/mesin/{CONTEST}"),
    ("/selisih/nomor/{discrepancy_id}", "peninjau1", "/selisih/nomor/1"),
    ("/aturan/{pemilihan}", "peninjau1", f"/aturan/{CONTEST}?teks=known(ours.suara_01)"),
    ("/laporan-saya", UPLOADER, "/laporan-saya"),
    ("/tinjau/laporan", "peninjau1", "/tinjau/laporan"),
    ("/tinjau/laporan/{case_id}", "peninjau1", "/tinjau/laporan/1"),
    ("/jaga", UPLOADER, f"/jaga?wilayah={PLACE[:10]}"),
    ("/jaga/saya", UPLOADER, "/jaga/saya"),
    ("/saya", UPLOADER, "/saya"),
    ("/latihan", IDLE, "/latihan"),
    ("/jeda", "pengelola", "/jeda"),
    ("/langganan", "pengelola", "/langganan"),
)
ELSEWHERE = {
    "/tinjau": "verification/review/test_case_in_browser.py",
    "/tinjau/perkara/{case_id}": "verification/review/test_case_in_browser.py",
    "/tinjau/perkara/{case_id}/gambar": "verification/review/test_case_in_browser.py",
    "/tinjau/foto": "intake/test_triage_page.py",
}
"""Pages that other tests come by with the same eyes, and where."""
MISSING = (
    ("/tidak-ada", 404),
    (f"/hitung/{CONTEST}/99", 404),
    (f"/tps/{CONTEST}/9999999999999", 404),
    ("/selisih/tidak-ada", 404),
)


@dataclass(frozen=True)
class Scene:
    """The site after the small election: what is needed to look at it."""

    site: SmallSite
    receipt: int
    token: str
    seats: dict[str | None, Eyes] = field(default_factory=dict)
    """Everybody's page of a browser of his own, strangers' too: one that is kept costs a third of a new one."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(site: SmallSite) -> Scene:
    """Two TPS decided and compared, five under way, one refused and one doubled picture, four tasks dealt."""
    papers = list_papers([*DECIDED, *WAITING, HALF])
    await upload_pages(site, UPLOADER, DECIDED, papers)
    await read_until_accepted(site, ("relawan2", "relawan3", "peninjau1", "peninjau2"), DECIDED, papers)
    await publish(site, (*DECIDED, *WAITING))
    await upload_pages(site, UPLOADER, WAITING, papers)
    await wait_for_quiet(site.url)
    for name in READERS:
        async with sign_in(site, name) as client:
            assert (await client.post("/api/v1/tasks")).status_code == 201
    await upload_pages(site, UPLOADER, [HALF], papers, pages=(2,))
    receipt = await _upload_oddities(site)
    await wait_for_quiet(site.url)
    return Scene(site, receipt, await _report_and_guard(site))


async def _report_and_guard(site: SmallSite) -> str:
    """Let a volunteer report a TPS and guard one; return the secret of the report's page."""
    async with sign_in(site, UPLOADER) as client:
        report = {"tps": PLACE, "category": "missing_form", "note": "Papan pengumuman kosong.\n<b>Pintu terkunci.</b>"}
        answer = await client.post("/api/v1/reports", json=report)
        guarded = await client.put(f"/api/v1/jaga/pemilu-2024/tps/{DECIDED[0]}")
    guarded.raise_for_status()
    return str(answer.raise_for_status().json()["token"])


async def _upload_oddities(site: SmallSite) -> int:
    """Send a picture that is no form, and a page that was sent before for another TPS; return the last receipt."""
    pictures = {"bukan.jpg": _draw_nothing(), "lagi.jpg": await site.photograph(DECIDED[0], 2)}
    receipts = []
    async with sign_in(site, UPLOADER) as client:
        for name, data in pictures.items():
            files = {"file": (name, data, "image/jpeg")}
            answer = await client.post("/api/v1/photos", data={"pemilihan": CONTEST, "tps": CONFIRM}, files=files)
            receipts.append(int(answer.raise_for_status().json()["receipt"]))
    return receipts[-1]


def _draw_nothing() -> bytes:
    kept = io.BytesIO()
    Image.effect_noise((1200, 1600), 40).convert("RGB").save(kept, "JPEG")
    return kept.getvalue()


async def look_at(window: Browser, scene: Scene, address: str, status: int, name: str | None = None) -> list[str]:
    """Open an address in both languages, in Indonesian on a phone and in English at a desk; return what is wrong."""
    complaints: list[str] = []
    eyes = await take_seat(window, scene, name)
    ways: tuple[tuple[Language, Look], ...] = (("id", PHONE), ("en", DESK))
    for language, look in ways:
        answer = await eyes.page.goto(address if language == "id" else to_english(address))
        assert answer is not None
        if answer.status != status:
            complaints.append(f"status {answer.status}")
        complaints += [f"{language}: {one}" for one in await eyes.look(language, (look,))]
    return complaints


async def take_seat(window: Browser, scene: Scene, name: str | None) -> Eyes:
    """Return the eyes on somebody's page; he signs in once."""
    if name not in scene.seats:
        context = await window.new_context(base_url=scene.site.address)
        page = await context.new_page() if name is None else await enter(context, scene.site, name)
        scene.seats[name] = Eyes(page, scene.site.address)
    return scene.seats[name]


def to_english(address: str) -> str:
    """Return the address of the English page."""
    return f"{address}{'&' if '?' in address else '?'}bahasa=en"


@pytest.mark.parametrize("address", [address for _, address in PUBLIC])
async def test_a_public_page_is_sound(window: Browser, scene: Scene, address: str) -> None:
    assert await look_at(window, scene, address.format(receipt=scene.receipt, token=scene.token), 200) == []


@pytest.mark.parametrize(("name", "address"), [(name, address) for _, name, address in SIGNED_IN])
async def test_a_page_for_those_who_signed_in_is_sound(window: Browser, scene: Scene, name: str, address: str) -> None:
    assert await look_at(window, scene, address, 200, name) == []


@pytest.mark.parametrize(("address", "status"), MISSING)
async def test_an_error_is_a_sound_page_too(window: Browser, scene: Scene, address: str, status: int) -> None:
    assert await look_at(window, scene, address, status) == []


async def test_no_page_is_forgotten() -> None:
    pages = {
        route.path
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and not route.include_in_schema
    }
    assert len(pages) > 10
    looked_at = {path for path, _ in PUBLIC} | {path for path, _, _ in SIGNED_IN}
    looked_at |= {path for path, file in ELSEWHERE.items() if "eyes.look(" in (TESTS / file).read_text("utf-8")}
    for_programs = {"/aturan/{pemilihan}/periksa", "/metrics", "/resmi/perubahan.atom"}
    assert {path for path in pages if not path.endswith((".jpg", ".zip"))} - for_programs == looked_at


async def test_both_kinds_of_task_were_looked_at(scene: Scene) -> None:
    modes = set()
    for name in READERS:
        async with sign_in(scene.site, name) as client:
            modes.add((await client.post("/api/v1/tasks")).raise_for_status().json()["mode"])
    assert modes == {"blind", "confirm"}
