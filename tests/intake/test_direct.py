"""Uploads that go straight to a real object store: what is kept is what was announced, or nothing is."""

import asyncio
import hashlib
import itertools
import json
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.core.access import Role
from app.core.database import Sessions
from app.core.storage import S3Store, original_key, read_original
from app.intake.direct import OPEN_MAX
from app.transparency.signing import is_signed_by
from tests.http_ground import SignInAs
from tests.intake.direct_sender import CONTEST, PART, TPS, Sender, claim_size, jpeg
from workers.seaweed import Seaweed

pytestmark = pytest.mark.usefixtures("election")

CAMERA = jpeg(before=40_000, inside=600_000)
"""Large enough to be looked at by its ends only."""
OTHER = CAMERA[:-50] + b"\x12" + CAMERA[-49:]
"""As long, and a photograph as well."""


@pytest.fixture
def storage(s3_store: S3Store) -> S3Store:
    return s3_store


@pytest.fixture
async def outside() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
async def sari(sign_in_as: SignInAs, outside: httpx.AsyncClient) -> Sender:
    return Sender(await sign_in_as("sari"), outside)


async def count(sessions: Sessions) -> dict[str, int]:
    query = (
        "SELECT (SELECT count(*) FROM photo) AS photos, (SELECT count(*) FROM pgqueuer) AS jobs,"
        " (SELECT count(*) FROM log_entry WHERE kind = 'photo') AS entries"
    )
    async with sessions.begin() as session:
        return dict((await session.execute(text(query))).mappings().one())


async def states(sessions: Sessions) -> list[str]:
    async with sessions.begin() as session:
        return list(await session.scalars(text("SELECT state FROM direct_upload ORDER BY id")))


async def names(store: S3Store) -> set[str]:
    """What lies in this test's corner of the bucket, by the first word of its key."""
    prefix = store.connection.place.prefix
    listed = await store.connection.call("list_objects_v2", Prefix=prefix)
    return {entry["Key"].removeprefix(prefix).partition("/")[0] for entry in listed.get("Contents", [])}


async def overwrite(store: S3Store, sessions: Sessions, data: bytes, **said: Any) -> None:
    """Put other bytes where the upload comes in, with the store's own key: what a signed address would not let."""
    async with sessions.begin() as session:
        key = await session.scalar(text("SELECT object_key FROM direct_upload ORDER BY id DESC LIMIT 1"))
    await store.connection.call("put_object", Key=store.connection.key(str(key)), Body=data, **said)


async def test_a_photograph_sent_to_the_store_becomes_one_like_any_other(
    sari: Sender, sessions: Sessions, storage: S3Store
) -> None:
    announced = await sari.announce(CAMERA)
    assert (announced.status_code, len(announced.json()["parts"])) == (201, 1)
    await sari.put_all(announced.json(), CAMERA)

    completed = await sari.complete(announced.json())

    assert completed.status_code == 201
    receipt = completed.json()
    sha256 = hashlib.sha256(CAMERA).hexdigest()
    assert (receipt["statement"]["sha256"], receipt["statement"]["tps"], receipt["first"]) == (sha256, TPS, True)
    signature = receipt["signature"]
    assert is_signed_by(signature["public_key"], receipt["statement"], signature["signature"])
    assert await read_original(storage, sha256) == CAMERA
    assert await names(storage) == {"original"}
    (photo,) = (await sari.site.get("/api/v1/photos/mine")).json()["photos"]
    assert (photo["id"], photo["byte_count"], photo["content_type"]) == (receipt["photo_id"], len(CAMERA), "image/jpeg")
    assert await count(sessions) == {"photos": 1, "entries": 1, "jobs": 1}
    look = (await sari.look(announced.json())).json()
    assert (look["state"], look["photo_id"], look["parts"]) == ("completed", receipt["photo_id"], [])


async def test_completing_again_gives_the_first_receipt(sari: Sender, sessions: Sessions) -> None:
    upload = (await sari.announce(CAMERA)).json()
    await sari.put_all(upload, CAMERA)

    answers = await asyncio.gather(*(sari.complete(upload) for _ in range(6)))
    later = await sari.complete(upload)

    assert sorted(answer.status_code for answer in [*answers, later]) == [200] * 6 + [201]
    assert len({json.dumps(answer.json()["statement"]) for answer in [*answers, later]}) == 1
    assert await count(sessions) == {"photos": 1, "entries": 1, "jobs": 1}


