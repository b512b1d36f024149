"""Reporting as people do it: on the pages, without an account, twice by accident, too often, somebody else's."""

import re
from http import HTTPStatus

import httpx
import pytest

from app.core.access import Role
from app.core.database import Sessions
from app.lapor import limits
from app.wilayah.service import import_wilayah
from tests.http_ground import SignInAs
from tests.lapor.conftest import HERE, THERE
from tests.wilayah.editions import LINES

PAGE = {"accept": "text/html"}
SECRET = re.compile(r'name="kunci" value="([A-Za-z0-9_-]{43})"')


@pytest.fixture(autouse=True)
async def places(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await import_wilayah(session, lines=LINES, name="test")


async def open_form(client: httpx.AsyncClient) -> dict[str, str]:
    page = await client.get("/lapor", params={"tps": HERE}, headers=PAGE)
    assert page.status_code == HTTPStatus.OK
    found = SECRET.search(page.text)
    assert found
    return {"tps": HERE, "foto": "", "kunci": found[1], "jenis": "missing_form", "catatan": "<i>Papan</i> kosong."}


async def test_without_an_account_and_pressed_twice_it_is_one_report_at_a_secret_address(
    client: httpx.AsyncClient,
) -> None:
    form = await open_form(client)
    pressed = [await client.post("/lapor", data=form, headers=PAGE) for _press in range(2)]
    address = f"/lapor/{form['kunci']}?baru=1"
    assert [(one.status_code, one.headers["location"]) for one in pressed] == [(HTTPStatus.SEE_OTHER, address)] * 2
    shown = await client.get(address, headers=PAGE)
    assert "&lt;i&gt;Papan&lt;/i&gt; kosong." in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert (await client.get(f"/api/v1/reports/{form['kunci']}")).json()["state"] == "open"
    assert (await client.get(f"/api/v1/reports/tps/{HERE}")).json() == []
    await client.post(f"/lapor/{form['kunci']}/tarik", headers=PAGE)
    taken = (await client.get(f"/api/v1/reports/{form['kunci']}")).json()
    assert (taken["note"], taken["state"]) == (None, "rejected")


async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client: httpx.AsyncClient) -> None:
    form = {**await open_form(client), "catatan": "Telepon 0812 3456 7890"}
    refused = await client.post("/lapor", data=form, headers=PAGE)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Telepon 0812 3456 7890" in refused.text
    assert form["kunci"] in refused.text
    assert "Hapus data pribadi" in refused.text
    for wrong in ({"tps": "1101012001999"}, {"foto": "77"}, {"foto": "x"}, {"tps": ""}):
        answer = await client.post("/lapor", data={**form, "catatan": "", **wrong}, headers=PAGE)
        assert answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}, wrong
    assert (await client.get(f"/lapor/{form['kunci']}", headers=PAGE)).status_code == HTTPStatus.NOT_FOUND


async def test_other_peoples_reports_are_not_found_and_reviewers_read_on_their_page(
    client: httpx.AsyncClient, sign_in_as: SignInAs
) -> None:
    sari, budi, rina = await sign_in_as("sari"), await sign_in_as("budi"), await sign_in_as("rina", Role.REVIEWER)
    body = {"tps": THERE, "category": "missing_form", "note": "Pintu terkunci."}
    assert (await sari.post("/api/v1/reports", json=body)).status_code == HTTPStatus.CREATED
    (mine,) = (await sari.get("/api/v1/reports/mine")).json()["reports"]
    assert (await budi.delete(f"/api/v1/reports/mine/{mine['id']}")).status_code == HTTPStatus.NOT_FOUND
    (case,) = (await rina.get("/api/v1/reports/cases")).json()["cases"]
    page = await rina.get(f"/tinjau/laporan/{case['id']}", headers=PAGE)
    assert "Pintu terkunci." in page.text
    answer = {"versi": "1", "hasil": "resolved", "jawaban": "Sudah dibuka."}
    done = await rina.post(f"/tinjau/laporan/{case['id']}/jawab", data=answer, headers=PAGE)
    assert done.status_code == HTTPStatus.SEE_OTHER
    again = await rina.post(f"/tinjau/laporan/{case['id']}/jawab", data=answer, headers=PAGE)
    assert (again.status_code, "berubah" in again.text) == (HTTPStatus.CONFLICT, True)
    assert "Sudah dibuka." in (await sari.get("/laporan-saya", headers=PAGE)).text
    (public,) = (await client.get(f"/api/v1/reports/tps/{THERE}")).json()
    assert (public["answer"], "note" in public) == ("Sudah dibuka.", False)


async def test_too_many_reports_are_refused_and_the_answer_says_when_to_come_again(
    client: httpx.AsyncClient, sign_in_as: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BY_ACCOUNT", 2)
    monkeypatch.setattr(limits, "BY_UNKNOWN", 1)
    sari = await sign_in_as("sari")
    body = {"tps": HERE, "category": "missing_form"}
    for sender, most in ((sari, 2), (client, 1)):
        answers = [await sender.post("/api/v1/reports", json=body) for _ in range(most + 1)]
        assert [one.status_code for one in answers] == [HTTPStatus.CREATED] * most + [HTTPStatus.TOO_MANY_REQUESTS]
        assert answers[-1].headers["retry-after"]
        assert "Coba lagi" in answers[-1].json()["remedy"]
