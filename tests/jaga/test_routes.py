"""Guarding as people and a notifier do it: over HTTP, on the pages, given back and taken again."""

import json
from http import HTTPStatus

import httpx

from app.core.access import Role
from app.core.database import Sessions
from tests.http_ground import SignInAs
from tests.jaga.test_adopting import ACEH, KAPUK, set_up

PAGE = {"accept": "text/html"}
DAY = "/api/v1/jaga/pemilu-2024"


async def test_guarding_from_the_first_look_to_the_reminder(
    client: httpx.AsyncClient, sign_in_as: SignInAs, sessions: Sessions
) -> None:
    async with sessions.begin() as session:
        await set_up(session)
    sari, admin = await sign_in_as("sari"), await sign_in_as("dewi", Role.ADMIN)

    dealt = (await sari.post(f"{DAY}/kelurahan/{KAPUK}/emptiest", json={"count": 2})).json()["tps"]
    await sari.put(f"{DAY}/tps/{ACEH}001")
    nation = (await client.get(f"{DAY}/coverage/0")).json()
    assert (nation["region"]["tps_guarded"], nation["below"][-1]["kode"]) == (3, "31")
    assert [one["tps_kode"] for one in (await sari.get(f"{DAY}/mine")).json()["tps"]] == [f"{ACEH}001", *sorted(dealt)]
    listed = (await sari.get(f"{DAY}/kelurahan/{KAPUK}")).json()["tps"]
    assert [(one["guardians"], one["mine"]) for one in listed if one["tps"] in dealt] == [(1, True)] * 2

    back = {"pemilu": "pemilu-2024", "tps": dealt[0]}
    shown = await sari.post("/jaga/kembalikan", data=back, headers=PAGE)
    assert (shown.status_code, dealt[0] in shown.headers["location"]) == (HTTPStatus.SEE_OTHER, True)
    assert "Ambil lagi" in (await sari.get(shown.headers["location"], headers=PAGE)).text
    assert (await sari.post("/jaga/kembalikan", data=back, headers=PAGE)).status_code == HTTPStatus.NOT_FOUND

    assert (await admin.get("/api/v1/jaga/reminders?before=2024-02-14T20:00:00")).status_code == 422
    told = await admin.get("/api/v1/jaga/reminders", params={"before": "2024-02-13T18:30:00+07:00"})
    (line,) = [json.loads(one) for one in told.text.splitlines()]
    assert told.headers["content-type"] == "application/x-ndjson"
    assert (line["name"], line["action"], line["due_at"]) == ("sari", "before_day", "2024-02-13T18:00:00+07:00")
    assert line["tps"] == [f"{ACEH}001", dealt[1]]


async def test_a_wrong_place_is_said_on_the_page(sign_in_as: SignInAs, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await set_up(session)
    sari = await sign_in_as("sari")
    for wrong in ({"tps": "1101012001999"}, {"kelurahan": "11", "jumlah": "1"}, {"kelurahan": KAPUK, "jumlah": "x"}):
        answer = await sari.post("/jaga/ambil", data={"pemilu": "pemilu-2024", **wrong}, headers=PAGE)
        assert answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}, wrong
        assert 'role="alert"' in answer.text
    assert (await sari.get("/jaga?pemilu=tidak-ada", headers=PAGE)).status_code == HTTPStatus.NOT_FOUND
    assert "Tidak ditemukan." in (await sari.get("/jaga?q=zzz", headers=PAGE)).text
