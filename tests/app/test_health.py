"""What machines ask the site: is it alive, is it ready, and why not."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.access import public
from app.core.config import Settings
from app.core.database import Sessions
from app.core.health import ANSWER_WITHIN, FRESH_FOR, Readiness, Reason, find_lack_of_room, make_readiness
from app.core.storage import S3Place, S3Store
from tests.app.one_request import ask_site


async def test_readiness_names_a_schema_that_is_not_ours(client: httpx.AsyncClient, sessions: Sessions) -> None:
    assert (await client.get("/readyz")).json() == {"status": "ok"}
    async with sessions.begin() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    await asyncio.sleep(FRESH_FOR)
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["schema"]
    assert "0001" in answer.json()["reasons"][0]["message"]
    assert (await client.get("/healthz")).status_code == 200


@pytest.fixture
async def silent_port() -> AsyncIterator[int]:
    """A server that takes connections and never says a word: what a database that hangs looks like."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_a_database_that_hangs_is_told_in_bounded_time(settings: Settings, silent_port: int) -> None:
    begun = time.monotonic()
    answer = await ask_site(settings, f"postgresql://u@127.0.0.1:{silent_port}/d", "/readyz")
    assert time.monotonic() - begun < ANSWER_WITHIN + 5
    assert answer.json()["reasons"][0]["code"] == "database_slow"


async def test_a_database_that_is_away_is_told_and_asked_for_again(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    away = f"postgresql://u@127.0.0.1:{port}/d"
    answer = await ask_site(settings, away, "/readyz")
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["database_unreachable"]
    assert "127.0.0.1" not in answer.text, "anybody may ask: where the database is, is nobody's business"
    assert str(port) not in answer.text
    page = await ask_site(settings, away, "/")
    assert page.status_code == 503
    assert page.json()["code"] == "database_unreachable"
    assert page.headers["retry-after"] == "2"
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_a_bucket_that_is_away_is_told(settings: Settings, sessions: Sessions, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    place = S3Place("photos", f"http://127.0.0.1:{port}", None, "us-east-1", "", "key", "secret")
    store = S3Store(place)
    begun = time.monotonic()
    reasons = await make_readiness(sessions, store, free_min=1).find_reasons()
    assert time.monotonic() - begun < ANSWER_WITHIN + 5
    assert [reason.code for reason in reasons] in (["store_unavailable"], ["store_slow"])
    store.close()


async def test_a_database_killed_in_the_middle_of_a_request_is_503_and_then_well(
    app: FastAPI, client: httpx.AsyncClient, sessions: Sessions
) -> None:
    async def cut_off() -> None:
        async with sessions.begin() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    app.add_api_route("/api/v1/cut", cut_off, dependencies=[public()])
    answer = await client.get("/api/v1/cut")
    assert answer.status_code == 503
    assert answer.json()["code"] == "database_unreachable"
    assert (await client.get("/")).status_code == 200


async def test_many_probes_cost_one_look() -> None:
    looks = 0

    async def look() -> Reason | None:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0.05)
        return None

    readiness = Readiness({"database": look})
    assert await asyncio.gather(*[readiness.find_reasons() for _ in range(50)]) == [()] * 50
    assert looks == 1


async def test_a_check_that_breaks_is_a_reason() -> None:
    async def look() -> Reason | None:
        raise ValueError("as planned")

    assert [reason.code for reason in await Readiness({"store": look}).find_reasons()] == ["store_failed"]


def test_a_full_disk_and_a_closed_folder_are_reasons(tmp_path: Path) -> None:
    assert find_lack_of_room(tmp_path / "not" / "made" / "yet", 1024) is None
    lack = find_lack_of_room(tmp_path, 2**62)
    assert lack is not None
    assert lack.code == "disk_full"
    if os.geteuid():
        tmp_path.chmod(0o500)
        closed = find_lack_of_room(tmp_path, 1024)
        assert closed is not None
        assert closed.code == "store_unwritable"
