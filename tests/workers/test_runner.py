import asyncio
import contextlib
import os
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from pgqueuer.errors import RetryRequested
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.queries import Queries
from pgqueuer.types import QueueEntrypoint, QueueManagerId
from sqlalchemy import text

from app.core.config import Settings
from app.core.database import Sessions
from app.core.jobs import enqueue
from app.core.postgres.databases import plain_dsn
from app.core.storage import LocalStore
from workers import runner
from workers.reader_pool import ReaderPool
from workers.runner import Context, Job, run_worker
from workers.turns import Turns

pytestmark = pytest.mark.slow(15)


@pytest.fixture
def context(sessions: Sessions, settings: Settings) -> Context:
    return Context(sessions, settings, LocalStore(settings.objects), ReaderPool(0))


@pytest.fixture
def reading(context: Context) -> Iterator[Context]:
    """The same, with two reader processes."""
    with ReaderPool(2, seconds_max=4) as readers:
        yield replace(context, readers=readers)


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "BACKOFF_SECONDS", (0.0, 0.0))


@contextlib.asynccontextmanager
async def working(url: str, context: Context, jobs: Mapping[str, Job]) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_worker(url, context, jobs, stopping, readers=2))
        yield
        stopping.set()


async def wait_for(is_so: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not await is_so():  # noqa: ASYNC110 (the database says when, not this process)
            await asyncio.sleep(0.02)


async def count(sessions: Sessions, table: str) -> int:
    async with sessions.begin() as session:
        found: int = (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()  # noqa: S608
        return found


async def put(sessions: Sessions, job: str, **payload: Any) -> None:
    async with sessions.begin() as session:
        await enqueue(session, job, payload)


async def test_a_job_runs_once_and_leaves_nothing(database: str, context: Context) -> None:
    seen: list[Mapping[str, Any]] = []

    async def note(_: Context, payload: Mapping[str, Any]) -> None:
        seen.append(payload)

    async with working(database, context, {"note": Job(note)}):
        await put(context.sessions, "note", n=1)

        async def done() -> bool:
            return bool(seen) and not await count(context.sessions, "pgqueuer")

        await wait_for(done)
    assert seen == [{"n": 1}]
    assert await count(context.sessions, "job_pick") == 0
    assert await count(context.sessions, "job_set_aside") == 0


async def test_a_job_that_fails_once_is_tried_again(database: str, context: Context) -> None:
    tries: list[int] = []

    async def stumble(_: Context, __: Mapping[str, Any]) -> None:
        tries.append(len(tries))
        if len(tries) < 3:
            raise ValueError("not yet")

    async with working(database, context, {"stumble": Job(stumble)}):
        await put(context.sessions, "stumble")

        async def done() -> bool:
            return len(tries) == 3 and not await count(context.sessions, "pgqueuer")

        await wait_for(done)
    assert await count(context.sessions, "job_set_aside") == 0


async def test_a_job_that_fails_three_times_is_set_aside_with_its_words(database: str, context: Context) -> None:
    async def fail(_: Context, __: Mapping[str, Any]) -> None:
        raise ValueError("no such form")

    async with working(database, context, {"fail": Job(fail)}):
        await put(context.sessions, "fail", photo_id=9)

        async def done() -> bool:
            return await count(context.sessions, "job_set_aside") == 1

        await wait_for(done)
    async with context.sessions.begin() as session:
        row = (await session.execute(text("SELECT job, payload, reason, message FROM job_set_aside"))).one()
    assert row == ("fail", {"photo_id": 9}, "failed", "ValueError: no such form")


async def test_a_photo_that_kills_its_reader_twice_is_set_aside_and_others_are_read(
    database: str, reading: Context
) -> None:
    told: list[tuple[Mapping[str, Any], str]] = []
    read: list[int] = []

    async def read_photo(context: Context, payload: Mapping[str, Any]) -> None:
        if payload["photo_id"] == 13:
            await context.ocr(os._exit, 1)
        read.append(await context.ocr(abs, -payload["photo_id"]))

    async def refuse(_: Context, payload: Mapping[str, Any], reason: str) -> None:
        told.append((payload, reason))

    async with working(database, reading, {"read_photo": Job(read_photo, heavy=True, set_aside=refuse)}):
        for photo_id in (11, 12, 13, 14, 15):
            await put(reading.sessions, "read_photo", photo_id=photo_id)

        async def done() -> bool:
            return await count(reading.sessions, "job_set_aside") == 1 and len(read) == 4

        await wait_for(done)
    assert told == [({"photo_id": 13}, "crashed")]
    assert sorted(read) == [11, 12, 14, 15]


async def test_a_job_whose_workers_were_killed_too_often_is_not_begun_again(database: str, context: Context) -> None:
    begun: list[int] = []

    async def run(_: Context, __: Mapping[str, Any]) -> None:
        begun.append(1)

    await put(context.sessions, "run")
    async with context.sessions.begin() as session:  # what killed workers leave behind
        await session.execute(text("INSERT INTO job_pick (job_id, job, crashes) SELECT id, 'run', 4 FROM pgqueuer"))

    async def done() -> bool:
        return await count(context.sessions, "job_set_aside") == 1

    async with working(database, context, {"run": Job(run)}):
        await wait_for(done)
    assert begun == []


async def test_a_database_that_goes_away_under_a_job_blames_nobody(database: str, context: Context) -> None:
    tries: list[int] = []

    async def lose(context: Context, _: Mapping[str, Any]) -> None:
        tries.append(1)
        if len(tries) <= 6:
            async with context.sessions.begin() as session:
                await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    async with working(database, context, {"lose": Job(lose)}):
        await put(context.sessions, "lose")

        async def done() -> bool:
            return len(tries) == 7 and not await count(context.sessions, "pgqueuer")

        await wait_for(done)
    assert await count(context.sessions, "job_set_aside") == 0
    assert await count(context.sessions, "job_pick") == 0


async def test_a_reader_that_hangs_or_eats_memory_is_ended(reading: Context) -> None:
    with pytest.raises(runner.ReaderCrashedError, match="longer than 4 s"):
        await reading.ocr(time.sleep, 600)
    with pytest.raises(MemoryError):
        await reading.ocr(bytearray, 8 * 1024**3)
    assert await reading.ocr(abs, -3) == 3


async def test_a_change_that_comes_while_the_job_runs_makes_a_new_job(database: str, context: Context) -> None:
    runs: list[int] = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def settle(_: Context, __: Mapping[str, Any]) -> None:
        runs.append(1)
        begun.set()
        await go_on.wait()

    async def ask() -> None:
        async with context.sessions.begin() as session:
            await enqueue(session, "settle", {}, dedupe="settle/1")

    async def done() -> bool:
        return len(runs) == 2 and not await count(context.sessions, "pgqueuer")

    async with working(database, context, {"settle": Job(settle)}):
        await ask()
        await begun.wait()
        await ask()
        go_on.set()
        await wait_for(done)


async def test_a_job_whose_worker_is_stopped_is_offered_again_and_not_blamed(database: str, context: Context) -> None:
    begun = asyncio.Event()

    async def linger(_: Context, __: Mapping[str, Any]) -> None:
        begun.set()
        await asyncio.sleep(60)

    await put(context.sessions, "linger")
    connection = await asyncpg.connect(plain_dsn(database))
    queries = Queries.from_asyncpg_connection(connection)
    wanted = {QueueEntrypoint("linger"): EntrypointExecutionParameter(0)}
    (picked,) = await queries.dequeue(1, wanted, QueueManagerId(uuid.uuid4()), None, timedelta(seconds=30))
    await connection.close()
    task = asyncio.create_task(runner.perform_safely(context, {"linger": Job(linger)}, picked, Turns()))
    await begun.wait()
    assert await count(context.sessions, "job_pick WHERE crashes = 1") == 1
    task.cancel()
    with pytest.raises(RetryRequested):
        await task
    assert await count(context.sessions, "job_pick WHERE crashes = 0") == 1