async def test_a_completion_that_another_one_overtakes_gets_its_receipt(sari: Sender, storage: S3Store) -> None:
    upload = (await sari.announce(CAMERA)).json()
    await sari.put_all(upload, CAMERA)
    looking, overtaken, looks = threading.Event(), threading.Event(), itertools.count()

    def wait_at_the_first_look(**_: Any) -> None:
        if next(looks) == 0:
            looking.set()
            overtaken.wait(30)

    storage.connection.client.meta.events.register("before-send.s3.HeadObject", wait_at_the_first_look)
    slow = asyncio.create_task(sari.complete(upload))
    await asyncio.to_thread(looking.wait, 30)

    first = await sari.complete(upload)
    overtaken.set()

    assert (first.status_code, (await slow).status_code) == (201, 200)
    assert (await slow).json()["statement"] == first.json()["statement"]


async def test_what_was_sent_to_the_site_before_gets_that_receipt(sari: Sender, sessions: Sessions) -> None:
    before = await sari.site.post(
        "/api/v1/photos", files={"file": ("a.jpg", CAMERA)}, data={"tps": TPS, "pemilihan": CONTEST}
    )

    again = await sari.send(CAMERA)

    assert (again.status_code, again.json()["first"]) == (200, False)
    assert again.json()["statement"] == before.json()["statement"]
    assert await count(sessions) == {"photos": 1, "entries": 1, "jobs": 1}


async def test_files_whose_ends_do_not_tell_are_looked_at_whole(sari: Sender) -> None:
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x09\0\0\0\x09\x08\0\0\0\0----%s\0\0\0\0IEND----"
    files = {
        "small": jpeg(),
        "the picture begins late": jpeg(before=300_000, inside=300_000),
        "bytes behind the end": jpeg(inside=300_000, behind=50_000),
        "another format": png % bytes(300_000),
    }
    for name, data in files.items():
        answer = await sari.send(data)

        assert answer.status_code == 201, (name, answer.text)


async def test_what_is_no_photograph_is_refused_and_forgotten(
    sari: Sender, sessions: Sessions, storage: S3Store
) -> None:
    files = [
        (b"<html>" + b"x" * 400_000, 415, "not_an_image"),
        (b"<svg/>", 415, "not_an_image"),
        (jpeg(inside=400_000)[:-10_000], 422, "truncated"),
        (claim_size(jpeg(inside=400_000), 30_000, 30_000), 422, "too_many_pixels"),
        (claim_size(jpeg(), 30_000, 30_000), 422, "too_many_pixels"),
    ]
    for data, status, code in files:
        upload = (await sari.announce(data)).json()
        await sari.put_all(upload, data)

        answer = await sari.complete(upload)

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert await names(storage) == set()
        assert (await sari.complete(upload)).json()["code"] == "upload_expired"
    assert set(await states(sessions)) == {"expired"}
    assert await count(sessions) == {"photos": 0, "entries": 0, "jobs": 0}


async def test_the_address_lets_in_only_the_bytes_that_were_announced(
    sari: Sender, sessions: Sessions, storage: S3Store
) -> None:
    upload = (await sari.announce(CAMERA)).json()
    (part,) = upload["parts"]
    bare = {**part, "put": {**part["put"], "headers": {}}}

    answers = [
        await sari.put(part, OTHER),
        await sari.put(part, CAMERA[:-1]),
        await sari.put(part, CAMERA + b"!"),
        await sari.put(bare, CAMERA),
    ]
    elsewhere = await sari.store.put(part["put"]["url"].replace("/incoming/", "/original/"), content=CAMERA)

    assert all(400 <= answer.status_code < 500 for answer in [*answers, elsewhere])
    assert await names(storage) == set()
    early = await sari.complete(upload)
    assert (early.status_code, early.json()["code"]) == (409, "not_uploaded")
    await sari.put_all(upload, CAMERA)
    assert (await sari.complete(upload)).status_code == 201


