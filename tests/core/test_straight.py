"""Straight uploads rest on a store that compares what it is sent with what was signed: that is tried, not believed."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from app.core.storage import S3Place, S3Store, StoreUnavailableError


class Careless(BaseHTTPRequestHandler):
    """A store that takes whatever it is sent, wherever, and gives it back; nothing is signed or compared."""

    protocol_version = "HTTP/1.1"
    kept: dict[str, tuple[bytes, dict[str, str]]]
    status = 200

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["content-length"]))
        said = {name: word for name, word in self.headers.items() if name.lower().startswith("x-amz-meta-")}
        if self.status == 200:
            self.kept[self.path.partition("?")[0]] = data, said
        self._answer(self.status, b"")

    def do_GET(self) -> None:
        found = self.kept.get(self.path.partition("?")[0])
        if found is None:
            self._answer(404, b"")
            return
        data, said = found
        self._answer(206, data, {"content-range": f"bytes 0-{len(data) - 1}/{len(data)}", **said})

    def do_DELETE(self) -> None:
        self.kept.pop(self.path.partition("?")[0], None)
        self._answer(204, b"")

    def _answer(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, word in {"content-length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, word)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def careless() -> Iterator[tuple[S3Store, type[Careless]]]:
    kind = type("Mine", (Careless,), {"kept": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        place = S3Place("b", f"http://127.0.0.1:{server.server_port}", access_key="a", secret_key="b")
        store = S3Store(place)
        yield store, kind
        store.close()
        server.shutdown()


async def test_a_store_that_compares_is_found_to(s3_store: S3Store) -> None:
    assert await s3_store.straight.is_compared() is True

    prefix = s3_store.connection.place.prefix
    assert "Contents" not in await s3_store.connection.call("list_objects_v2", Prefix=prefix), "the trial is removed"


async def test_a_store_that_takes_anything_is_found_out(careless: tuple[S3Store, type[Careless]]) -> None:
    store, kind = careless

    assert await store.straight.is_compared() is False
    assert kind.kept == {}


async def test_a_store_that_is_away_is_tried_again(careless: tuple[S3Store, type[Careless]]) -> None:
    store, kind = careless
    kind.status = 500
    with pytest.raises(StoreUnavailableError):
        await store.straight.is_compared()

    kind.status = 400
    assert await store.straight.is_compared() is False, "one that refuses the right bytes too is of no use"


async def test_addresses_name_the_store_as_senders_reach_it(s3_store: S3Store) -> None:
    place = s3_store.connection.place
    outside = S3Store(type(place)(**{**place.__dict__, "public_endpoint": "https://photos.example:8443"}))
    try:
        sha256 = "ab" * 32
        whole = await outside.incoming.sign_whole("incoming/one", byte_count=1, sha256=sha256, seconds=60)
        straight = await outside.straight.sign(sha256, byte_count=1, word="1-1", seconds=60)
        start = f"https://photos.example:8443/{place.bucket}/{place.prefix}"
        assert whole.url.startswith(f"{start}incoming/one?")
        assert straight.url.startswith(f"{start}original/ab/{sha256}?")
        assert "example" not in repr(straight)
    finally:
        outside.close()
