"""The reviewers' pages and routes, as a browser without scripts and a program use them; nothing opens too early."""

import re

import httpx
import pytest
from sqlalchemy import text

from app.core.access import Role
from app.core.database import Sessions
from app.core.storage import LocalStore
from app.intake.object_keys import crop_key, page_key
from app.verification.service import settle
from tests.http_ground import SignInAs
from tests.verification.readings import TRUTH
from tests.verification.review.desk import dispute
from tests.verification.world import make_world, tps

PICTURE = b"\xff\xd8picture\xff\xd9"
REASON = "Kotak pertama pada foto kedua ditimpa."
SECRETS = [str(number) for number in (123, 274, 429, 437, 173, 479, 487)]
HTML = {"accept": "text/html"}


@pytest.fixture
async def case(sessions: Sessions, storage: LocalStore) -> int:
    """The number of a case about two photographs that differ, with pictures."""
    async with sessions.begin() as session:
        world = await make_world(session)
        await dispute(world, tps(1))
        photos = list(world.photos.values())
        number: int = (await session.execute(text("SELECT id FROM review_case"))).scalar_one()
        await session.execute(text("UPDATE photo SET quality = '{}'"))
    for photo in photos:
        await storage.create(page_key(photo), PICTURE)
        for name in TRUTH:
            await storage.create(crop_key(photo, name), PICTURE)
    return number


def typed(numbers: dict[str, int]) -> dict[str, str]:
    return {f"{name}.{place}": digit for name, number in numbers.items() for place, digit in enumerate(f"{number:03}")}


def hides_values(page: str) -> bool:
    words = re.sub(r"v=[0-9a-f]{12}|[0-9]{2}\.[0-9]{2} WIB|[0-9a-f-]{36}", "", page)
    return not any(re.search(rf"\b{secret}\b", words) for secret in SECRETS) and tps(1) not in words


async def look_on_page(browser: httpx.AsyncClient, case: int) -> str:
    """Look at the picture of a case and write what it shows; return the page of the case."""
    browser.headers.update(HTML)
    here = f"/tinjau/perkara/{case}"
    led = await browser.post(f"{here}/lihat")
    assert (led.status_code, led.headers["location"]) == (303, f"{here}/gambar")
    picture = (await browser.get(f"{here}/gambar")).text
    assert f'action="{here}/gambar"' in picture
    assert hides_values(picture)
    sent = await browser.post(f"{here}/gambar", data=typed(TRUTH))
    assert (sent.status_code, sent.headers["location"]) == (303, here)
    return (await browser.get(here)).text


async def test_two_reviewers_override_on_the_pages(sign_in_as: SignInAs, client: httpx.AsyncClient, case: int) -> None:
    here = f"/tinjau/perkara/{case}"
    first, second = await sign_in_as("rina", Role.REVIEWER), await sign_in_as("bayu", Role.REVIEWER)
    listed = await first.get("/tinjau", headers=HTML)
    assert f"Perkara {case}" in listed.text
    assert hides_values(listed.text)
    before = await first.get(here, headers=HTML)
    assert "Gambarnya dahulu" in before.text
    assert hides_values(before.text)
    opened = await look_on_page(first, case)
    assert tps(1) in opened
    for number in (123, 173, 479):
        assert f"<strong>{number}</strong>" in opened
    crop = re.search(r'src="(/api/v1/review/cases/[^"]+)"', opened)
    assert crop is not None
    assert (await first.get(crop[1])).content == PICTURE
    assert (await second.get(crop[1])).json()["code"] == "look_first"
    assert (await first.post(f"{here}/usul", data={"kata": " "})).status_code == 422
    assert (await first.post(f"{here}/usul", data={"kata": REASON})).status_code == 303
    waiting = await second.get("/tinjau", headers=HTML)
    assert "menunggu peninjau kedua" in waiting.text
    unseen = await second.get(here, headers=HTML)
    assert REASON not in unseen.text
    assert hides_values(unseen.text)
    assert REASON in await look_on_page(second, case)
    assert (await second.post(f"{here}/usul", data={"kata": "Saya membaca hal yang sama."})).status_code == 303
    assert "digantikan oleh dua peninjau" in (await second.get(here)).text
    public = (await client.get(f"/api/v1/sections/ppwp-2024/{tps(1)}")).json()["sections"][0]
    assert (public["state"], public["decision"]["numbers"]) == ("accepted", TRUTH)
    assert "override" in public["decision"]["flags"]
    told = await client.get(f"/tps/ppwp-2024/{tps(1)}", headers=HTML)
    assert "Dua peninjau, masing-masing melihat gambarnya dahulu" in told.text


