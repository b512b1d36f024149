"""Uploading over HTTP: what is kept, and what the receipt says."""

import asyncio
import hashlib
import json

import httpx
import pytest
from sqlalchemy import text

from app.core.database import Sessions
from app.core.storage import LocalStore, read_original
from app.intake import upload
from app.intake.upload import UPLOADS_AT_ONCE, ArrivalRoom
from app.transparency.signing import is_signed_by
from tests.http_ground import SignInAs
from tests.intake.sending import NEIGHBOUR, TPS, MakePicture, rows, send, stored

pytestmark = pytest.mark.usefixtures("election")


async def test_a_photograph_is_kept_logged_queued_and_receipted(
    sign_in_as: SignInAs, make_picture: MakePicture, sessions: Sessions, storage: LocalStore
) -> None:
    sari = await sign_in_as("sari")
    picture = make_picture()

    answer = await send(sari, picture, name="../../etc/passwd.pdf")

    assert answer.status_code == 201
    receipt = answer.json()
    assert receipt["statement"]["sha256"] == hashlib.sha256(picture).hexdigest()
    assert (receipt["statement"]["tps"], receipt["state"], receipt["first"]) == (TPS, "received", True)
    assert await read_original(storage, receipt["statement"]["sha256"]) == picture
    (photo,) = await rows(sessions, "SELECT * FROM photo")
    assert (photo["content_type"], photo["byte_count"]) == ("image/jpeg", len(picture))
    assert str(photo["uploader_id"]) == sari.headers["x-account-id"]
    (entry,) = await rows(sessions, "SELECT * FROM log_entry WHERE kind = 'photo'")
    assert (entry["id"], entry["subject"]) == (receipt["receipt"], f"photo/{photo['id']}")
    assert "sari" not in str(entry["payload"])
    (job,) = await rows(sessions, "SELECT entrypoint, payload FROM pgqueuer")
    assert job["entrypoint"] == "read_photo"
    assert json.loads(job["payload"])["photo_id"] == photo["id"]


async def test_anybody_can_check_a_receipt(
    sign_in_as: SignInAs, client: httpx.AsyncClient, make_picture: MakePicture
) -> None:
    given = (await send(await sign_in_as("sari"), make_picture())).json()

    public = await client.get(f"/api/v1/receipts/{given['receipt']}")

    assert public.status_code == 200
    found = public.json()
    assert found["statement"] == given["statement"]
    assert found["entry"]["kind"] == "photo"
    for signed in (given, found):
        assert is_signed_by(signed["signature"]["public_key"], signed["statement"], signed["signature"]["signature"])
    assert "sari" not in public.text
    assert (await client.get("/api/v1/receipts/999")).status_code == 404
    assert (await client.get("/api/v1/receipts/99999999999999999999")).status_code == 422


async def test_sending_it_again_gives_the_first_receipt(
    sign_in_as: SignInAs, make_picture: MakePicture, sessions: Sessions
) -> None:
    sari = await sign_in_as("sari")
    first = await send(sari, make_picture())
    before = await stored(sessions)

    again = await send(sari, make_picture())

    assert again.status_code == 200
    assert again.json()["first"] is False
    assert again.json()["statement"] == first.json()["statement"]
    assert await stored(sessions) == before == {"photos": 1, "entries": 1, "jobs": 1}


async def test_sending_it_many_times_at_once_makes_one_photograph(
    sign_in_as: SignInAs, make_picture: MakePicture, sessions: Sessions
) -> None:
    sari = await sign_in_as("sari")

    answers = await asyncio.gather(*(send(sari, make_picture()) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["receipt"] for answer in answers}) == 1
    assert await stored(sessions) == {"photos": 1, "entries": 1, "jobs": 1}


async def test_the_same_bytes_from_others_are_counted_and_not_read_again(
    sign_in_as: SignInAs, make_picture: MakePicture, sessions: Sessions
) -> None:
    senders = [await sign_in_as(name) for name in ("sari", "budi", "citra")]

    answers = await asyncio.gather(*(send(sender, make_picture()) for sender in senders))

    assert [answer.status_code for answer in answers] == [201] * 3
    assert sorted(answer.json()["state"] for answer in answers) == ["duplicate", "duplicate", "received"]
    assert await stored(sessions) == {"photos": 3, "entries": 3, "jobs": 1}
    original = await rows(sessions, "SELECT id FROM photo WHERE state = 'received'")
    copies = await rows(sessions, "SELECT duplicate_of AS id, state_code FROM photo WHERE state = 'duplicate'")
    assert copies == [{**original[0], "state_code": "same_picture"}] * 2


async def test_the_same_bytes_for_another_tps_are_kept_and_flagged(
    sign_in_as: SignInAs, make_picture: MakePicture, sessions: Sessions
) -> None:
    sari = await sign_in_as("sari")
    await send(sari, make_picture())

    answer = await send(sari, make_picture(), tps=NEIGHBOUR)

    assert answer.status_code == 201
    assert (answer.json()["state"], answer.json()["state_code"]) == ("duplicate", "same_picture_other_tps")
    assert "TPS lain" in answer.json()["state_reason"]
    assert (await stored(sessions))["jobs"] == 1


