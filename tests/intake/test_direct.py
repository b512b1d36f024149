"""Uploads straight under the original's key of a real store: what is kept is what was announced, or nothing is."""

import asyncio
import hashlib
import json
from collections.abc import Callable
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
from tests.intake.direct_sender import (
    CAMERA,
    CONTEST,
    OTHER,
    TPS,
    Sender,
    announce_second,
    claim_size,
    count,
    jpeg,
    names,
    overwrite,
    states,
)
from workers.seaweed import Seaweed

pytestmark = pytest.mark.usefixtures("election")


@pytest.fixture
def storage(s3_store: S3Store) -> S3Store:
    return s3_store


async def test_a_photograph_sent_to_the_store_becomes_one_like_any_other(
    sari: Sender, sessions: Sessions, storage: S3Store
) -> None:
    announced = await sari.announce(CAMERA)
    assert (announced.status_code, len(announced.json()["parts"])) == (201, 1)
    await sari.put_all(announced.json(), CAMERA)
    assert await names(storage) == {"original"}, "nothing is left to copy"

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


async def test_knowing_a_hash_is_not_having_sent_the_bytes(
    sari: Sender, budi: Sender, sessions: Sessions, make_picture: Callable[..., bytes]
) -> None:
    data = make_picture()
    hers, his = (await sari.announce(data)).json(), (await budi.announce(data)).json()
    await sari.put_all(hers, data)

    assert [part["there"] for part in (await sari.look(hers)).json()["parts"]] == [True]
    assert [part["there"] for part in (await budi.look(his)).json()["parts"]] == [False]
    assert (await budi.complete(his)).json()["code"] == "not_uploaded"
    assert (await sari.complete(hers)).status_code == 201
    assert (await budi.complete(his)).json()["code"] == "not_uploaded"
    await budi.put_all(his, data)
    late = await budi.complete(his)
    assert (late.status_code, late.json()["state"]) == (201, "duplicate")
    assert await count(sessions) == {"photos": 2, "entries": 2, "jobs": 1}


async def test_an_original_that_came_another_way_meanwhile_has_to_be_announced_again(
    sari: Sender, budi: Sender, sessions: Sessions
) -> None:
    upload = (await sari.announce(CAMERA)).json()
    form: dict[str, Any] = {"files": {"file": ("a.jpg", CAMERA)}, "data": {"tps": TPS, "pemilihan": CONTEST}}
    assert (await budi.site.post("/api/v1/photos", **form)).status_code == 201

    (part,) = (await sari.look(upload)).json()["parts"]
    assert part["there"] is False
    assert (await sari.put(part, CAMERA)).status_code == 412
    answer = await sari.complete(upload)

    assert (answer.status_code, answer.json()["code"]) == (409, "place_taken")
    assert "Begin a new upload" in answer.json()["remedy"]
    assert await states(sessions) == ["expired"]
    assert await count(sessions) == {"photos": 1, "entries": 1, "jobs": 1}
    assert (await sari.send(CAMERA)).json()["state"] == "duplicate"


async def test_files_whose_beginning_does_not_tell_are_looked_at_whole(sari: Sender) -> None:
    """Each is sent twice: straight, and then beside the original that lies there."""
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x09\0\0\0\x09\x08\0\0\0\0----%s\0\0\0\0IEND----"
    files = {
        "small": jpeg(),
        "the picture begins late": jpeg(before=300_000, inside=300_000),
        "bytes behind the end": jpeg(inside=300_000, behind=50_000),
        "another format": png % bytes(300_000),
    }
    for name, data in files.items():
        answers = [await sari.send(data), await sari.send(data)]

        assert [answer.status_code for answer in answers] == [201, 200], (name, answers[0].text, answers[1].text)


