"""The appeal of what no machine can read: a reviewer says which page it is, people read it, another may undo it."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import text

from app.core.access import Role
from app.core.config import Settings
from app.core.database import Sessions
from app.core.storage import LocalStore
from tests.http_ground import SignInAs
from tests.intake.sending import NEIGHBOUR, rows, send
from workers.job import Context
from workers.jobs import JOBS
from workers.reader_pool import ReaderPool

pytestmark = pytest.mark.usefixtures("election")

FORM = "C.HASIL-PPWP 2024"
ELSEWHERE = "3471011001001"
PLACED = {"form": FORM, "page": 2, "quarter_turns": 1, "cut": [0, 0, 45, 0]}


@pytest.fixture
def context(sessions: Sessions, settings: Settings, storage: LocalStore) -> Iterator[Context]:
    with ReaderPool(1) as readers:
        yield Context(sessions, settings, storage, readers)


@pytest.fixture
def sideways() -> bytes:
    """A picture no machine finds a form on, lying on its left side: turned to the right, its upper half is light."""
    picture = Image.new("RGB", (900, 640), (40, 40, 40))
    picture.paste((220, 220, 220), (0, 0, 450, 640))
    kept = io.BytesIO()
    picture.save(kept, "JPEG")
    return kept.getvalue()


async def work(context: Context) -> list[str]:
    """Run every job of photographs that waits, as workers do; return what they were."""
    done: list[str] = []
    while True:
        taken = await rows(
            context.sessions,
            "SELECT id, entrypoint AS name, convert_from(payload, 'UTF8')::jsonb AS said FROM pgqueuer"
            " WHERE entrypoint IN ('read_photo', 'show_whole', 'place_by_hand', 'settle_tps') ORDER BY id LIMIT 1",
        )
        if not taken:
            return done
        await JOBS[taken[0]["name"]].run(context, taken[0]["said"])
        await execute(context.sessions, "DELETE FROM pgqueuer WHERE id = :id", id=taken[0]["id"])
        done.append(taken[0]["name"])


async def execute(sessions: Sessions, statement: str, **values: Any) -> None:
    async with sessions.begin() as session:
        await session.execute(text(statement), values)


async def sent(sender: httpx.AsyncClient, data: bytes) -> int:
    photo: int = (await send(sender, data)).json()["photo_id"]
    return photo


async def state_of(sessions: Sessions, photo: int) -> tuple[str, str | None]:
    (one,) = await rows(sessions, f"SELECT state, state_code FROM photo WHERE id = {photo}")  # noqa: S608 - a number
    return one["state"], one["state_code"]


async def find_appeal(reviewer: httpx.AsyncClient) -> str:
    """Address under which the one open appeal is answered."""
    (item,) = (await reviewer.get("/api/v1/triage/appeals")).json()["appeals"]
    return f"/api/v1/triage/appeals/{item['appeal']['id']}/answer"


async def test_people_read_what_a_reviewer_placed_and_another_reviewer_undoes_it(
    sign_in_as: SignInAs, context: Context, sideways: bytes
) -> None:
    sari, budi = await sign_in_as("sari"), await sign_in_as("budi")
    rina, wati = await sign_in_as("rina", Role.REVIEWER), await sign_in_as("wati", Role.REVIEWER)
    photo = await sent(sari, sideways)
    assert await work(context) == ["read_photo"]
    assert (await state_of(context.sessions, photo))[0] == "refused"
    assert (await sari.post(f"/api/v1/photos/{photo}/appeal", json={"note": "Jelas"})).status_code == 201
    await work(context)
    look = f"/api/v1/triage/photos/{photo}/look.jpg"
    assert Image.open(io.BytesIO((await rina.get(look)).content)).size == (900, 640), "all of it, to tell the page"

    # Without a page the machine tries once more; that it refuses again does not end the appeal.
    answer = {"grant": True, "answer": "Coba lagi"}
    assert (await rina.post(await find_appeal(rina), json=answer)).json()["state"] == "granted"
    assert await work(context) == ["read_photo"]
    assert (await state_of(context.sessions, photo))[0] == "refused"

    path = await find_appeal(rina)
    wrong = await rina.post(path, json={**answer, "placement": {**PLACED, "page": 9}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "no_such_page")
    placed = await rina.post(path, json={**answer, "placement": PLACED})
    assert placed.json()["state"] == "granted", placed.text
    await JOBS["read_photo"].run(context, {"photo_id": photo})  # as one that was queued when it came to this TPS
    assert await work(context) == ["place_by_hand"]
    assert await state_of(context.sessions, photo) == ("read", None)
    assert await rows(context.sessions, "SELECT id FROM reading") == [], "no machine has read it"

    await execute(context.sessions, "UPDATE tps_section SET ready_at = now()")  # page 3 may be on its way
    assert (await sari.post("/api/v1/tasks")).status_code == 204, "never one's own"
    task = (await budi.post("/api/v1/tasks")).json()
    assert (task["mode"], list(task["pages"])) == ("blind", ["2"])
    seen = Image.open(io.BytesIO((await budi.get(task["pages"]["2"])).content))
    assert seen.size == (640, 495), "upright, without the lower edge"
    assert seen.convert("L").getpixel((320, 20)) > 150  # type: ignore[operator] # grey
    assert (await budi.get(task["fields"][0]["crop"])).status_code == 200
    assert "Foto utuh halaman 2" in (await budi.get("/periksa")).text
    assert (await rina.get(task["pages"]["2"])).status_code == 404, "of a task that somebody else holds"
    assert (await budi.get(look)).status_code == 403
    for public in (f"/foto/{photo}/halaman.jpg", f"/foto/{photo}/angka/suara_01.jpg"):
        assert (await budi.get(public)).status_code == 404

    (listed,) = (await wati.get("/api/v1/triage/placed")).json()["placed"]
    assert (listed["photo"]["id"], listed["placement"]["page"]) == (photo, 2)
    undone = await wati.post(f"/api/v1/triage/placed/{photo}/undo", json={"reason": "Bukan halaman 2"})
    assert undone.status_code == 204, undone.text
    await work(context)
    assert await state_of(context.sessions, photo) == ("refused", "placed_wrongly")
    assert await rows(context.sessions, "SELECT wanted FROM tps_section WHERE wanted IS NOT NULL") == []
    await find_appeal(wati)
    history = (await rina.get(f"/api/v1/photos/{photo}/history")).json()
    assert [one["kind"] for one in history][-3:] == ["answered", "unplaced", "appealed"]
    log = "SELECT payload ->> 'state' AS state FROM log_entry WHERE kind = 'photo_state' ORDER BY id DESC LIMIT 2"
    assert [one["state"] for one in await rows(context.sessions, log)] == ["refused", "received"]


async def test_nobody_places_what_he_or_a_linked_account_has_a_part_in_nor_a_copy_twice(
    sign_in_as: SignInAs, sessions: Sessions, make_picture: Callable[..., bytes]
) -> None:
    sari, budi = await sign_in_as("sari"), await sign_in_as("budi")
    rina, friend = await sign_in_as("rina", Role.REVIEWER), await sign_in_as("wati", Role.REVIEWER)
    sender = await sign_in_as("dewi", Role.REVIEWER)
    photos = [await sent(one, make_picture(10)) for one in (sari, budi)]
    await sent(sender, make_picture(90))
    await execute(
        sessions, "UPDATE photo SET state = 'refused', state_code = 'no_page_tag' WHERE id <= :id", id=photos[1]
    )
    for who in (sari, friend):
        await execute(
            sessions,
            "INSERT INTO linked_account (account_id, group_id, why) VALUES (:who, :group, '[]')",
            who=int(who.headers["x-account-id"]),
            group=int(sari.headers["x-account-id"]),
        )
    assert (await sari.post(f"/api/v1/photos/{photos[0]}/appeal", json={})).status_code == 201
    verdict = {"grant": True, "answer": "Halaman 2", "placement": {**PLACED, "cut": [0, 0, 0, 0]}}
    path = await find_appeal(rina)

    for reviewer in (friend, sender):  # linked to the sender; sent another photograph of this TPS
        refused = await reviewer.post(path, json=verdict)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_yours")
    assert (await rina.post(path, json=verdict)).status_code == 200
    assert (await rina.post(path, json=verdict)).status_code == 409
    assert (await budi.post(f"/api/v1/photos/{photos[1]}/appeal", json={})).status_code == 201
    copy = await rina.post(await find_appeal(rina), json=verdict)
    assert (copy.status_code, copy.json()["code"]) == (409, "copy"), "one picture must not speak for two senders"
    away = await sari.post(f"/api/v1/photos/{photos[0]}/move", json={"tps": NEIGHBOUR, "reason": "x"})
    assert (away.status_code, away.json()["code"]) == (403, "too_late"), "it was placed at this TPS, not elsewhere"
    undo = f"/api/v1/triage/placed/{photos[0]}/undo"
    assert (await friend.post(undo, json={"reason": "x"})).json()["code"] == "not_yours"
    assert (await rina.post(undo, json={"reason": "Keliru"})).status_code == 204
    assert (await rina.post(undo, json={"reason": "Keliru"})).json()["code"] == "not_placed"


async def test_granted_on_the_page_for_another_tps_it_is_placed_there_and_stays_so_when_it_is_moved_again(
    sign_in_as: SignInAs, sessions: Sessions, make_picture: Callable[..., bytes]
) -> None:
    sari, rina = await sign_in_as("sari"), await sign_in_as("rina", Role.REVIEWER)
    photo = await sent(sari, make_picture(10))
    await execute(sessions, "UPDATE photo SET state = 'refused', state_code = 'no_page_tag'")
    assert (await sari.post(f"/api/v1/photos/{photo}/appeal", json={})).status_code == 201
    page = (await rina.get("/tinjau/foto?lihat=banding")).text
    assert '<option value="0/2">C.HASIL-PPWP 2024, halaman 2' in page
    path = (await find_appeal(rina)).replace("/api/v1/triage/appeals/", "/tinjau/foto/banding/").removesuffix("/answer")
    form = {
        "jawab": "terima",
        "alasan": "TPS 2, halaman 3",
        "tps": NEIGHBOUR,
        "halaman": "0/3",
        "putar": "2",
        "atas": "10",
    }

    refused = await rina.post(path, data={**form, "halaman": "7/1"})
    assert (refused.status_code, "C.HASIL-PPWP 2024: 1, 2, 3" in refused.text) == (422, True), "it says what there is"
    answered = await rina.post(path, data=form, headers={"accept": "text/html"})

    assert answered.status_code == 303, answered.text
    query = """SELECT p.id, p.tps_kode, p.state, h.form, h.page, h.quarter_turns, h.cut
               FROM photo p LEFT JOIN hand_placement h ON h.id = p.placement_id ORDER BY p.id"""
    first, second = await rows(sessions, query)
    assert (first["state"], first["page"]) == ("moved", None)
    placed = {"form": FORM, "page": 3, "quarter_turns": 2, "cut": [10, 0, 0, 0]}
    assert second == {"id": second["id"], "tps_kode": NEIGHBOUR, "state": "received", **placed}
    (appealed,) = await rows(sessions, "SELECT state FROM photo_appeal")
    assert appealed["state"] == "granted"
    assert NEIGHBOUR in (await rina.get("/tinjau/foto?lihat=ditempatkan")).text

    moved = await rina.post(f"/api/v1/photos/{second['id']}/move", json={"tps": ELSEWHERE, "reason": "Ternyata bukan"})
    assert moved.status_code == 201, moved.text
    third = (await rows(sessions, query))[-1]
    assert third == {"id": moved.json()["photo_id"], "tps_kode": ELSEWHERE, "state": "received", **placed}
    jobs = await rows(sessions, "SELECT entrypoint FROM pgqueuer ORDER BY id DESC LIMIT 1")
    assert jobs == [{"entrypoint": "place_by_hand"}]
