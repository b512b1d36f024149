"""The short cut in the server's protocol: what goes over the wire is what the application would have sent."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from fastapi import FastAPI

from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.publication.press import Press
from app.publication.publish import publish_contest
from tests.publication.conftest import accept
from workers.cli.serve import configure

REGION = "/data/ppwp-2024/1101012001.json"
SLOW = "/data/ppwp-2024/1101012001.json?slowly"
"""The same file; an address with a query is never one that lies ready."""


@pytest.fixture
async def port(app: FastAPI, press: Press, ppwp: Contest, sessions: Sessions) -> AsyncIterator[int]:
    """Port of a site as ``serve`` configures it, with something published."""
    await accept(sessions, ppwp, "1101012001001")
    await publish_contest(press, pemilihan_id=ppwp.id)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(configure(app))
    running = asyncio.create_task(server._serve([listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn sets a flag and no event
        await asyncio.sleep(0.01)
    yield listener.getsockname()[1]
    server.should_exit = True
    server.force_exit = True
    await running
    listener.close()


def ask(path: str, *more: str, method: str = "GET", body: str = "") -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/1.1", "host: site", *more, "", body)).encode()


@asynccontextmanager
async def connect(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def read(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers but for the time, and body of the next answer."""
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)).decode()
    first, *lines = head.strip().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    headers.pop("date")
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return int(first.split()[1]), headers, body


async def test_the_second_reader_gets_what_the_first_one_got(port: int) -> None:
    for more in (("accept-encoding: gzip, br",), (), ("Accept-Encoding: br;q=0",)):
        async with connect(port) as (reader, writer):
            answers = []
            for _ in range(3):
                writer.write(ask(REGION, *more))
                answers.append(await read(reader))
            assert answers[0][0] == 200
            assert answers[1:] == answers[:1] * 2
            tag = answers[0][1]["etag"]
            writer.write(ask(REGION, *more, f"if-none-match: {tag}"))
            status, headers, body = await read(reader)
            assert (status, body, headers["etag"]) == (304, b"", tag)


async def test_answers_come_in_the_order_of_the_requests_however_each_was_made(port: int) -> None:
    """Ready, not ready, refused, ready again, all sent at once."""
    async with connect(port) as (reader, writer):
        writer.write(ask(REGION))
        region = (await read(reader))[2]
        writer.write(ask(REGION) + ask("/healthz") + ask("/data/none.json") + ask(REGION) + ask(SLOW) + ask(REGION))
        answers = [await read(reader) for _ in range(6)]
    assert [status for status, _, _ in answers] == [200, 200, 404, 200, 200, 200]
    assert [body == region for _, _, body in answers] == [True, False, False, True, True, True]


async def test_a_body_that_nobody_asked_for_is_not_taken_for_a_request(port: int) -> None:
    async with connect(port) as (reader, writer):
        writer.write(ask(REGION))
        region = await read(reader)
        smuggled = ask("/data/none.json").decode()
        writer.write(ask(REGION, f"content-length: {len(smuggled)}", body=smuggled) + ask("/healthz"))
        assert await read(reader) == region
        assert (await read(reader))[0] == 200


async def test_whoever_wants_the_connection_closed_has_it_closed(port: int) -> None:
    async with connect(port) as (reader, writer):
        writer.write(ask(REGION))
        region = await read(reader)
        writer.write(ask(REGION, "connection: close"))
        assert (await read(reader))[2] == region[2]
        assert await asyncio.wait_for(reader.read(), 20) == b""
