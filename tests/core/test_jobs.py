import asyncio
from typing import Any

from sqlalchemy import text

from app.core.database import Sessions
from app.core.jobs import decode_payload, enqueue, enqueue_many, take_waiting


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


async def test_jobs_like_one_are_taken_along_oldest_first_and_wait_again_after_a_rollback(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        for number in (1, 2, 3):
            await enqueue(session, "compare", {"contest": 7, "tps": number}, dedupe=f"compare/{number}")
        await enqueue(session, "compare", {"contest": 8, "tps": 4})
        await enqueue(session, "settle", {"contest": 7})
    async with sessions.begin() as session:
        assert len(await take_waiting(session, "compare", like={"contest": 7})) == 3
        await session.rollback()
    async with sessions.begin() as session:
        taken = await take_waiting(session, "compare", like={"contest": 7}, limit=2)
        assert sorted(one["tps"] for one in taken) == [1, 2]
    left = [("compare", {"contest": 7, "tps": 3}), ("compare", {"contest": 8, "tps": 4}), ("settle", {"contest": 7})]
    assert await _queued(sessions) == left


async def test_jobs_that_are_picked_were_tried_or_are_being_queued_are_not_taken_along(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        for number in (1, 2, 3):
            await enqueue(session, "compare", {"tps": number}, dedupe=f"compare/{number}")
        await session.execute(text("UPDATE pgqueuer SET status = 'picked' WHERE dedupe_key = 'compare/1'"))
        await session.execute(
            text("INSERT INTO job_pick (job_id, job) SELECT id, 'compare' FROM pgqueuer WHERE dedupe_key = 'compare/2'")
        )
    async with sessions.begin() as later:
        await enqueue(later, "compare", {"tps": 3}, dedupe="compare/3")
        async with sessions.begin() as session:
            assert await take_waiting(session, "compare", like={}) == []
    async with sessions.begin() as session:
        assert await take_waiting(session, "compare", like={}) == [{"tps": 3}]
