"""Moves, rejections, appeals and clusters as people meet them; no picture is read for it."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.core.access import Role
from app.core.database import Sessions
from app.core.storage import LocalStore
from tests.http_ground import SignInAs
from tests.intake.sending import NEIGHBOUR, TPS, rows, send

pytestmark = pytest.mark.usefixtures("election")
Make = Callable[..., bytes]


async def execute(sessions: Sessions, statement: str, **values: Any) -> None:
    async with sessions.begin() as session:
        await session.execute(text(statement), values)


async def sent(sender: httpx.AsyncClient, data: bytes, tps: str = TPS) -> int:
    answer = await send(sender, data, tps=tps)
    assert answer.status_code == 201, answer.text
    photo: int = answer.json()["photo_id"]
    return photo


async def test_a_sender_moves_his_photograph_and_both_places_know(
    sign_in_as: SignInAs, sessions: Sessions, make_picture: Make
) -> None:
    sari, budi = await sign_in_as("sari"), await sign_in_as("budi")
    photo = await sent(sari, make_picture(10))
    move = {"tps": NEIGHBOUR, "reason": "Salah pilih"}

    assert (await budi.post(f"/api/v1/photos/{photo}/move", json=move)).status_code == 404
    moved = await sari.post(f"/api/v1/photos/{photo}/move", json=move)

    assert moved.status_code == 201, moved.text
    assert moved.json()["statement"]["tps"] == NEIGHBOUR
    found = await rows(sessions, "SELECT id, tps_kode, state, moved_from FROM photo ORDER BY id")
    new = moved.json()["photo_id"]
    assert found == [
        {"id": photo, "tps_kode": TPS, "state": "moved", "moved_from": None},
        {"id": new, "tps_kode": NEIGHBOUR, "state": "received", "moved_from": photo},
    ]
    log = await rows(sessions, "SELECT kind, payload FROM log_entry WHERE kind LIKE 'photo%' ORDER BY id")
    assert [entry["kind"] for entry in log] == ["photo", "photo_state", "photo"]
    assert (log[1]["payload"]["state"], log[2]["payload"]["moved_from"]) == ("moved", photo)
    jobs = await rows(sessions, "SELECT convert_from(payload, 'UTF8') AS job FROM pgqueuer ORDER BY id DESC LIMIT 1")
    assert jobs == [{"job": f'{{"photo_id":{new}}}'}]
    history = (await sari.get(f"/api/v1/photos/{photo}/history")).json()
    assert [(one["kind"], one["reason"], one["account_id"]) for one in history] == [("moved", "Salah pilih", None)]
    again = await sari.post(f"/api/v1/photos/{photo}/move", json=move)
    assert (again.status_code, again.json()["code"]) == (409, "not_movable")


async def test_later_only_a_reviewer_moves_it_and_a_rejected_one_comes_back(
    sign_in_as: SignInAs, sessions: Sessions, make_picture: Make
) -> None:
    sari, rina = await sign_in_as("sari"), await sign_in_as("rina", Role.REVIEWER)
    photo = await sent(sari, make_picture(10))
    await execute(sessions, "UPDATE photo SET at = now() - interval '1 hour', state = 'read', form = 'x', page = 2")

    late = await sari.post(f"/api/v1/photos/{photo}/move", json={"tps": NEIGHBOUR, "reason": "salah"})
    assert (late.status_code, late.json()["code"]) == (403, "too_late")
    assert (await sari.post(f"/api/v1/photos/{photo}/reject", json={"reason": "x"})).status_code == 403
    nameless = await rina.post(f"/api/v1/photos/{photo}/reject", json={"reason": "  "})
    assert (nameless.status_code, nameless.json()["code"]) == (422, "reason_needed")
    assert (await rina.post(f"/api/v1/photos/{photo}/reject", json={"reason": "Bukan C.HASIL"})).status_code == 204
    (one,) = await rows(sessions, "SELECT state, state_reason FROM photo")
    assert one["state"] == "rejected"
    assert "Bukan C.HASIL" in one["state_reason"]
    settle = "SELECT convert_from(payload, 'UTF8') AS place FROM pgqueuer WHERE entrypoint = 'settle_tps'"
    assert TPS in (await rows(sessions, settle))[0]["place"]
    assert (await rina.post(f"/api/v1/photos/{photo}/restore", json={"reason": "Keliru"})).status_code == 204
    moved = await rina.post(f"/api/v1/photos/{photo}/move", json={"tps": NEIGHBOUR, "reason": "TPS 2"})
    assert moved.status_code == 201, moved.text
    events = await rows(sessions, "SELECT kind, account_id FROM photo_event ORDER BY id")
    assert [one["kind"] for one in events] == ["rejected", "restored", "moved"]
    assert {one["account_id"] for one in events} == {int(rina.headers["x-account-id"])}
    with pytest.raises(Exception, match="insert-only"):
        await execute(sessions, "UPDATE photo_event SET reason = 'lain'")


async def test_a_moved_photograph_is_read_though_another_person_sent_the_same_bytes(
    sign_in_as: SignInAs, sessions: Sessions, make_picture: Make
) -> None:
    sari, budi, rina = await sign_in_as("sari"), await sign_in_as("budi"), await sign_in_as("rina", Role.REVIEWER)
    photo = await sent(sari, make_picture(10))
    await sent(budi, make_picture(10))

    moved = await rina.post(f"/api/v1/photos/{photo}/move", json={"tps": NEIGHBOUR, "reason": "TPS 2"})

    assert moved.status_code == 201, moved.text
    found = await rows(sessions, "SELECT state FROM photo ORDER BY id")
    assert [one["state"] for one in found] == ["moved", "duplicate", "received"]
    assert moved.json()["state"] == "received"
    jobs = await rows(sessions, "SELECT convert_from(payload, 'UTF8') AS job FROM pgqueuer ORDER BY id DESC LIMIT 1")
    assert jobs == [{"job": f'{{"photo_id":{moved.json()["photo_id"]}}}'}]


async def test_an_appeal_is_answered_and_the_sender_reads_the_answer(
    sign_in_as: SignInAs, sessions: Sessions, make_picture: Make, storage: LocalStore
) -> None:
    sari, budi, rina = (await sign_in_as("sari"), await sign_in_as("budi"), await sign_in_as("rina", Role.REVIEWER))
    photo = await sent(sari, make_picture(10))
    assert (await sari.post(f"/api/v1/photos/{photo}/appeal", json={})).json()["code"] == "not_refused"
    await execute(sessions, "UPDATE photo SET state = 'refused', state_code = 'no_page_tag'")
    await storage.create(f"thumb/{photo}.jpg", b"\xff\xd8\xff small")

    look = f"/api/v1/triage/photos/{photo}/look.jpg"
    assert (await rina.get(look)).status_code == 404, "nobody asked for it to be looked at"
    assert (await budi.post(f"/api/v1/photos/{photo}/appeal", json={})).status_code == 404
    first = await sari.post(f"/api/v1/photos/{photo}/appeal", json={"note": "Jelas terlihat"})
    second = await sari.post(f"/api/v1/photos/{photo}/appeal", json={"note": "lagi"})
    assert first.status_code == 201
    assert first.json() == second.json()
    assert (await rina.get(look)).headers["cache-control"] == "no-store"
    assert (await budi.get(look)).status_code == 403

    (item,) = (await rina.get("/api/v1/triage/appeals")).json()["appeals"]
    assert (item["appeal"]["note"], item["photo"]["id"]) == ("Jelas terlihat", photo)
    page = (await rina.get("/tinjau/foto?lihat=banding")).text
    assert "Jelas terlihat" in page
    assert "mesin membaca foto ini sekali lagi" in page
    verdict = {"grant": True, "answer": "Dibaca lagi."}
    path = f"/api/v1/triage/appeals/{item['appeal']['id']}/answer"
    assert (await rina.post(path, json=verdict)).json()["state"] == "granted"
    assert (await rina.post(path, json=verdict)).status_code == 409
    assert [one["state"] for one in await rows(sessions, "SELECT state FROM photo")] == ["received"]
    mine = (await sari.get("/unggahan")).text
    assert "Dibaca lagi." in mine


async def test_one_person_has_few_appeals_open(sign_in_as: SignInAs, sessions: Sessions, make_picture: Make) -> None:
    sari = await sign_in_as("sari")
    photos = [await sent(sari, make_picture(shade)) for shade in range(10, 130, 20)]
    await execute(sessions, "UPDATE photo SET state = 'refused', state_code = 'no_page_tag'")

    answers = [await sari.post(f"/api/v1/photos/{photo}/appeal", json={}) for photo in photos]

    assert [one.status_code for one in answers] == [201] * 5 + [429]


async def test_the_same_bytes_for_two_tps_wait_for_a_reviewer_who_did_not_send_them(
    sign_in_as: SignInAs, sessions: Sessions, make_picture: Make
) -> None:
    sari, budi, rina = (await sign_in_as("sari"), await sign_in_as("budi"), await sign_in_as("rina", Role.REVIEWER))
    other = await sign_in_as("wati", Role.REVIEWER)
    first = await sent(sari, make_picture(10))
    second = await sent(budi, make_picture(10), NEIGHBOUR)
    await sent(rina, make_picture(10), NEIGHBOUR)

    (cluster,) = (await other.get("/api/v1/triage/clusters")).json()["clusters"]
    assert (cluster["head_id"], cluster["count"], cluster["people"], cluster["places"]) == (first, 3, 3, 2)
    page = (await other.get("/tinjau/foto")).text
    assert "3 kiriman dari 3 orang untuk 2 TPS" in page
    path = f"/api/v1/triage/clusters/{cluster['id']}"
    own = await rina.post(f"{path}/decision", json={"decision": "reject", "reason": "x"})
    assert (own.status_code, own.json()["code"]) == (409, "own_photo")

    form = {"putusan": "keep", "foto": str(second), "alasan": "TPS 2 di kepala formulir"}
    headers = {"accept": "text/html"}
    decided = await other.post(f"/tinjau/foto/kelompok/{cluster['id']}", data=form, headers=headers)
    assert decided.status_code == 303, decided.text
    found = await rows(sessions, "SELECT id, state FROM photo ORDER BY id LIMIT 2")
    assert found == [{"id": first, "state": "received"}, {"id": second, "state": "received"}]
    assert "TPS 2 di kepala formulir" in (await other.get("/tinjau/foto?lihat=diputuskan")).text
    assert (await other.get("/api/v1/triage/clusters")).json()["clusters"] == []
    assert (await other.post(f"{path}/decision", json={"decision": "keep", "reason": "x"})).status_code == 409
    assert (await other.post(f"{path}/reopen", json={"reason": "Lihat lagi"})).status_code == 204
    assert "Foto kembar (1)" in (await other.get("/tinjau/foto")).text
