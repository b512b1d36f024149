import asyncio
from typing import Any

from sqlalchemy import text

from app.core.database import Sessions
from app.core.jobs import decode_payload, enqueue, enqueue_many


async def _queued(sessions: Sessions) -> list[tuple[str, dict[str, Any]]]:
    async with sessions.begin() as session:
        rows = await session.execute(text("SELECT entrypoint, payload FROM pgqueuer ORDER BY id"))
        return [(name, decode_payload(payload)) for name, payload in rows]


async def test_a_commit_leaves_one_job(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await enqueue(session, "read_photo", {"photo_id": 7})
    assert await _queued(sessions) == [("read_photo", {"photo_id": 7})]


async def test_a_rollback_leaves_no_job(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await enqueue(session, "read_photo", {"photo_id": 7})  # the very first statement of the session
        await session.rollback()
    assert await _queued(sessions) == []


async def test_nobody_sees_the_job_before_the_commit(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await enqueue(session, "read_photo", {"photo_id": 7})
        assert await _queued(sessions) == []


async def test_many_jobs_are_put_in_together(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await enqueue_many(session, "compare", [{"tps": number} for number in range(1000)])
        await enqueue_many(session, "compare", [])
    queued = await _queued(sessions)
    assert [payload["tps"] for _, payload in queued] == list(range(1000))


async def test_equal_keys_make_one_job(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        for _ in range(5):
            await enqueue(session, "settle", {"section_id": 3}, dedupe="settle/3")
        await enqueue(session, "settle", {"section_id": 4}, dedupe="settle/4")
    assert [payload["section_id"] for _, payload in await _queued(sessions)] == [3, 4]


async def test_a_job_that_is_relied_on_does_not_start_before_the_commit(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await enqueue(session, "settle", {"section_id": 3}, dedupe="settle/3")
    async with sessions.begin() as later:
        await enqueue(later, "settle", {"section_id": 3}, dedupe="settle/3")
        async with sessions.begin() as worker:
            free = await worker.execute(text("SELECT id FROM pgqueuer FOR UPDATE SKIP LOCKED"))
            assert free.all() == [], "a worker would run it without seeing what `later` writes"
    assert len(await _queued(sessions)) == 1


async def test_two_callers_at_once_make_one_job(sessions: Sessions) -> None:
    async def put() -> None:
        async with sessions.begin() as session:
            await enqueue(session, "settle", {"section_id": 3}, dedupe="settle/3")
            await asyncio.sleep(0.05)

    await asyncio.gather(*(put() for _ in range(5)))
    assert len(await _queued(sessions)) == 1
