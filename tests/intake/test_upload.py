"""Uploading over HTTP: what is kept, what the receipt says, and that a refusal leaves nothing half-way."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.core.access import Role
from app.core.config import Settings
from app.core.database import Sessions
from app.core.storage import LocalStore, read_original
from app.intake import upload
from app.intake.upload import UPLOADS_AT_ONCE, ArrivalRoom
from app.transparency.signing import is_signed_by
from tests.http_ground import SignInAs

TPS, NEIGHBOUR = "3171011001001", "3171011001002"
CONTEST = "ppwp-2024"
MakePicture = Callable[..., bytes]

pytestmark = pytest.mark.usefixtures("election")


LITTLE_PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\0\x09\0\0\0\x09\x08\0\0\0\0----" + b"\0\0\0\0IEND----"
"""Passes the header check; nothing decodes it."""


async def send(
    sender: httpx.AsyncClient, data: bytes, *, tps: str = TPS, pemilihan: str = CONTEST, name: str = "a.jpg"
) -> httpx.Response:
    return await sender.post(
        "/api/v1/photos", files={"file": (name, data, "image/jpeg")}, data={"tps": tps, "pemilihan": pemilihan}
    )


async def rows(sessions: Sessions, query: str) -> list[dict[str, Any]]:
    async with sessions.begin() as session:
        return [dict(row) for row in (await session.execute(text(query))).mappings()]


async def stored(sessions: Sessions) -> dict[str, int]:
    """How many photographs, log entries and jobs there are."""
    found = await rows(
        sessions,
        "SELECT (SELECT count(*) FROM photo) AS photos, (SELECT count(*) FROM pgqueuer) AS jobs,"
        " (SELECT count(*) FROM log_entry WHERE kind = 'photo') AS entries",
    )
    return found[0]


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


BAD_FILES = [
    (b"", 422, "empty_file"),
    (b"%PDF-1.7", 422, "truncated"),
    (b"<html><script>alert(1)</script>", 415, "not_an_image"),
    (b"\xff\xd8\xff\xe0\x00\x10JFIF", 422, "truncated"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (30_000).to_bytes(4, "big") * 2 + b"\0" * 100_000, 422, "too_many_pixels"),
    (b"\0\0\0\x18ftypavif", 415, "unsupported_format"),
]


@pytest.mark.parametrize("case", BAD_FILES, ids=[f"{code}-{number}" for number, (_, _, code) in enumerate(BAD_FILES)])
async def test_a_bad_file_leaves_nothing_behind(
    sign_in_as: SignInAs, sessions: Sessions, settings: Settings, case: tuple[bytes, int, str]
) -> None:
    data, status, code = case

    answer = await send(await sign_in_as("sari"), data)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["remedy"]
    assert await stored(sessions) == {"photos": 0, "entries": 0, "jobs": 0}
    assert not settings.objects.exists()


@pytest.mark.parametrize(
    "case",
    [
        ("3171011001999", CONTEST, 422, "unknown_tps"),
        ("9999999999999", CONTEST, 422, "unknown_tps"),
        ("3171011001", CONTEST, 422, "unknown_tps"),
        ("31710110010010", CONTEST, 422, "bad_kode"),
        ("bukan kode", CONTEST, 422, "bad_kode"),
        ("3171011001001\0", CONTEST, 422, "bad_kode"),
        (TPS, "ppwp-1999", 404, "unknown_pemilihan"),
        (TPS, "ppwp-34", 422, "tps_outside_contest"),
        (" ", CONTEST, 422, "missing_part"),
        (TPS, "", 422, "missing_part"),
    ],
)
async def test_a_wrong_place_leaves_nothing_behind(
    sign_in_as: SignInAs, sessions: Sessions, settings: Settings, case: tuple[str, str, int, str]
) -> None:
    tps, pemilihan, status, code = case

    answer = await send(await sign_in_as("sari"), LITTLE_PNG, tps=tps, pemilihan=pemilihan)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["remedy"]
    assert await stored(sessions) == {"photos": 0, "entries": 0, "jobs": 0}
    assert not settings.objects.exists()


async def test_a_code_with_dots_is_understood(sign_in_as: SignInAs, make_picture: MakePicture) -> None:
    answer = await send(await sign_in_as("sari"), make_picture(), tps="31.71.01.1001.001")

    assert answer.json()["statement"]["tps"] == TPS


async def test_a_file_beyond_the_limit_is_413_and_leaves_nothing(
    sign_in_as: SignInAs, make_picture: MakePicture, sessions: Sessions, settings: Settings
) -> None:
    sari = await sign_in_as("sari")
    settings.photo_bytes_max = 10_000

    just_over = await send(sari, make_picture() + b"x" * 10_000)

    assert (just_over.status_code, just_over.json()["code"]) == (413, "too_large")
    assert await stored(sessions) == {"photos": 0, "entries": 0, "jobs": 0}
    assert not settings.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"tps": TPS, "pemilihan": CONTEST}},
        {"files": {"other": b"x"}, "data": {"tps": TPS, "pemilihan": CONTEST}},
        {"json": {"tps": TPS}},
        {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": b"anything", "headers": {"content-type": "multipart/form-data"}},
        {"files": [("file", b"x"), ("file", b"y")], "data": {"tps": TPS, "pemilihan": CONTEST}},
        {"files": {"file": b"x"}, "data": {"tps": TPS, "pemilihan": CONTEST, "more": "x" * 5000}},
    ],
)
async def test_a_malformed_form_is_explained(sign_in_as: SignInAs, sessions: Sessions, body: dict[str, Any]) -> None:
    answer = await (await sign_in_as("sari")).post("/api/v1/photos", **body)

    assert answer.status_code == 422
    assert answer.json()["code"] in {"missing_part", "bad_form"}
    assert await stored(sessions) == {"photos": 0, "entries": 0, "jobs": 0}


async def test_a_connection_that_breaks_off_leaves_nothing(
    sign_in_as: SignInAs, sessions: Sessions, settings: Settings, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    sari = await sign_in_as("sari")
    host, port = address.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /api/v1/photos HTTP/1.1\r\nHost: {host}\r\nAuthorization: {sari.headers['authorization']}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 500000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    )
    writer.write(head.encode() + b"\xff\xd8\xff" + b"x" * 100_000)
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.transport.abort()

    assert (await sari.get("/api/v1/photos/mine")).json()["photos"] == []
    await asyncio.sleep(0.2)
    assert "unexpected_error" not in "".join(capfd.readouterr())
    assert await stored(sessions) == {"photos": 0, "entries": 0, "jobs": 0}
    assert not settings.objects.exists()


async def test_more_uploads_than_places_are_all_kept(
    sign_in_as: SignInAs, make_picture: MakePicture, sessions: Sessions
) -> None:
    sari = await sign_in_as("sari")

    answers = await asyncio.gather(*(send(sari, make_picture(shade)) for shade in range(2 * UPLOADS_AT_ONCE)))

    assert [answer.status_code for answer in answers] == [201] * 2 * UPLOADS_AT_ONCE
    assert (await stored(sessions))["photos"] == 2 * UPLOADS_AT_ONCE


async def test_strangers_and_monitors_may_not_upload(
    client: httpx.AsyncClient, sign_in_as: SignInAs, make_picture: MakePicture, sessions: Sessions
) -> None:
    stranger = await send(client, make_picture())
    monitor = await send(await sign_in_as("mona", Role.MONITOR), make_picture())

    assert (stranger.status_code, monitor.status_code) == (401, 403)
    assert "volunteer" in monitor.json()["remedy"]
    assert await stored(sessions) == {"photos": 0, "entries": 0, "jobs": 0}


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