async def test_other_bytes_are_refused_even_if_the_store_let_them_in(
    sari: Sender, sessions: Sessions, storage: S3Store
) -> None:
    for data in (OTHER, CAMERA[:-1]):
        for said in ({"ChecksumAlgorithm": "SHA256"}, {}):  # the store has a checksum of them, or none
            upload = (await sari.announce(CAMERA)).json()
            await overwrite(storage, sessions, data, **said)

            answer = await sari.complete(upload)

            assert (answer.status_code, answer.json()["code"]) == (422, "wrong_bytes")
            assert await names(storage) == set()
    assert await count(sessions) == {"photos": 0, "entries": 0, "jobs": 0}


async def test_the_right_bytes_without_a_checksum_are_hashed_by_us(
    sari: Sender, sessions: Sessions, storage: S3Store
) -> None:
    upload = (await sari.announce(CAMERA)).json()
    await overwrite(storage, sessions, CAMERA)

    assert (await sari.complete(upload)).status_code == 201
    assert await read_original(storage, hashlib.sha256(CAMERA).hexdigest()) == CAMERA


async def test_bytes_put_after_the_end_change_nothing(sari: Sender, sessions: Sessions, storage: S3Store) -> None:
    upload = (await sari.announce(CAMERA)).json()
    await sari.put_all(upload, CAMERA)
    first = await sari.complete(upload)

    assert (await sari.put(upload["parts"][0], CAMERA)).status_code == 200
    again = await sari.complete(upload)

    assert again.json()["statement"] == first.json()["statement"]
    assert await count(sessions) == {"photos": 1, "entries": 1, "jobs": 1}


async def test_parts_are_sent_again_one_by_one(sari: Sender, sessions: Sessions, storage: S3Store) -> None:
    data = jpeg(inside=PART + 100_000)
    upload = (await sari.announce(data, parts=True)).json()
    first, second = upload["parts"]
    assert (first["bytes"], second["bytes"]) == (PART, len(data) - PART)
    await sari.put(first, data[:PART])

    async def cut_off() -> AsyncIterator[bytes]:
        yield data[PART : PART + 50_000]
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await sari.store.put(second["put"]["url"], content=cut_off(), headers={"content-length": str(second["bytes"])})
    early = await sari.complete(upload)
    assert (early.status_code, early.json()["code"]) == (409, "not_uploaded")
    assert ": 2." in early.json()["message"]

    resumed = (await sari.look(upload)).json()
    assert [part["there"] for part in resumed["parts"]] == [True, False]
    await sari.put_all(resumed, data)
    answers = await asyncio.gather(*(sari.complete(upload) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    assert await read_original(storage, hashlib.sha256(data).hexdigest()) == data
    assert await names(storage) == {"original"}
    assert await count(sessions) == {"photos": 1, "entries": 1, "jobs": 1}


async def test_parts_that_make_another_file_are_refused(sari: Sender, sessions: Sessions, storage: S3Store) -> None:
    data = jpeg(inside=PART + 100_000)
    upload = (await sari.announce(data, parts=True)).json()
    await sari.put_all(upload, data[:-50] + b"\x12" + data[-49:])

    answer = await sari.complete(upload)

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_bytes")
    assert await names(storage) == set()
    assert await states(sessions) == ["expired"]


async def test_nobody_sees_or_completes_another_persons_upload(sari: Sender, sign_in_as: SignInAs) -> None:
    upload = (await sari.announce(CAMERA)).json()
    await sari.put_all(upload, CAMERA)
    budi = Sender(await sign_in_as("budi"), sari.store)
    stranger = Sender(httpx.AsyncClient(base_url=sari.site.base_url, trust_env=False), sari.store)
    monitor = Sender(await sign_in_as("mona", Role.MONITOR), sari.store)

    for answer in (await budi.look(upload), await budi.complete(upload)):
        unknown = (await budi.look({"upload": 987654})).json()
        assert answer.status_code == 404
        assert answer.json()["message"].replace(str(upload["upload"]), "987654") == unknown["message"]
    for answer, status in ((await stranger.complete(upload), 401), (await monitor.announce(CAMERA), 403)):
        assert answer.status_code == status
    assert (await sari.complete(upload)).status_code == 201
    await stranger.site.aclose()


async def test_an_announcement_that_cannot_be_is_refused_before_anything_is_sent(
    sari: Sender, sessions: Sessions
) -> None:
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"tps": "9999999999999"}, 422, "unknown_tps"),
        ({"pemilihan": "ppwp-1999"}, 404, "unknown_pemilihan"),
        ({"pemilihan": "ppwp-34"}, 422, "tps_outside_contest"),
        ({"bytes": 0}, 422, "empty_file"),
        ({"bytes": 26 * 1024 * 1024}, 413, "too_large"),
        ({"bytes": -1}, 422, "invalid_input"),
        ({"bytes": 10**30}, 422, "invalid_input"),
        ({"sha256": "ab"}, 422, "invalid_input"),
        ({"sha256": "AB" * 32}, 422, "invalid_input"),
        ({"key": "original/x"}, 422, "invalid_input"),
    ]
    for other, status, code in cases:
        answer = await sari.announce(CAMERA, **other)

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["remedy"]
    assert await states(sessions) == []


