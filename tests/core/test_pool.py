"""Pooled connections: a dead one is never handed out."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from app.core import database as core_database
from app.core.database import Sessions, make_engine, make_sessions
from app.core.postgres.databases import plain_dsn

_PID = text("SELECT pg_backend_pid()")


@pytest.fixture
async def pooled(database: str) -> AsyncIterator[Sessions]:
    engine = make_engine(database)
    yield make_sessions(engine)
    await engine.dispose()


async def end(database: str, pooled: Sessions) -> int:
    """End the server process of the pooled connection from outside; return its number once our end has heard of it."""
    heard = asyncio.Event()
    async with pooled.begin() as session:
        process = int((await session.execute(_PID)).scalar_one())
        raw = await (await session.connection()).get_raw_connection()
        held: Any = raw.driver_connection
        held.add_termination_listener(lambda _: heard.set())
    stranger = await asyncpg.connect(plain_dsn(database))
    await stranger.execute("SELECT pg_terminate_backend($1, 20000)", process)
    await stranger.close()
    await asyncio.wait_for(heard.wait(), timeout=60)
    return process


async def ask(sessions: Sessions) -> int:
    async with sessions.begin() as session:
        return int((await session.execute(_PID)).scalar_one())


async def test_a_connection_that_was_ended_is_replaced(pooled: Sessions, database: str) -> None:
    before = await ask(pooled)
    assert await ask(pooled) == before, "or it is not the pool that is tried here"

    assert await end(database, pooled) == before

    assert await ask(pooled) != before


async def test_a_connection_long_unused_is_asked_before_it_is_handed_out(
    pooled: Sessions, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await end(database, pooled)
    monkeypatch.setattr(core_database, "ASKED_AFTER", 0.0)
    # As a router that forgot the connection: our end does not know that it is over.
    monkeypatch.setattr(asyncpg.Connection, "is_closed", lambda _: False)

    assert await ask(pooled) != before
