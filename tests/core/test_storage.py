"""The two stores keep one contract: a folder of this machine, and a bucket of a real SeaweedFS."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from pydantic import SecretStr

from app.core.config import Settings
from app.core.errors import InvalidInputError, NotFoundError
from app.core.storage import (
    CorruptObjectError,
    LocalStore,
    ObjectStore,
    S3Place,
    S3Store,
    StoreRefusedError,
    StoreUnavailableError,
    open_store,
    original_key,
    read_original,
    seal,
)
from app.core.storage.s3_connection import make_client
from workers.seaweed import Seaweed
from workers.team import worker_environment

Damage = Callable[[str, bytes], None]
"""Put other bytes where an object is, behind the store's back."""

PICTURE = bytes(range(256)) * 1000


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return LocalStore(tmp_path / "objects")
    made: S3Store = request.getfixturevalue("s3_store")
    return made


@pytest.fixture
def damage(store: ObjectStore) -> Iterator[Damage]:
    if isinstance(store, LocalStore):
        folder = store.folder

        def write(key: str, data: bytes) -> None:
            (folder / key).write_bytes(data)

        yield write
        return
    assert isinstance(store, S3Store)
    place = store.connection.place
    client = make_client(place, place.endpoint)

    def put(key: str, data: bytes) -> None:
        old = client.head_object(Bucket=place.bucket, Key=place.prefix + key)["Metadata"]
        client.put_object(Bucket=place.bucket, Key=place.prefix + key, Body=data, Metadata=old)

    yield put
    client.close()


async def test_what_was_created_is_read_back(store: ObjectStore) -> None:
    assert await store.create("crop/7/suara_1.jpg", PICTURE) is True

    assert await store.read("crop/7/suara_1.jpg") == PICTURE
    assert await store.exists("crop/7/suara_1.jpg")
    assert not await store.exists("crop/7/suara_2.jpg")
    await store.check()


async def test_an_empty_object_is_an_object(store: ObjectStore) -> None:
    await store.create("page/1.jpg", b"")

    assert await store.read("page/1.jpg") == b""


async def test_nothing_is_overwritten(store: ObjectStore) -> None:
    await store.create("page/1.jpg", b"first")

    assert await store.create("page/1.jpg", b"second") is False
    assert await store.read("page/1.jpg") == b"first"


async def test_of_many_writers_of_one_key_one_wins(store: ObjectStore) -> None:
    for round_ in range(2):
        pictures = [bytes([number]) * 100_000 for number in range(8)]

        won = await asyncio.gather(*(store.create(f"page/{round_}.jpg", data) for data in pictures))

        assert sum(won) == 1
        assert await store.read(f"page/{round_}.jpg") == pictures[won.index(True)]


async def test_what_is_not_there_is_not_found(store: ObjectStore) -> None:
    with pytest.raises(NotFoundError):
        await store.read("page/2.jpg")
    with pytest.raises(NotFoundError):
        await read_original(store, "ab" * 32)


async def test_a_key_that_is_none_is_refused(store: ObjectStore) -> None:
    for key in ("../secret", "/etc/passwd", "page", "page//1", "page/../1", "Page/1", "page/1\n", ""):
        for call in (store.create(key, b"x"), store.read(key), store.exists(key)):
            with pytest.raises(ValueError, match="no object key"):
                await call


async def test_originals_are_sealed_under_their_hash(store: ObjectStore) -> None:
    sha256 = await seal(store, PICTURE)

    assert sha256 == hashlib.sha256(PICTURE).hexdigest()
    assert await seal(store, PICTURE) == sha256
    assert await read_original(store, sha256) == PICTURE


async def test_a_changed_original_is_not_given_out(store: ObjectStore, damage: Damage) -> None:
    sha256 = await seal(store, PICTURE)
    damage(original_key(sha256), PICTURE[:-1] + b"!")

    with pytest.raises(CorruptObjectError, match="backup"):
        await read_original(store, sha256)


async def test_any_changed_object_in_a_bucket_is_noticed(s3_store: S3Store) -> None:
    await s3_store.create("crop/1/a.jpg", b"two")
    place = s3_store.connection.place
    client = make_client(place, place.endpoint)
    kept = client.head_object(Bucket=place.bucket, Key=f"{place.prefix}crop/1/a.jpg")["Metadata"]
    client.put_object(Bucket=place.bucket, Key=f"{place.prefix}crop/1/a.jpg", Body=b"eight", Metadata=kept)
    client.close()

    with pytest.raises(CorruptObjectError, match="crop/1/a"):
        await s3_store.read("crop/1/a.jpg")