async def test_one_account_has_so_many_uploads_open(sari: Sender, sessions: Sessions) -> None:
    answers = await asyncio.gather(*(sari.announce(jpeg(inside=number)) for number in range(OPEN_MAX + 3)))

    refused = [answer.json()["code"] for answer in answers if answer.status_code == 429]
    assert refused == ["too_many_requests"] * 3
    assert len(await states(sessions)) == OPEN_MAX


async def test_an_upload_past_its_time_is_closed_and_swept(sari: Sender, sessions: Sessions, storage: S3Store) -> None:
    kept = await sari.send(CAMERA)
    late = (await sari.announce(jpeg(inside=1))).json()
    await sari.put_all(late, jpeg(inside=1))
    await sari.announce(jpeg(inside=2), parts=True)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE direct_upload SET expires_at = now() - interval '1 second' WHERE id > 1"))

    assert (await sari.complete(late)).json()["code"] == "upload_expired"
    look = (await sari.look(late)).json()
    assert (look["state"], look["parts"]) == ("expired", [])
    assert await storage.incoming.sweep(before=datetime.now(UTC) - timedelta(hours=1)) == 0
    assert await storage.incoming.sweep(before=datetime.now(UTC) + timedelta(seconds=2)) == 2

    assert await names(storage) == {"original"}
    assert await storage.incoming.sweep(before=datetime.now(UTC) + timedelta(seconds=2)) == 0
    assert await storage.exists(original_key(kept.json()["statement"]["sha256"]))


async def test_a_crash_between_sealing_and_the_row_is_made_good_by_completing_again(
    sari: Sender, sessions: Sessions, storage: S3Store
) -> None:
    upload = (await sari.announce(CAMERA)).json()
    await sari.put_all(upload, CAMERA)
    async with sessions.begin() as session:
        await session.execute(text("ALTER TABLE log_entry ADD CONSTRAINT is_full CHECK (kind <> 'photo')"))

    broken = await sari.complete(upload)

    assert broken.status_code == 500
    assert await count(sessions) == {"photos": 0, "entries": 0, "jobs": 0}
    assert await names(storage) == {"incoming", "original"}
    async with sessions.begin() as session:
        await session.execute(text("ALTER TABLE log_entry DROP CONSTRAINT is_full"))
    assert (await sari.complete(upload)).status_code == 201
    assert await names(storage) == {"original"}


async def test_while_the_store_is_away_nothing_is_lost_and_nothing_is_promised(
    sari: Sender, sessions: Sessions, seaweed: Seaweed, make_picture: Callable[..., bytes]
) -> None:
    upload = (await sari.announce(CAMERA)).json()
    await sari.put_all(upload, CAMERA)
    form: dict[str, Any] = {
        "files": {"file": ("a.jpg", make_picture())},
        "data": {"tps": TPS, "pemilihan": CONTEST},
    }
    seaweed.stop()
    try:
        answers = await asyncio.gather(
            sari.complete(upload), sari.announce(CAMERA, parts=True), sari.site.post("/api/v1/photos", **form)
        )
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(503, "store_unavailable")] * 3
        assert await count(sessions) == {"photos": 0, "entries": 0, "jobs": 0}
    finally:
        seaweed.start()

    assert (await sari.complete(upload)).status_code == 201
    assert (await sari.site.post("/api/v1/photos", **form)).status_code == 201
