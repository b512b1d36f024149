"""Subscribers are told: signed, at least once, nothing left out, nowhere that is not theirs."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import FastAPI
from sqlalchemy import text

from app.core.access import Role
from app.core.database import Sessions
from app.core.errors import InvalidInputError
from app.reports.webhooks.address import check_url, find_target, is_public_address
from app.reports.webhooks.sending import FAILURES_MAX, send_due
from tests.http_ground import SignInAs
from tests.official.places import TPS, prepare_contest

WEBHOOKS = "/api/v1/webhooks"
_OPEN = """
    WITH entry AS (INSERT INTO log_entry (kind, subject, payload, payload_sha256)
                   VALUES ('discrepancy', 'test', '{}', '') RETURNING id)
    INSERT INTO discrepancy (pemilihan_id, tps_kode, kind, field, ours, official, difference, opened_entry_id)
    SELECT p.id, :tps, 'number', :field, 1, 2, 1, entry.id FROM pemilihan p, entry"""


@dataclass
class Receiver:
    """A monitor's program; ``status`` is what it answers."""

    address: str = ""
    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        self.got.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(f"HTTP/1.1 {self.status} X\r\ncontent-length: 0\r\nlocation: http://[::1]:1/\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    def items(self) -> list[list[str]]:
        return [[one["field"] for one in json.loads(body)["items"]] for _, body in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield made
    server.close()
    await server.wait_closed()


async def open_difference(sessions: Sessions, tps: str, name: str) -> None:
    async with sessions.begin() as session:
        await session.execute(text(_OPEN), {"tps": tps, "field": name})


async def make_due(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await session.execute(text("UPDATE webhook SET next_at = now()"))


async def test_news_come_signed_until_they_are_taken(
    app: FastAPI, client: httpx.AsyncClient, sign_in_as: SignInAs, sessions: Sessions, receiver: Receiver
) -> None:
    async with sessions.begin() as session:
        await prepare_contest(session)
    await open_difference(sessions, TPS[0], "before")
    monitor, other = await sign_in_as("pemantau", Role.MONITOR), await sign_in_as("lain", Role.MONITOR)
    wanted = {"url": "https://example.org/x", "pemilihan": "ppwp-2024", "wilayah": "11", "topics": ["discrepancy"]}
    made = (await monitor.post(WEBHOOKS, json=wanted)).json()
    async with sessions.begin() as session:  # nobody may subscribe an address of ours; the test's receiver is one
        await session.execute(text("UPDATE webhook SET url = :url"), {"url": receiver.address})
    signer = app.state.signer

    assert await send_due(sessions, signer, private=True) == 0
    await open_difference(sessions, TPS[0], "one")
    await open_difference(sessions, TPS[4], "elsewhere")
    async with sessions.begin() as slow:  # began first, commits last: nothing after it may be told before it
        await slow.execute(text(_OPEN), {"tps": TPS[0], "field": "two"})
        await open_difference(sessions, TPS[0], "three")
        await make_due(sessions)
        assert await send_due(sessions, signer, private=True) == 1
    receiver.status = 302  # nobody is followed anywhere
    await make_due(sessions)
    assert await send_due(sessions, signer, private=True) == 1
    assert await send_due(sessions, signer, private=True) == 0  # not due before its pause is over
    receiver.status = 200
    await make_due(sessions)
    assert await send_due(sessions, signer, private=True) == 2
    assert receiver.items() == [["one"], ["two", "three"], ["two", "three"]]

    (first, _), (again, body), (third, _) = receiver.got
    assert again["webhook-id"] == third["webhook-id"] != first["webhook-id"]
    key = (await client.get(f"{WEBHOOKS}/key")).json()
    signed = b".".join((again["webhook-id"].encode(), again["webhook-timestamp"].encode(), body))
    signature = base64.b64decode(again["webhook-signature"].removeprefix("v1a,"))
    Ed25519PublicKey.from_public_bytes(base64.b64decode(key["public_key"])).verify(signature, signed)

    assert (await other.get(WEBHOOKS)).json() == []
    for path in (f"{WEBHOOKS}/{made['id']}/enable", f"{WEBHOOKS}/{made['id']}"):
        assert (await other.request("POST" if "enable" in path else "DELETE", path)).status_code == 404
    await disable_by_failing(sessions, receiver, app)
    (listed,) = (await monitor.get(WEBHOOKS)).json()
    assert (listed["state"], listed["failures"], listed["last_error"]) == ("disabled", FAILURES_MAX, "HTTP 500")
    assert (await monitor.post(f"{WEBHOOKS}/{made['id']}/enable")).status_code == 204
    receiver.status = 200
    assert await send_due(sessions, signer, private=True) == 1
    assert receiver.items()[-1] == ["four"]
    assert (await monitor.delete(f"{WEBHOOKS}/{made['id']}")).status_code == 204
    assert (await monitor.get(WEBHOOKS)).json() == []


async def disable_by_failing(sessions: Sessions, receiver: Receiver, app: FastAPI) -> None:
    receiver.status = 500
    await open_difference(sessions, TPS[0], "four")
    async with sessions.begin() as session:
        await session.execute(text("UPDATE webhook SET failures = :n"), {"n": FAILURES_MAX - 1})
    await make_due(sessions)
    assert await send_due(sessions, app.state.signer, private=True) == 1
    await make_due(sessions)
    assert await send_due(sessions, app.state.signer, private=True) == 0


INSIDE = ("127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1")  # noqa: S104
INSIDE_6 = ("fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "::")
WORDS = (
    "http://example.org/",
    "ftp://example.org/",
    "https://",
    "https://a:b@example.org/",
    "https://x/#y",
    "x",
    "//[",
)


async def test_nobody_has_us_knock_at_our_own_doors() -> None:
    for address in (*INSIDE, *INSIDE_6):
        assert not is_public_address(address), address
    assert is_public_address("93.184.216.34")
    assert is_public_address("2606:2800:220:1::1")
    for words in WORDS:
        with pytest.raises(InvalidInputError):
            check_url(words)
    for host in ("127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"):
        with pytest.raises(InvalidInputError):
            await find_target(f"https://{host}/")


async def test_a_feed_tells_the_newest_and_nothing_twice(client: httpx.AsyncClient, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await prepare_contest(session)
    for tps, name in ((TPS[0], "one"), (TPS[4], "elsewhere"), (TPS[1], "two")):
        await open_difference(sessions, tps, name)
    address = "/api/v1/feeds/discrepancies/ppwp-2024.atom?wilayah=11"
    answer = await client.get(address)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    names = {"a": "http://www.w3.org/2005/Atom"}
    feed = ET.fromstring(answer.content)  # noqa: S314 - our own
    titles = [entry.findtext("a:title", namespaces=names) for entry in feed.findall("a:entry", names)]
    assert titles == [
        "TPS 2, KEUDE BAKONGAN, BAKONGAN, ACEH SELATAN, ACEH: number two +1",
        "TPS 1, KEUDE BAKONGAN, BAKONGAN, ACEH SELATAN, ACEH: number one +1",
    ]
    assert (await client.get(address, headers={"if-none-match": answer.headers["etag"]})).status_code == 304
    assert (await client.get("/api/v1/feeds/discrepancies/ppwp-2024.atom?wilayah=x")).status_code == 422