async def test_the_same_over_the_api(sign_in_as: SignInAs, case: int) -> None:
    here = f"/api/v1/review/cases/{case}"
    first, second = await sign_in_as("rina", Role.REVIEWER), await sign_in_as("bayu", Role.ADMIN)
    (line,) = (await first.get("/api/v1/review/cases?kind=dispute")).json()["cases"]
    assert (line["id"], line["tps"], line["proposed"]) == (case, None, False)
    assert not (await first.get("/api/v1/review/cases?kind=lapor")).json()["cases"]
    for reviewer, stands in ((first, False), (second, True)):
        closed = (await reviewer.get(here)).json()
        assert (closed["looked"], closed["evidence"], closed["facts"], closed["tps"]) == (False, None, None, None)
        for path, body in (("override", {"words": REASON}), ("notes", {"words": REASON})):
            assert (await reviewer.post(f"{here}/{path}", json=body)).json()["code"] == "look_first"
        assert (await reviewer.post(f"{here}/look")).status_code == 201
        assert (await reviewer.post(f"{here}/look/reading", json={"numbers": TRUTH})).status_code == 204
        assert (await reviewer.post(f"{here}/look/reading", json={"numbers": TRUTH})).status_code == 204, "sent again"
        stated = await reviewer.post(f"{here}/override", json={"words": REASON})
        assert (stated.status_code, stated.json()["stands"]) == (201, stands)
    seen = (await first.get(here)).json()
    assert seen["state"] == "resolved"
    assert [one["event"] for one in seen["events"]].count("looked") == 2
    assert len(seen["evidence"]["statements"]) == 2
    other = {name: number for name, number in seen["evidence"]["decision"]["numbers"].items() if TRUTH[name] != number}
    assert not other


async def test_a_reviewer_who_cannot_read_sees_the_case_and_states_nothing(sign_in_as: SignInAs, case: int) -> None:
    reviewer = await sign_in_as("rina", Role.REVIEWER)
    here = f"/tinjau/perkara/{case}"
    reviewer.headers.update(HTML)
    await reviewer.post(f"{here}/lihat")
    assert (await reviewer.post(f"{here}/gambar/lewati", data={"alasan": "unreadable"})).status_code == 303
    page = (await reviewer.get(here)).text
    assert "Foto berdampingan" in page
    assert "Nyatakan: angka" not in page
    refused = await reviewer.post(f"{here}/usul", data={"kata": REASON})
    assert refused.status_code == 403
    long = await reviewer.post(f"{here}/catat", data={"kata": REASON * 30})
    assert long.status_code == 422
    assert REASON * 30 in long.text, "what was typed is kept"
    assert (await reviewer.post(f"{here}/tolak", data={"kata": "Tidak terbaca."})).status_code == 303
    closed = (await reviewer.get("/tinjau?keadaan=tutup")).text
    assert f"Perkara {case}" in closed
    assert "Tidak ada yang perlu ditinjau sekarang" in (await reviewer.get("/tinjau")).text


async def test_a_photograph_of_the_case_is_turned_away_and_brought_back(
    sign_in_as: SignInAs, client: httpx.AsyncClient, sessions: Sessions, case: int
) -> None:
    reviewer, other = await sign_in_as("rina", Role.REVIEWER), await sign_in_as("bayu", Role.REVIEWER)
    here = f"/tinjau/perkara/{case}"
    early = await other.post(f"/api/v1/review/cases/{case}/photos/3/reject", json={"words": REASON})
    assert early.json()["code"] == "look_first"
    await look_on_page(reviewer, case)
    assert (await reviewer.post(f"{here}/foto/3/tolak", data={"kata": ""})).status_code == 422
    assert (await reviewer.post(f"{here}/foto/999/tolak", data={"kata": REASON})).status_code == 404
    for photo in (3, 4):
        assert (await reviewer.post(f"{here}/foto/{photo}/tolak", data={"kata": REASON})).status_code == 303
    await settle_queued(sessions)
    section = (await client.get(f"/api/v1/sections/ppwp-2024/{tps(1)}")).json()["sections"][0]
    assert section["state"] == "accepted"
    page = (await reviewer.get(here)).text
    assert "sebuah foto tidak dipakai lagi" in page
    assert (await reviewer.post(f"{here}/foto/3/pulihkan", data={"kata": "Ternyata asli."})).status_code == 303
    await settle_queued(sessions)
    section = (await client.get(f"/api/v1/sections/ppwp-2024/{tps(1)}")).json()["sections"][0]
    assert section["state"] == "disputed", "it speaks again"


async def settle_queued(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        for number in (await session.execute(text("SELECT id FROM tps_section"))).scalars().all():
            await settle(session, section_id=number)


async def test_others_do_not_review_and_unknown_cases_are_not_found(
    sign_in_as: SignInAs, sessions: Sessions, case: int
) -> None:
    for name, role in (("sari", Role.VOLUNTEER), ("budi", Role.MONITOR)):
        other = await sign_in_as(name, role)
        for path in ("/tinjau", f"/tinjau/perkara/{case}", "/api/v1/review/cases", f"/api/v1/review/cases/{case}"):
            assert (await other.get(path)).status_code == 403
        assert (await other.post(f"/api/v1/review/cases/{case}/override", json={})).status_code == 403
    reviewer = await sign_in_as("rina", Role.REVIEWER)
    assert (await reviewer.get(f"/api/v1/review/cases/{case + 1}")).status_code == 404
    assert (await reviewer.post(f"/tinjau/perkara/{case + 1}/lihat")).status_code == 404
    async with sessions.begin() as session:
        await session.execute(text("UPDATE account SET reading = 'paused' WHERE name = 'rina'"))
    paused = await reviewer.post(f"/api/v1/review/cases/{case}/look")
    assert paused.json()["code"] == "reading_paused"
    assert (await reviewer.post(f"/tinjau/perkara/{case}/lihat")).status_code == 403