async def test_a_rejected_picture_does_not_stand_in_the_way_of_the_right_tps(
    sign_in_as: SignInAs, make_picture: MakePicture, sessions: Sessions
) -> None:
    sari = await sign_in_as("sari")
    await send(sari, make_picture())
    async with sessions.begin() as session:
        await session.execute(text("UPDATE photo SET state = 'rejected'"))

    assert (await send(sari, make_picture(), tps=NEIGHBOUR)).json()["state"] == "received"


async def test_a_code_with_dots_is_understood(sign_in_as: SignInAs, make_picture: MakePicture) -> None:
    answer = await send(await sign_in_as("sari"), make_picture(), tps="31.71.01.1001.001")

    assert answer.json()["statement"]["tps"] == TPS


async def test_more_uploads_than_places_are_all_kept(
    sign_in_as: SignInAs, make_picture: MakePicture, sessions: Sessions
) -> None:
    sari = await sign_in_as("sari")

    answers = await asyncio.gather(*(send(sari, make_picture(shade)) for shade in range(2 * UPLOADS_AT_ONCE)))

    assert [answer.status_code for answer in answers] == [201] * 2 * UPLOADS_AT_ONCE
    assert (await stored(sessions))["photos"] == 2 * UPLOADS_AT_ONCE


async def test_when_the_transaction_fails_only_sealed_bytes_remain(
    sign_in_as: SignInAs, make_picture: MakePicture, sessions: Sessions, storage: LocalStore
) -> None:
    """The one orphan that may be: bytes are sealed before the transaction; sending again works."""
    sari = await sign_in_as("sari")
    async with sessions.begin() as session:
        await session.execute(text("ALTER TABLE log_entry ADD CONSTRAINT is_full CHECK (kind <> 'photo')"))

    broken = await send(sari, make_picture())

    assert (broken.status_code, broken.json()["code"]) == (500, "internal")
    assert await stored(sessions) == {"photos": 0, "entries": 0, "jobs": 0}
    async with sessions.begin() as session:
        await session.execute(text("ALTER TABLE log_entry DROP CONSTRAINT is_full"))
    assert (await send(sari, make_picture())).status_code == 201
    assert await stored(sessions) == {"photos": 1, "entries": 1, "jobs": 1}


async def test_people_see_their_own_uploads_and_nobody_elses(
    sign_in_as: SignInAs, make_picture: MakePicture, client: httpx.AsyncClient
) -> None:
    sari, budi = await sign_in_as("sari"), await sign_in_as("budi")
    pictures = [make_picture(shade) for shade in (10, 20, 30)]
    for picture in pictures:
        await send(sari, picture)

    first = (await sari.get("/api/v1/photos/mine", params={"limit": 2})).json()
    rest = (await sari.get("/api/v1/photos/mine", params={"limit": 2, "before": first["next"]})).json()

    hashes = [photo["sha256"] for photo in first["photos"] + rest["photos"]]
    assert hashes == [hashlib.sha256(picture).hexdigest() for picture in reversed(pictures)]
    assert rest["next"] is None
    assert (await budi.get("/api/v1/photos/mine")).json() == {"photos": [], "next": None}
    assert (await client.get("/api/v1/photos/mine")).status_code == 401
    address = f"/api/v1/photos/{first['photos'][0]['id']}/original"
    own = await sari.get(address)
    assert (own.content, own.headers["content-type"]) == (pictures[-1], "image/jpeg")
    assert "sandbox" in own.headers["content-security-policy"]
    assert (await budi.get(address)).json() == (await budi.get(address.replace("photos/", "photos/9"))).json() | {
        "message": (await budi.get(address)).json()["message"]
    }
    assert (await budi.get(address)).status_code == 404


@pytest.mark.parametrize("room", [0, 1_000_000])
async def test_with_and_without_room_in_memory_the_same_bytes_are_kept(
    sign_in_as: SignInAs,
    make_picture: MakePicture,
    storage: LocalStore,
    monkeypatch: pytest.MonkeyPatch,
    room: int,
) -> None:
    sari, picture = await sign_in_as("sari"), make_picture() + b"x" * 200_000
    arriving = ArrivalRoom(room)
    monkeypatch.setattr(upload, "_room", arriving)

    answers = await asyncio.gather(*(send(sari, picture + bytes([shade])) for shade in range(6)))

    kept = [await read_original(storage, answer.json()["statement"]["sha256"]) for answer in answers]
    assert kept == [picture + bytes([shade]) for shade in range(6)]
    assert arriving.free == room, "what was held is free again"


def test_room_is_held_while_there_is_some() -> None:
    arriving = ArrivalRoom(100)
    with arriving.hold(60) as first, arriving.hold(60) as second, arriving.hold(None) as unknown:
        assert (first, second, unknown, arriving.free) == (True, False, False, 40)
    assert arriving.free == 100
