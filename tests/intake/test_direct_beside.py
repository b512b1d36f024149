"""Uploads beside the originals: from parts, or of files whose place another upload was promised."""

import asyncio
import hashlib
import itertools
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.core.database import Sessions
from app.core.storage import S3Store, original_key, read_original
from tests.intake.direct_sender import (
    CAMERA,
    CONTEST,
    OTHER,
    PART,
    TPS,
    Sender,
    announce_second,
    count,
    jpeg,
    names,
    overwrite,
    states,
)

pytestmark = pytest.mark.usefixtures("election")


@pytest.fixture
def storage(s3_store: S3Store) -> S3Store:
    return s3_store


async def test_a_completion_that_another_one_overtakes_gets_its_receipt(
    sari: Sender, budi: Sender, storage: S3Store
) -> None:
    upload = await announce_second(sari, budi, CAMERA)
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
    assert await states(sessions) == ["completed"]


async def test_what_is_sent_to_the_site_and_completed_at_once_is_one_photograph(
    sari: Sender, sessions: Sessions
) -> None:
    upload = (await sari.announce(CAMERA)).json()
    await sari.put_all(upload, CAMERA)
    form: dict[str, Any] = {"files": {"file": ("a.jpg", CAMERA)}, "data": {"tps": TPS, "pemilihan": CONTEST}}

    answers = await asyncio.gather(
        *(sari.complete(upload) for _ in range(3)), *(sari.site.post("/api/v1/photos", **form) for _ in range(3))
    )

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["receipt"] for answer in answers}) == 1
    assert await count(sessions) == {"photos": 1, "entries": 1, "jobs": 1}
    assert await states(sessions) == ["completed"], "whichever came first"


async def test_the_address_lets_in_only_the_bytes_that_were_announced(
    sari: Sender, budi: Sender, sessions: Sessions, storage: S3Store
) -> None:
    upload = await announce_second(sari, budi, CAMERA)
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
    await sari.put_all(upload, CAMERA)
    first = await sari.complete(upload)
    assert (await sari.put(part, CAMERA)).status_code == 200
    again = await sari.complete(upload)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["statement"] == first.json()["statement"]
    assert await read_original(storage, hashlib.sha256(CAMERA).hexdigest()) == CAMERA
    assert await count(sessions) == {"photos": 1, "entries": 1, "jobs": 1}


async def test_other_bytes_are_refused_even_if_the_store_let_them_in(
    sari: Sender, budi: Sender, sessions: Sessions, storage: S3Store
) -> None:
    for data in (OTHER, CAMERA[:-1]):
        for said in ({"ChecksumAlgorithm": "SHA256"}, {}):  # the store has a checksum of them, or none
            upload = await announce_second(sari, budi, CAMERA)
            await overwrite(storage, sessions, data, **said)

            answer = await sari.complete(upload)

            assert (answer.status_code, answer.json()["code"]) == (422, "wrong_bytes")
            assert await names(storage) == set()
    assert await count(sessions) == {"photos": 0, "entries": 0, "jobs": 0}


async def test_the_right_bytes_without_a_checksum_are_hashed_by_us(
    sari: Sender, budi: Sender, sessions: Sessions, storage: S3Store
) -> None:
    upload = await announce_second(sari, budi, CAMERA)
    await overwrite(storage, sessions, CAMERA)

    assert (await sari.complete(upload)).status_code == 201
    assert await read_original(storage, hashlib.sha256(CAMERA).hexdigest()) == CAMERA


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


async def test_an_upload_past_its_time_is_closed_and_swept_but_never_an_original(
    sari: Sender, budi: Sender, sessions: Sessions, storage: S3Store
) -> None:
    straight = (await sari.announce(CAMERA)).json()
    await sari.put_all(straight, CAMERA)
    late = await announce_second(sari, budi, jpeg(inside=1))
    await sari.put_all(late, jpeg(inside=1))
    await sari.announce(jpeg(inside=2), parts=True)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE direct_upload SET expires_at = now() - interval '1 second'"))

    for upload in (straight, late):
        assert (await sari.complete(upload)).json()["code"] == "upload_expired"
        look = (await sari.look(upload)).json()
        assert (look["state"], look["parts"]) == ("expired", [])
    assert await storage.incoming.sweep(before=datetime.now(UTC) - timedelta(hours=1)) == 0
    assert await storage.incoming.sweep(before=datetime.now(UTC) + timedelta(seconds=2)) == 2

    assert await names(storage) == {"original"}
    assert await storage.incoming.sweep(before=datetime.now(UTC) + timedelta(seconds=2)) == 0
    assert await storage.exists(original_key(straight["sha256"]))
    assert (await sari.send(CAMERA)).status_code == 201, "an abandoned announcement stands in nobody's way"
