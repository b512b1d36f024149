"""Fetching politely: against a server of our own that counts what it is asked."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from app.core.database import Sessions
from app.core.errors import InvalidInputError, TooLargeError
from app.core.storage import LocalStore, original_key, sha256_hex
from app.official.service import get_official
from tests.official.factory import make_document
from tests.official.places import TPS, prepare_contest
from workers.official_fetch import FetchReport, fetch_official
from workers.polite_client import TRIES, FetchError, HostNotAllowedError, PoliteClient, read_hosts


@dataclass
class Desk:
    """A tiny server: what each path answers, and what it was asked. An answer is (status line, headers, body)."""

    answers: dict[str, list[tuple[str, dict[str, str], bytes]]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    host: str = ""

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def put(self, path: str, status: str = "200 OK", body: bytes = b"", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.setdefault(path, []).append((status, named, body))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        path = lines[0].split()[1]
        self.asked.append((path, dict(line.lower().split(": ", 1) for line in lines[1:] if line)))
        known = self.answers.get(path, [("404 Not Found", {}, b"")])
        status, headers, body = known.pop(0) if len(known) > 1 else known[0]
        headers = {"content-length": str(len(body)), "connection": "close"} | headers
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)
        await writer.drain()
        writer.close()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()


class Naps:
    """Remembers how long it was asked to sleep, and does not."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def make_client(desk: Desk, naps: Naps | None = None, *, hosts: str = "", pause: float = 0.0) -> PoliteClient:
    return PoliteClient(read_hosts(hosts or desk.host), pause=pause, bytes_max=100_000, sleep=naps or Naps())


async def fetch(sessions: Sessions, store: LocalStore, client: PoliteClient, *urls: str) -> FetchReport:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
    return await fetch_official(sessions, store, client, contest=contest, urls=urls)


