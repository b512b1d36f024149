"""A photograph that was moved away and comes back counts where it is, once, with its history; it never ends nowhere."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.core.access import Role
from app.core.database import Sessions
from tests.http_ground import SignInAs
from tests.intake.sending import NEIGHBOUR, TPS, rows, send

pytestmark = pytest.mark.usefixtures("election")
Make = Callable[..., bytes]

THIRD, FOURTH = "3471011001001", "3471011001002"
FORM = "C.HASIL-PPWP 2024"
READ = "UPDATE photo SET state = 'read', form = 'x', page = 2, quality = '{}'"


async def execute(sessions: Sessions, statement: str, **values: Any) -> None:
    async with sessions.begin() as session:
        await session.execute(text(statement), values)


async def sent(sender: httpx.AsyncClient, data: bytes, tps: str = TPS) -> int:
    answer = await send(sender, data, tps=tps)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["photo_id"])


async def move(mover: httpx.AsyncClient, photo: int, tps: str) -> httpx.Response:
    return await mover.post(f"/api/v1/photos/{photo}/move", json={"tps": tps, "reason": f"ke {tps}"})


async def moved(mover: httpx.AsyncClient, photo: int, *way: str) -> dict[str, Any]:
    """Move it from TPS to TPS; return the last receipt."""
    receipt: dict[str, Any] = {}
    for tps in way:
        answer = await move(mover, photo, tps)
        assert answer.status_code in {200, 201}, answer.text
        receipt = answer.json()
        assert receipt["statement"]["tps"] == tps
        photo = receipt["photo_id"]
    return receipt


async def states(sessions: Sessions) -> list[tuple[str, str]]:
    found = await rows(sessions, "SELECT tps_kode, state FROM photo ORDER BY id")
    return [(one["tps_kode"], one["state"]) for one in found]


async def jobs(sessions: Sessions) -> list[tuple[str, str]]:
    found = await rows(sessions, "SELECT entrypoint, convert_from(payload, 'UTF8') AS said FROM pgqueuer ORDER BY id")
    return [(one["entrypoint"], one["said"]) for one in found]


async def test_what_its_sender_moves_back_counts_where_it_was_sent_for_and_can_leave_again(
    sign_in_as: SignInAs, sessions: Sessions, make_picture: Make
) -> None:
    sari, rina = await sign_in_as("sari"), await sign_in_as("rina", Role.REVIEWER)
    photo = await sent(sari, make_picture(10))

    back = await moved(sari, photo, NEIGHBOUR, THIRD, TPS)

    assert (back["photo_id"], back["state"]) == (photo, "received")
    assert await states(sessions) == [(TPS, "received"), (NEIGHBOUR, "moved"), (THIRD, "moved")]
    assert (await jobs(sessions))[-1] == ("read_photo", f'{{"photo_id":{photo}}}')
    history = (await rina.get(f"/api/v1/photos/{photo}/history")).json()
    third = (await rows(sessions, "SELECT max(id) AS id FROM photo"))[0]["id"]
    assert [(one["kind"], one["state_after"], one["other_id"]) for one in history] == [
        ("moved", "moved", None),
        ("restored", "received", third),
    ]
    query = "SELECT payload FROM log_entry WHERE kind = 'photo_state' ORDER BY id DESC LIMIT 1"
    assert (await rows(sessions, query))[0]["payload"] == {
        "code": None,
        "other": third,
        "photo": photo,
        "state": "received",
    }
    again = await send(sari, make_picture(10))
    assert (again.json()["photo_id"], again.json()["state"]) == (photo, "received"), "the sender's receipt says so, too"

    on = await moved(rina, photo, FOURTH, TPS, NEIGHBOUR, TPS)
    assert on["photo_id"] == photo
    assert [one for one in await states(sessions) if one[1] != "moved"] == [(TPS, "received")]
    log = await rows(sessions, "SELECT payload FROM log_entry WHERE kind = 'photo' ORDER BY id DESC LIMIT 1")
    assert (log[0]["payload"]["tps"], log[0]["payload"]["moved_from"]) == (FOURTH, photo)
    judged = await move(sari, photo, THIRD)
    assert (judged.status_code, judged.json()["code"]) == (403, "too_late"), "a reviewer has said where it belongs"


async def test_what_was_read_counts_again_at_once_unless_a_copy_took_its_place_there(
    sign_in_as: SignInAs, sessions: Sessions, make_picture: Make
) -> None:
    sari, budi, rina = await sign_in_as("sari"), await sign_in_as("budi"), await sign_in_as("rina", Role.REVIEWER)
    photo = await sent(sari, make_picture(10))
    await execute(sessions, READ)
    away = (await moved(rina, photo, NEIGHBOUR))["photo_id"]
    await execute(sessions, f"{READ} WHERE id = :id", id=away)
    await execute(sessions, "DELETE FROM pgqueuer")

    assert (await moved(rina, away, TPS))["state"] == "read"
    settled = await jobs(sessions)
    assert [name for name, _ in settled] == ["settle_tps", "settle_tps"]
    assert {NEIGHBOUR in place for _, place in settled} == {True, False}

    away = (await moved(rina, photo, NEIGHBOUR))["photo_id"]
    await sent(budi, make_picture(10))
    await execute(sessions, f"{READ}, duplicate_of = NULL WHERE state = 'duplicate'")  # as if it were granted
    back = await moved(rina, away, TPS)
    assert (back["photo_id"], back["state"], back["state_code"]) == (photo, "duplicate", "same_picture")
    assert await states(sessions) == [(TPS, "duplicate"), (NEIGHBOUR, "moved"), (TPS, "read")]
    copies = await rows(sessions, "SELECT id, duplicate_of FROM photo ORDER BY id")
    assert copies[0]["duplicate_of"] == copies[2]["id"]


async def test_where_a_person_placed_it_goes_along_and_what_was_taken_back_does_not_return(
    sign_in_as: SignInAs, sessions: Sessions, make_picture: Make
) -> None:
    sari, rina = await sign_in_as("sari"), await sign_in_as("rina", Role.REVIEWER)
    away = (await moved(sari, await sent(sari, make_picture(10)), NEIGHBOUR))["photo_id"]
    await execute(sessions, "UPDATE photo SET state = 'refused', state_code = 'x' WHERE id = :id", id=away)
    appeal = (await sari.post(f"/api/v1/photos/{away}/appeal", json={})).json()["id"]
    placement = {"form": FORM, "page": 3}
    verdict = {"grant": True, "answer": "TPS 1, halaman 3", "tps": TPS, "placement": placement}
    granted = await rina.post(f"/api/v1/triage/appeals/{appeal}/answer", json=verdict)
    assert granted.status_code == 200, granted.text

    query = """SELECT p.id, p.tps_kode, p.state, h.photo_id, h.page
               FROM photo p LEFT JOIN hand_placement h ON h.id = p.placement_id ORDER BY p.id"""
    photo = (await rows(sessions, query))[0]["id"]
    placed = {"id": photo, "tps_kode": TPS, "state": "received", "photo_id": photo, "page": 3}
    assert (await rows(sessions, query))[0] == placed, "it stands there again, placed by hand"
    await moved(rina, photo, NEIGHBOUR, TPS)
    assert (await rows(sessions, query))[0] == placed
    assert (await jobs(sessions))[-1][0] == "place_by_hand"

    away = (await moved(rina, photo, NEIGHBOUR))["photo_id"]
    undone = await rina.post(f"/api/v1/triage/placed/{away}/undo", json={"reason": "Bukan halaman 3"})
    assert undone.status_code == 204, undone.text
    assert (await moved(rina, away, TPS))["state"] == "received"
    assert (await rows(sessions, query))[0] == {**placed, "photo_id": None, "page": None}
    assert (await jobs(sessions))[-1][0] == "read_photo"


async def test_a_copy_of_ones_own_is_read_where_the_first_is_moved_to_it_but_a_rejected_one_is_not(
    sign_in_as: SignInAs, sessions: Sessions, make_picture: Make
) -> None:
    sari, rina = await sign_in_as("sari"), await sign_in_as("rina", Role.REVIEWER)
    wrong = await sent(sari, make_picture(10), NEIGHBOUR)
    right = await sent(sari, make_picture(10))
    assert await states(sessions) == [(NEIGHBOUR, "received"), (TPS, "duplicate")]

    assert (await rina.post(f"/api/v1/photos/{right}/reject", json={"reason": "Palsu"})).status_code == 204
    refused = await move(sari, wrong, TPS)
    assert (refused.status_code, refused.json()["code"]) == (409, "rejected_there")
    assert await states(sessions) == [(NEIGHBOUR, "received"), (TPS, "rejected")], "nothing is half moved"
    await execute(
        sessions, "UPDATE photo SET state = 'duplicate', duplicate_of = :of WHERE id = :id", of=wrong, id=right
    )
    assert (await moved(sari, wrong, TPS))["photo_id"] == right
    assert await states(sessions) == [(NEIGHBOUR, "moved"), (TPS, "received")]


async def test_of_two_moves_at_once_one_counts_and_the_other_is_told(
    sign_in_as: SignInAs, sessions: Sessions, make_picture: Make
) -> None:
    sari, rina = await sign_in_as("sari"), await sign_in_as("rina", Role.REVIEWER)
    wati = await sign_in_as("wati", Role.REVIEWER)
    photo = await sent(sari, make_picture(10))
    away = (await moved(rina, photo, NEIGHBOUR))["photo_id"]

    answers = await asyncio.gather(*(move(who, away, tps) for who, tps in ((rina, TPS), (wati, THIRD), (wati, TPS))))

    assert sorted(one.status_code for one in answers)[1:] == [409, 409], [one.text for one in answers]
    (won,) = [one.json() for one in answers if one.is_success]
    counting = [one for one in await states(sessions) if one[1] != "moved"]
    assert counting == [(won["statement"]["tps"], "received")]
