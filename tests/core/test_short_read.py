"""The short read gives what the store has, or nothing at all: then boto3 is asked, which knows what to make of it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.core.storage import S3Place, S3Store, StoreRefusedError, StoreUnavailableError, original_key
from app.core.storage.short_read import FirstBytes, ShortReader

SHA256 = "ab" * 32
DATA = bytes(range(256)) * 400


@pytest.fixture
def store(s3_place: S3Place) -> Iterator[S3Store]:
    """A store whose prefix has to be spelled with care in an address."""
    made = S3Store(replace(s3_place, prefix=f"{s3_place.prefix}pemilu 2024+ñ%/"))
    put = {"Key": made.connection.key(original_key(SHA256)), "Body": DATA, "Metadata": {"runut-upload": "7-1"}}
    made.connection.call_now("put_object", put)
    yield made
    made.close()


def read(store: S3Store, sha256: str, length: int) -> FirstBytes | None:
    reader = ShortReader(store.connection)
    try:
        return reader.read_now(store.connection.key(original_key(sha256)), length)
    finally:
        reader.close()


def test_the_first_bytes_come_with_the_whole_length_and_the_word_beside_them(store: S3Store) -> None:
    for length in (1, 70_000, len(DATA) + 5):
        found = read(store, SHA256, length)

        assert found is not None
        assert (found.start, found.byte_count) == (DATA[:length], len(DATA))
        assert found.words["x-amz-meta-runut-upload"] == "7-1"


async def test_a_look_says_the_same_by_the_short_way_and_by_the_long(
    store: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = await store.straight.look(SHA256, 1000), await store.straight.look("cd" * 32, 1000)
    monkeypatch.setattr(ShortReader, "read_now", lambda *_: None)

    assert (await store.straight.look(SHA256, 1000), await store.straight.look("cd" * 32, 1000)) == short
    assert short[1] is None


async def test_what_is_no_plain_yes_is_asked_again(store: S3Store, s3_place: S3Place) -> None:
    assert read(store, "cd" * 32, 10) is None, "there is nothing"
    for place, error in (
        (replace(store.connection.place, secret_key="wrong"), StoreRefusedError),
        (replace(s3_place, endpoint="http://127.0.0.1:1"), StoreUnavailableError),
    ):
        other = S3Store(place)
        try:
            assert read(other, SHA256, 10) is None
            with pytest.raises(error):
                await other.straight.look(SHA256, 10)
        finally:
            other.close()