@pytest.mark.parametrize("beside", [False, True], ids=["straight", "beside"])
async def test_what_is_no_photograph_becomes_none(
    sari: Sender, budi: Sender, sessions: Sessions, storage: S3Store, *, beside: bool
) -> None:
    files = [
        (b"<html>" + b"x" * 400_000, 415, "not_an_image"),
        (b"<svg/>", 415, "not_an_image"),
        (jpeg(inside=400_000 if beside else 90_000)[:-10_000], 422, "truncated"),
        (claim_size(jpeg(inside=400_000), 30_000, 30_000), 422, "too_many_pixels"),
        (claim_size(jpeg(), 30_000, 30_000), 422, "too_many_pixels"),
    ]
    for data, status, code in files:
        upload = await announce_second(sari, budi, data) if beside else (await sari.announce(data)).json()
        await sari.put_all(upload, data)

        answer = await sari.complete(upload)

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert (await sari.complete(upload)).json()["code"] == "upload_expired"
        if beside:
            assert await names(storage) == set(), "it is forgotten at once"
    assert (await states(sessions)).count("expired") == len(files)
    assert await count(sessions) == {"photos": 0, "entries": 0, "jobs": 0}


async def test_the_address_lets_in_only_the_bytes_that_were_announced_and_only_once(
    sari: Sender, storage: S3Store
) -> None:
    upload = (await sari.announce(CAMERA)).json()
    (part,) = upload["parts"]
    request = part["put"]

    def saying(**other: str | None) -> dict[str, Any]:
        headers = {name: word for name, word in (request["headers"] | other).items() if word is not None}
        return {**part, "put": {**request, "headers": headers}}

    other_sha256 = hashlib.sha256(OTHER).hexdigest()
    elsewhere = request["url"].replace(original_key(upload["sha256"]), original_key(other_sha256))
    refused = [
        await sari.put(part, OTHER),
        await sari.put(part, CAMERA[:-1]),
        await sari.put(part, CAMERA + b"!"),
        *[await sari.put(saying(**{name: None}), CAMERA) for name in request["headers"]],
        await sari.put(saying(**{"x-amz-meta-runut-upload": "7-7"}), CAMERA),
        await sari.put(saying(**{"content-type": "text/html"}), CAMERA),
        await sari.put(saying(**{"x-amz-copy-source": "/runut/ready"}), CAMERA),
        await sari.put({**part, "put": {**request, "url": elsewhere}}, CAMERA),
    ]

    assert [answer.status_code for answer in refused if not 400 <= answer.status_code < 500] == []
    assert await names(storage) == set()
    early = await sari.complete(upload)
    assert (early.status_code, early.json()["code"]) == (409, "not_uploaded")
    await sari.put_all(upload, CAMERA)
    assert (await sari.put(part, CAMERA)).status_code == 412
    assert (await sari.complete(upload)).status_code == 201


async def test_bytes_of_another_length_are_refused_even_if_the_store_let_them_in(
    sari: Sender, sessions: Sessions, storage: S3Store
) -> None:
    upload = (await sari.announce(CAMERA)).json()
    word = upload["parts"][0]["put"]["headers"]["x-amz-meta-runut-upload"]
    await overwrite(storage, sessions, CAMERA[:-1], Metadata={"runut-upload": word})

    answer = await sari.complete(upload)

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_bytes")
    assert await count(sessions) == {"photos": 0, "entries": 0, "jobs": 0}


async def test_nobody_sees_or_completes_another_persons_upload(
    sari: Sender, budi: Sender, sign_in_as: SignInAs
) -> None:
    upload = (await sari.announce(CAMERA)).json()
    await sari.put_all(upload, CAMERA)
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


async def test_a_crash_before_the_row_is_made_good_by_completing_again(
    sari: Sender, budi: Sender, sessions: Sessions, storage: S3Store
) -> None:
    """Straight, and beside: Budi announced the second file first, and so has its place."""
    await budi.announce(OTHER)
    files = {data: (await sari.announce(data)).json() for data in (CAMERA, OTHER)}
    for data, upload in files.items():
        await sari.put_all(upload, data)
    async with sessions.begin() as session:
        await session.execute(text("ALTER TABLE log_entry ADD CONSTRAINT is_full CHECK (kind <> 'photo')"))

    broken = [await sari.complete(upload) for upload in files.values()]

    assert [answer.status_code for answer in broken] == [500, 500]
    assert await count(sessions) == {"photos": 0, "entries": 0, "jobs": 0}
    assert await names(storage) == {"incoming", "original"}
    async with sessions.begin() as session:
        await session.execute(text("ALTER TABLE log_entry DROP CONSTRAINT is_full"))
    assert [(await sari.complete(upload)).status_code for upload in files.values()] == [201, 201]
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