async def test_answers_are_kept_imported_and_not_sent_again(sessions: Sessions, desk: Desk, tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    path = f"/{TPS[0]}.json"
    body = json.dumps(make_document((1, 2, 3))).encode()
    desk.put(path, body=body, etag='"one"', last_modified="Thu, 15 Feb 2024 00:00:00 GMT")
    desk.put(path, "304 Not Modified")
    newer = json.dumps(make_document((1, 2, 4))).encode()
    desk.put(path, body=newer, etag='"two"')
    first = await fetch(sessions, store, make_client(desk), desk.url(path))
    second = await fetch(sessions, store, make_client(desk), desk.url(path))
    third = await fetch(sessions, store, make_client(desk), desk.url(path))
    assert [(one.asked, one.fresh, len(one.imports)) for one in (first, second, third)] == [
        (1, 1, 1), (1, 0, 0), (1, 1, 1)
    ]  # fmt: skip
    assert "if-none-match" not in desk.asked[0][1]
    assert desk.asked[1][1]["if-none-match"] == '"one"'
    assert desk.asked[1][1]["if-modified-since"] == "thu, 15 feb 2024 00:00:00 gmt"
    assert desk.asked[2][1]["if-none-match"] == '"one"'
    assert await store.read(original_key(sha256_hex(body))) == body
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        now = await get_official(session, pemilihan_id=contest.id, tps_kode=TPS[0])
        noted = (await session.execute(text("SELECT status, sha256 FROM official_fetch ORDER BY id"))).all()
    assert now is not None
    assert now.numbers[contest.places["suara_03"]] == 4
    assert [tuple(row) for row in noted] == [
        (200, sha256_hex(body)), (304, sha256_hex(body)), (200, sha256_hex(newer))
    ]  # fmt: skip


async def test_what_cannot_be_taken_is_asked_for_again(sessions: Sessions, desk: Desk, tmp_path: Path) -> None:
    desk.put("/all.csv", body=f"kode_tps,suara_01\n{TPS[0]},-1\n".encode(), etag='"bad"')
    for _ in range(2):
        with pytest.raises(InvalidInputError):
            await fetch(sessions, LocalStore(tmp_path), make_client(desk), desk.url("/all.csv"))
    assert all("if-none-match" not in headers for _, headers in desk.asked)


async def test_only_named_hosts_are_asked_also_after_a_redirect(desk: Desk) -> None:
    desk.put("/away.json", "302 Found", location="http://127.0.0.2:1/secret.json")
    desk.put("/here.json", "301 Moved", location="/there.json")
    desk.put("/there.json", body=b"{}")
    desk.put("/loop.json", "302 Found", location="/loop.json")
    client = make_client(desk)
    with pytest.raises(HostNotAllowedError, match=r"127\.0\.0\.2:1 is not among"):
        await client.fetch(desk.url("/away.json"))
    assert (await client.fetch(desk.url("/here.json"))).final_url == desk.url("/there.json")
    with pytest.raises(FetchError, match="again and again"):
        await client.fetch(desk.url("/loop.json"))
    asked = len(desk.asked)
    with pytest.raises(HostNotAllowedError, match="RUNUT_OFFICIAL_HOSTS"):
        await PoliteClient(frozenset(), pause=0).fetch(desk.url("/there.json"))
    for wrong in ("file:///etc/passwd", "ftp://x/y", f"http://u:p@{desk.host}/there.json"):
        with pytest.raises(InvalidInputError):
            await client.fetch(wrong)
    assert len(desk.asked) == asked


async def test_a_name_of_our_own_network_is_refused_although_it_is_listed(desk: Desk) -> None:
    host = f"localhost:{desk.host.split(':')[1]}"
    with pytest.raises(HostNotAllowedError, match="private network"):
        await make_client(desk, hosts=host).fetch(f"http://{host}/x.json")
    assert desk.asked == []


async def test_failures_wait_longer_each_time_and_as_long_as_the_server_says(desk: Desk) -> None:
    naps = Naps()
    desk.put("/a.json", "429 Too Many Requests", retry_after="7")
    desk.put("/a.json", "503 Service Unavailable", retry_after="Wed, 21 Oct 2015 07:28:00 GMT")
    desk.put("/a.json", "500 Internal Server Error")
    desk.put("/a.json", body=b"{}")
    assert (await make_client(desk, naps).fetch(desk.url("/a.json"))).data == b"{}"
    assert naps.seconds[:2] == [7.0, 0.0]
    assert 4.0 <= naps.seconds[2] <= 12.0
    desk.put("/b.json", "502 Bad Gateway")
    with pytest.raises(FetchError, match=f"failed {TRIES} times"):
        await make_client(desk, Naps()).fetch(desk.url("/b.json"))
    assert sum(path == "/b.json" for path, _ in desk.asked) == TRIES
    with pytest.raises(FetchError, match="answered 404"):
        await make_client(desk).fetch(desk.url("/none.json"))
    assert sum(path == "/none.json" for path, _ in desk.asked) == 1


async def test_a_host_is_given_its_pause(desk: Desk) -> None:
    naps = Naps()
    desk.put("/a.json", body=b"{}")
    client = make_client(desk, naps, pause=100)
    for _ in range(3):
        await client.fetch(desk.url("/a.json"))
    assert len(naps.seconds) == 2
    assert 90 < naps.seconds[0] <= 100
    assert 190 < naps.seconds[1] <= 200


async def test_an_answer_without_end_cut_short_or_packed_is_refused(desk: Desk) -> None:
    desk.put("/long.json", body=b"x" * 100_001)
    desk.put("/packed.json", body=b"x", content_encoding="gzip")
    desk.put("/cut.json", body=b"x", content_length="50")
    with pytest.raises(TooLargeError):
        await make_client(desk).fetch(desk.url("/long.json"))
    with pytest.raises(FetchError, match="packed"):
        await make_client(desk).fetch(desk.url("/packed.json"))
    with pytest.raises(FetchError, match="RemoteProtocolError"):
        await make_client(desk).fetch(desk.url("/cut.json"))
