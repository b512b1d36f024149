"""The page for reading, as a browser without scripts would use it."""

import re

import httpx
import pytest
from sqlalchemy import text

from app.core.access import Role
from app.core.database import Sessions
from tests.http_ground import SignInAs, address, app, client, sign_in_as, storage
from tests.verification.readings import PAGES, TRUTH
from tests.verification.world import make_world, settle_waiting, tps

__all__ = ["address", "app", "client", "sign_in_as", "storage"]

HTML = {"accept": "text/html"}


@pytest.fixture
async def blind(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        world = await make_world(session)
        await world.read(tps(1), confidence=0.5, sure=False)


@pytest.fixture
async def confirm(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        world = await make_world(session)
        await world.read(tps(1))


def typed(numbers: dict[str, int]) -> dict[str, str]:
    return {f"{name}.{place}": digit for name, number in numbers.items() for place, digit in enumerate(f"{number:03}")}


async def open_task(browser: httpx.AsyncClient) -> tuple[str, str]:
    """Take a task; its address and its page."""
    browser.headers.update(HTML)
    led = await browser.post("/periksa")
    assert (led.status_code, led.headers["location"]) == (303, "/periksa")
    page = (await browser.get("/periksa")).text
    found = re.search(r'action="(/periksa/[0-9a-f-]{36})"', page)
    assert found is not None, page
    return found[1], page


async def test_a_blind_task_is_answered_and_thanked_for(sign_in_as: SignInAs, blind: None) -> None:
    browser = await sign_in_as("sari")
    path, page = await open_task(browser)
    assert page.count('class="digit"') == 18
    for number in TRUTH.values():
        assert f">{number}<" not in page
        assert f'value="{number % 10}"' not in page
    sent = await browser.post(path, data=typed(TRUTH))
    assert sent.status_code == 303
    assert sent.headers["location"] == f"/periksa?kosong=1&selesai={path.rpartition('/')[2]}"
    after = (await browser.get(sent.headers["location"])).text
    assert "Terima kasih" in after
    assert "tidak ada formulir yang menunggu" in after
    undone = await browser.post(f"{path}/batal")
    assert undone.status_code == 303


async def test_sums_that_do_not_close_are_asked_about_once_and_then_taken_as_written(
    sign_in_as: SignInAs, blind: None
) -> None:
    browser = await sign_in_as("sari")
    path, _ = await open_task(browser)
    odd = typed({**TRUTH, "suara_sah": 430})
    asked = await browser.post(path, data=odd)
    assert asked.status_code == 200
    assert "mohon cek lagi apa yang tertulis" in asked.text
    assert 'name="yakin"' in asked.text
    assert 'name="suara_sah.2" value="0"' in asked.text, "what was typed is kept"
    assert (await browser.post(path, data={**odd, "yakin": "1"})).status_code == 303


async def test_missing_digits_are_pointed_at_and_what_was_typed_stays(sign_in_as: SignInAs, blind: None) -> None:
    browser = await sign_in_as("sari")
    path, _ = await open_task(browser)
    asked = await browser.post(path, data={**typed(TRUTH), "suara_02.1": ""})
    assert asked.status_code == 422
    assert asked.text.count("Isi kotak paling kanan") == 1
    assert asked.text.count('aria-invalid="true"') == 3
    assert (await browser.post(path, data={**typed(TRUTH), "suara_02.1": "", "suara_02.x": "on"})).status_code == 303


async def test_a_sure_form_is_confirmed_with_one_button(
    sign_in_as: SignInAs, sessions: Sessions, confirm: None
) -> None:
    browser = await sign_in_as("sari")
    path, page = await open_task(browser)
    assert "Benar semua" in page
    assert re.search(r'class="shown"[^>]*><span>1</span><span>2</span><span>3</span>', page)
    assert (await browser.post(path, data={"aksi": "benar"})).status_code == 303
    await settle_waiting(sessions)
    sections = (await browser.get(f"/api/v1/sections/ppwp-2024/{tps(1)}")).json()["sections"]
    assert sections[0]["decision"]["numbers"] == TRUTH


async def test_all_correct_is_no_answer_to_a_blind_task(sign_in_as: SignInAs, blind: None) -> None:
    browser = await sign_in_as("sari")
    path, _ = await open_task(browser)
    assert (await browser.post(path, data={"aksi": "benar"})).status_code == 422


async def test_a_correction_goes_to_somebody_else(sign_in_as: SignInAs, sessions: Sessions, confirm: None) -> None:
    browser = await sign_in_as("sari")
    path, _ = await open_task(browser)
    corrected = {**typed({**TRUTH, "suara_01": 128}), "yakin": "1", "aksi": "kirim"}
    assert (await browser.post(path, data=corrected)).status_code == 303
    await settle_waiting(sessions)
    other = await sign_in_as("budi")
    _, page = await open_task(other)
    assert "Tulis angka yang Anda lihat" in page
    assert page.count('class="digit"') == 3 * len(PAGES[2])


async def test_skipping_leads_on(sign_in_as: SignInAs, blind: None) -> None:
    browser = await sign_in_as("sari")
    path, _ = await open_task(browser)
    refused = await browser.post(f"{path}/lewati", data={"alasan": "bosan"})
    assert refused.status_code == 422
    assert "bosan" in refused.text
    led = await browser.post(f"{path}/lewati", data={"alasan": "unreadable"})
    assert (led.status_code, led.headers["location"]) == (303, "/periksa?kosong=1")


async def test_a_late_answer_is_told_so_on_the_page(sign_in_as: SignInAs, sessions: Sessions, blind: None) -> None:
    browser = await sign_in_as("sari")
    path, _ = await open_task(browser)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE task SET leased_until = now() - interval '1 second'"))
    late = await browser.post(path, data=typed(TRUTH))
    assert late.status_code == 410
    assert "sudah habis" in late.text
    assert "Ambil formulir" in late.text


async def test_who_may_open_it(sign_in_as: SignInAs, client: httpx.AsyncClient) -> None:
    led = await client.get("/periksa", headers=HTML)
    assert (led.status_code, led.headers["location"]) == (303, "/masuk?lanjut=%2Fperiksa")
    monitor = await sign_in_as("mona", Role.MONITOR)
    assert (await monitor.get("/periksa", headers=HTML)).status_code == 403


async def test_english(sign_in_as: SignInAs, blind: None) -> None:
    browser = await sign_in_as("sari")
    await open_task(browser)
    page = (await browser.get("/periksa?bahasa=en")).text
    assert "Write the numbers you see" in page
    assert "?bahasa=en" in page
