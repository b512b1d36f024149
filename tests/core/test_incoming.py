"""What senders put into a bucket: no byte changes between the look and the sealing; parts join to what they say."""

import hashlib

import httpx

from app.core.storage import S3Store, original_key
from app.core.storage.incoming import PART_BYTES_MIN

KEY = "incoming/one"


async def put(store: S3Store, data: bytes) -> None:
    await store.connection.call("put_object", Key=store.connection.key(KEY), Body=data, ChecksumAlgorithm="SHA256")


async def test_bytes_exchanged_after_the_look_are_neither_read_nor_sealed(s3_store: S3Store) -> None:
    incoming, sha256 = s3_store.incoming, hashlib.sha256(b"looked at").hexdigest()
    await put(s3_store, b"looked at")
    arrived = await incoming.find(KEY)
    assert arrived is not None
    assert (arrived.byte_count, arrived.sha256) == (9, sha256)
    await put(s3_store, b"exchanged")

    assert await incoming.read(KEY, arrived) is None
    assert await incoming.read(KEY, arrived, range(4)) is None
    assert await incoming.seal_as(KEY, arrived, sha256) is False
    assert not await s3_store.exists(original_key(sha256))

    await put(s3_store, b"looked at")
    assert await incoming.read(KEY, arrived, range(2, 6)) == b"oked"
    assert await incoming.seal_as(KEY, arrived, sha256) is True
    assert await s3_store.read(original_key(sha256)) == b"looked at"


async def test_sealing_never_overwrites_an_original(s3_store: S3Store) -> None:
    sha256 = hashlib.sha256(b"first").hexdigest()
    await s3_store.create(original_key(sha256), b"first")
    await put(s3_store, b"other")
    arrived = await s3_store.incoming.find(KEY)
    assert arrived is not None

    assert await s3_store.incoming.seal_as(KEY, arrived, sha256) is True

    assert await s3_store.read(original_key(sha256)) == b"first"


async def test_what_is_gone_is_nothing(s3_store: S3Store) -> None:
    incoming = s3_store.incoming
    await put(s3_store, b"soon gone")
    arrived = await incoming.find(KEY)
    assert arrived is not None
    await incoming.remove(KEY)
    await incoming.remove(KEY)

    assert await incoming.find(KEY) is None
    assert await incoming.read(KEY, arrived) is None
    assert await incoming.seal_as(KEY, arrived, "ab" * 32) is False
    assert await incoming.list_parts(KEY, "0" * 40) == {}


async def test_a_part_that_was_put_anew_is_not_joined_unseen(s3_store: S3Store) -> None:
    incoming = s3_store.incoming
    multipart = await incoming.begin_parts(KEY)

    async def send(number: int, data: bytes) -> None:
        signed = await incoming.sign_part(KEY, multipart, number=number, byte_count=len(data), seconds=60)
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.put(signed.url, headers=signed.headers, content=data)
        assert answer.status_code == 200, answer.text

    await send(1, b"a" * PART_BYTES_MIN)
    await send(2, b"b")
    seen = {number: tag for number, (_, tag) in (await incoming.list_parts(KEY, multipart)).items()}
    await send(2, b"c")

    # Refused (Amazon), or the parts that were named (SeaweedFS keeps them): never the ones put since, unseen.
    if await incoming.join_parts(KEY, multipart, seen):
        joined = await incoming.find(KEY)
        assert joined is not None
        assert (await incoming.read(KEY, joined) or b"")[-1:] == b"b"
        return
    now = {number: tag for number, (_, tag) in (await incoming.list_parts(KEY, multipart)).items()}
    assert await incoming.join_parts(KEY, multipart, now)
