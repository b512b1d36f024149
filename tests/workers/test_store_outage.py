"""A job under which the object store goes away waits for it, however long, and is never held against the photograph."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import text

from app.core.config import Settings
from app.core.database import Sessions
from app.core.jobs import enqueue
from app.core.storage import LocalStore, S3Place, S3Store
from workers import runner
from workers.attempts import CRASHES_MAX, FAILURES_MAX
from workers.job import Context
from workers.reader_pool import ReaderPool
from workers.runner import Job, run_worker


async def test_a_store_that_is_away_sets_no_job_aside(
    database: str, sessions: Sessions, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "WAIT_FOR_STORE", 0.0)
    nobody = S3Store(S3Place("b", "http://127.0.0.1:1", access_key="a", secret_key="b"))
    context = Context(sessions, settings, LocalStore(settings.objects), ReaderPool(0))
    stopping, tries = asyncio.Event(), 0

    async def read(_: Context, __: Mapping[str, Any]) -> None:
        nonlocal tries
        tries += 1
        if tries <= CRASHES_MAX + FAILURES_MAX:
            await nobody.read("page/1.jpg")
        stopping.set()

    # A closed port is refused at once; the client's own waits between its tries are not what is tested here.
    nobody.connection.client.meta.events.unregister("needs-retry.s3")
    async with sessions.begin() as session:
        await enqueue(session, "read", {})
    async with asyncio.timeout(60):
        await run_worker(database, context, {"read": Job(read)}, stopping, readers=1)
    nobody.close()

    assert tries == CRASHES_MAX + FAILURES_MAX + 1
    async with sessions.begin() as session:
        assert await session.scalar(text("SELECT count(*) FROM job_set_aside")) == 0
        assert await session.scalar(text("SELECT count(*) FROM pgqueuer")) == 0
