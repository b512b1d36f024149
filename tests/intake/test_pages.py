"""The pages of sign-in, upload and uploads as a browser without scripts uses them."""

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text

from app.accounts.service import make_account
from app.core.access import Role
from app.core.config import Settings
from app.core.database import Sessions
from app.web.bilingual import pick_language
from app.web.sign_in import safe_target

PASSWORD = "empat kata yang mudah"
TPS = "3171011001001"

pytestmark = pytest.mark.usefixtures("election")


@pytest.fixture
async def browser(client: httpx.AsyncClient, sessions: Sessions) -> httpx.AsyncClient:
    """A browser on which volunteer sari has an account and is not signed in."""
    async with sessions.begin() as session:
        await make_account(session, name="sari", password=PASSWORD, role=Role.VOLUNTEER)
    client.headers["accept"] = "text/html,*/*"
    return client


async def enter(browser: httpx.AsyncClient, target: str = "/unggah") -> httpx.Response:
    return await browser.post("/masuk", data={"name": "sari", "password": PASSWORD, "lanjut": target})


@pytest.mark.parametrize("page_address", ["/unggah?tps=3171011001001&bahasa=en", "/unggahan"])
async def test_a_stranger_is_led_to_sign_in_and_back(browser: httpx.AsyncClient, page_address: str) -> None:
    led = await browser.get(page_address)

    assert led.status_code == 303
    page = await browser.get(led.headers["location"])
    assert page.status_code == 200
    assert ('<html lang="en"' in page.text) == ("bahasa=en" in page_address)
    back = await enter(browser, page_address)
    assert (back.status_code, back.headers["location"]) == (303, page_address)
    assert (await browser.get(page_address)).status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/masuk",
        "/api/v1/session",
        "",
        "/a\nb",
    ],
)
def test_signing_in_leads_nowhere_else(target: str) -> None:
    assert safe_target(target) == "/unggah"


async def test_a_wrong_password_shows_the_form_again_with_the_name(browser: httpx.AsyncClient) -> None:
    page = await browser.post("/masuk", data={"name": 'sari"><b>', "password": "salah", "lanjut": "/unggahan"})

    assert page.status_code == 401
    assert "Nama atau kata sandi tidak cocok." in page.text
    assert "do not match" not in page.text
    assert 'value="sari&#34;&gt;&lt;b&gt;"' in page.text
    assert "set-cookie" not in page.headers


async def test_signing_out_ends_the_session(browser: httpx.AsyncClient) -> None:
    await enter(browser)
    assert (await browser.get("/unggahan")).status_code == 200

    assert (await browser.post("/keluar")).headers["location"] == "/"

    assert (await browser.get("/unggahan")).status_code == 303


async def test_registering_works_only_where_it_is_open(browser: httpx.AsyncClient, settings: Settings) -> None:
    form = {"name": "budi", "password": PASSWORD, "lanjut": "/unggah"}

    assert "/daftar" not in (await browser.get("/masuk")).text
    assert (await browser.post("/daftar", data=form)).status_code == 403
    settings.open_registration = True
    assert "/daftar" in (await browser.get("/masuk")).text
    taken = await browser.post("/daftar", data={**form, "name": "sari"})
    assert (taken.status_code, "sudah dipakai" in taken.text) == (409, True)
    assert (await browser.post("/daftar", data=form)).status_code == 303
    assert "budi" in (await browser.get("/unggah")).text


async def test_the_way_down_to_a_tps(browser: httpx.AsyncClient) -> None:
    await enter(browser)

    top = await browser.get("/unggah")
    assert '<option value="31">DKI Jakarta</option>' in top.text
    kelurahan = await browser.get("/unggah", params={"wilayah": "3171011001"})
    assert f"tps={TPS}" in kelurahan.text
    found = await browser.get("/unggah", params={"q": "tegalrejo"})
    assert "wilayah=3471011001" in found.text
    last = await browser.get("/unggah", params={"tps": "31.71.01.1001.001"})
    assert TPS in last.text
    assert 'capture="environment"' in last.text
    assert "halaman 2 &amp; 3" in last.text


async def test_a_contest_shows_only_its_own_regions(browser: httpx.AsyncClient) -> None:
    await enter(browser)

    page = await browser.get("/unggah", params={"pemilihan": "ppwp-34"})

    assert '<option value="34">' in page.text
    assert '<option value="31">' not in page.text


@pytest.mark.parametrize(("tps", "words"), [("3171011001999", "tidak dikenal"), ("abc", "13 (TPS)")])
async def test_a_wrong_tps_is_explained_beside_the_form(browser: httpx.AsyncClient, tps: str, words: str) -> None:
    await enter(browser)

    page = await browser.get("/unggah", params={"tps": tps})

    assert page.status_code == 422
    assert words in page.text
    assert f'value="{tps}"' in page.text


async def test_a_photograph_is_sent_without_scripts_and_listed(
    browser: httpx.AsyncClient, make_picture: Callable[..., bytes], sessions: Sessions
) -> None:
    await enter(browser)

    sent = await browser.post("/unggah", files={"file": make_picture()}, data={"tps": TPS, "pemilihan": "ppwp-2024"})

    assert sent.status_code == 303
    page = await browser.get(sent.headers["location"])
    assert "menunggu dibaca" in page.text
    assert "TPS 1, Gambir" in page.text
    async with sessions.begin() as session:
        receipt = await session.scalar(text("SELECT log_entry_id FROM photo"))
    public = await browser.get(f"/tanda-terima/{receipt}")
    assert public.status_code == 200
    assert TPS in public.text
    assert "TPS 1, Gambir" in (await browser.get("/unggah")).text


async def test_a_bad_file_without_scripts_gets_a_page_that_says_what_to_do(browser: httpx.AsyncClient) -> None:
    await enter(browser)

    page = await browser.post("/unggah", files={"file": b"GIF89a"}, data={"tps": TPS, "pemilihan": "ppwp-2024"})

    assert page.status_code == 415
    assert "Isi berkas ini bukan foto, melainkan GIF." in page.text
    assert "Kirim foto JPEG" in page.text


async def test_another_site_cannot_send_a_form_in_my_name(
    browser: httpx.AsyncClient, make_picture: Callable[..., bytes], sessions: Sessions
) -> None:
    await enter(browser)

    forged = await browser.post(
        "/unggah",
        files={"file": make_picture()},
        data={"tps": TPS, "pemilihan": "ppwp-2024"},
        headers={"origin": "https://evil.example"},
    )

    assert forged.status_code == 403
    async with sessions.begin() as session:
        assert await session.scalar(text("SELECT count(*) FROM photo")) == 0


@pytest.mark.parametrize(
    ("both", "indonesian", "english"),
    [
        ("Berkas kosong. (The file is empty.)", "Berkas kosong.", "The file is empty."),
        (
            "Tanda (kotak) hilang. Foto lagi. (The tag (a box) is missing.)",
            "Tanda (kotak) hilang. Foto lagi.",
            "The tag (a box) is missing.",
        ),
        ("Hanya satu bahasa.", "Hanya satu bahasa.", "Hanya satu bahasa."),
    ],
)
def test_a_page_shows_its_own_half_of_a_sentence(both: str, indonesian: str, english: str) -> None:
    assert pick_language(both, "id") == indonesian
    assert pick_language(both, "en") == english
