"""Pooled connections: a dead one is never handed out."""

import asyncio
from collections.abc import AsyncIterator

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


async def end(database: str, session: int) -> None:
    """End a server process from outside and wait until it is gone."""
    stranger = await asyncpg.connect(plain_dsn(database))
    await stranger.execute("SELECT pg_terminate_backend($1, 20000)", session)
    await stranger.close()
    await asyncio.sleep(0.1)  # for our end of the connection to hear of it


async def ask(sessions: Sessions) -> int:
    async with sessions.begin() as session:
        return int((await session.execute(_PID)).scalar_one())


async def test_a_connection_that_was_ended_is_replaced(pooled: Sessions, database: str) -> None:
    before = await ask(pooled)
    assert await ask(pooled) == before, "or it is not the pool that is tried here"

    await end(database, before)

    assert await ask(pooled) != before


async def test_a_connection_long_unused_is_asked_before_it_is_handed_out(
    pooled: Sessions, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await ask(pooled)
    await end(database, before)
    monkeypatch.setattr(core_database, "ASKED_AFTER", 0.0)
    # As a router that forgot the connection: our end does not know that it is over.
    monkeypatch.setattr(asyncpg.Connection, "is_closed", lambda _: False)

    assert await ask(pooled) != before