async def test_the_store_itself_refuses_bytes_that_arrive_changed(s3_store: S3Store) -> None:
    """What our checksum on every write rests on: a store that took anything would make it worth nothing."""
    wrong = "A" * 43 + "="

    with pytest.raises(ClientError, match="BadDigest"):
        await s3_store.connection.call(
            "put_object", Key=s3_store.connection.key("page/1.jpg"), Body=b"bytes", ChecksumSHA256=wrong
        )
    assert not await s3_store.exists("page/1.jpg")


async def test_two_installations_share_a_bucket_by_prefix(s3_store: S3Store, seaweed: Seaweed) -> None:
    await s3_store.create("page/1.jpg", b"mine")
    neighbour = S3Store(seaweed.place)
    try:
        assert not await neighbour.exists("page/1.jpg")
    finally:
        neighbour.close()


async def test_settings_choose_the_store(settings: Settings, s3_settings: Settings) -> None:
    folder, bucket = open_store(settings), open_store(s3_settings)
    try:
        assert isinstance(folder, LocalStore)
        assert await bucket.create("page/1.jpg", b"kept")
        assert s3_settings.s3_secret_key is not None
        secret = s3_settings.s3_secret_key.get_secret_value()
        assert isinstance(bucket, S3Store)
        assert secret not in repr(s3_settings) + repr(bucket.connection.place) + s3_settings.model_dump_json()
        environment = worker_environment("postgresql://here/db", s3_settings)
        assert environment["RUNUT_S3_SECRET_KEY"] == secret
        assert "RUNUT_S3_PUBLIC_ENDPOINT" not in environment
    finally:
        bucket.close()


async def test_wrong_settings_are_named_at_the_start(s3_settings: Settings) -> None:
    cases = [
        ({"s3_bucket": "nobodys"}, "NoSuchBucket"),
        ({"s3_secret_key": "0" * 32}, "SignatureDoesNotMatch"),
        ({"s3_access_key": "0" * 16}, "InvalidAccessKeyId"),
    ]
    for changed, named in cases:
        wrong = Settings(**{**s3_settings.model_dump(), **changed})

        with pytest.raises(StoreRefusedError) as caught:
            open_store(wrong)

        assert named in caught.value.message
        assert "RUNUT_S3_BUCKET" in caught.value.remedy
        assert "RUNUT_S3_SECRET_KEY" in caught.value.remedy
        assert wrong.s3_secret_key is not None
        assert wrong.s3_secret_key.get_secret_value() not in str(caught.value)


async def test_half_of_the_credentials_or_an_address_that_is_none_is_refused(settings: Settings) -> None:
    with pytest.raises(InvalidInputError, match="RUNUT_S3_SECRET_KEY"):
        open_store(Settings(home=settings.home, s3_bucket="b", s3_access_key=SecretStr("half")))
    with pytest.raises(InvalidInputError, match="RUNUT_S3_ENDPOINT"):
        open_store(Settings(home=settings.home, s3_bucket="b", s3_endpoint="store:8333"))


async def test_a_store_that_is_away_says_so_and_is_used_again_when_it_is_back(
    seaweed: Seaweed, s3_settings: Settings
) -> None:
    store = open_store(s3_settings)
    try:
        await store.create("page/1.jpg", b"before")
        seaweed.stop()
        calls = [store.create("page/2.jpg", b"x"), store.read("page/1.jpg"), store.exists("page/1.jpg"), store.check()]
        opening = asyncio.to_thread(open_store, s3_settings)  # no reason not to start
        *answers, opened = await asyncio.gather(*calls, opening, return_exceptions=True)
        assert [getattr(answer, "status", answer) for answer in answers] == [503] * 4
        assert isinstance(opened, S3Store)
        opened.close()

        seaweed.start()

        assert await store.read("page/1.jpg") == b"before"
        assert await store.create("page/2.jpg", b"after")
    finally:
        store.close()
        if seaweed.process is None:
            seaweed.start()


async def test_a_folder_that_cannot_be_written_to_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StoreUnavailableError, match="cannot be written"):
        await LocalStore(tmp_path / "file" / "objects").check()


async def test_a_place_keeps_its_secret_to_itself() -> None:
    assert "hidden" not in repr(S3Place(bucket="b", access_key="hidden", secret_key="hidden"))
