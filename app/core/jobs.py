"""The narrow port to the job queue: put a job in, in the caller's own transaction.

The job exists when the transaction commits and never existed when it rolls back. Nothing else of the service knows
which library keeps the queue.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from pgqueuer.queries import Queries
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.statements import open_driver

QUEUE_TABLES = frozenset({"pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics"})
"""The library's own tables; a migration runs its own install statements."""

QUEUE_ONE = """
queued AS (
    INSERT INTO pgqueuer (entrypoint, priority, payload, headers, status)
    SELECT name, priority, convert_to(payload, 'UTF8'), CAST(headers AS jsonb), 'queued' FROM job
    RETURNING id, entrypoint, priority
),
queued_logged AS (
    INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
    SELECT id, 'queued', entrypoint, priority FROM queued
)"""
"""Part of a caller's own statement: queues what its part ``job (name, priority, payload, headers)`` gives, as
:func:`enqueue` does with a statement of its own. The last two come from :func:`spell_job`."""


_TAKE_WAITING = text(
    """DELETE FROM pgqueuer WHERE id IN (
         SELECT q.id FROM pgqueuer q
         WHERE q.entrypoint = :job AND q.status = 'queued' AND q.execute_after <= now()
           AND convert_from(q.payload, 'UTF8')::jsonb @> CAST(:like AS jsonb)
           AND NOT EXISTS (SELECT FROM job_pick p WHERE p.job_id = q.id)
         ORDER BY q.id LIMIT :limit FOR UPDATE SKIP LOCKED)
       RETURNING payload"""
)


async def enqueue(
    session: AsyncSession, job: str, payload: Mapping[str, Any], *, dedupe: str | None = None, priority: int = 0
) -> None:
    """Put ``job`` into the queue in the transaction of ``session``; it starts after the commit.

    With ``dedupe``, nothing is added while a job with the same key waits. That loses no work: the waiting job's row is
    locked until this transaction ends, so no worker starts it before it can see what this transaction writes; and a
    worker takes the key off before the job begins, so that a change which comes too late for it makes a new job.
    """
    queries = await _open_queue(session)
    await queries.enqueue(
        job, _encode(payload), priority, dedupe_key=dedupe, headers=_trace(), on_conflict="update_priority"
    )


async def enqueue_many(
    session: AsyncSession,
    job: str,
    payloads: Sequence[Mapping[str, Any]],
    *,
    dedupe: Sequence[str] | None = None,
    priority: int = 0,
) -> None:
    """Put one ``job`` for each of ``payloads`` into the queue with one statement, as :func:`enqueue` does.

    ``dedupe``: the key of each, no key twice, in their sorted order: two callers that lock the same waiting jobs must
    not wait for one another in a circle.
    """
    if payloads:
        queries = await _open_queue(session)
        count = len(payloads)
        encoded: list[bytes | None] = [_encode(payload) for payload in payloads]
        keys: list[str | None] | None = None if dedupe is None else list(dedupe)
        assert dedupe is None or list(dedupe) == sorted(set(dedupe)), "keys out of order could end in a deadlock"
        await queries.enqueue(
            [job] * count,
            encoded,
            [priority] * count,
            dedupe_key=keys,
            headers=[_trace()] * count,
            on_conflict="update_priority",
        )


async def take_waiting(
    session: AsyncSession, job: str, *, like: Mapping[str, Any], limit: int = 100
) -> list[dict[str, Any]]:
    """Take jobs that wait off the queue and return their payloads: whoever does one of a kind does these along with it.

    ``like``: what their payloads hold. They are taken in the transaction of ``session``, which is to do them: after a
    rollback or a crash they wait as before. Oldest first; jobs that somebody has picked, is queueing once more or that
    were tried before are left alone, so that one that always fails is tried by itself.
    """
    values = {"job": job, "like": json.dumps(dict(like)), "limit": limit}
    return [decode_payload(payload) for payload in (await session.execute(_TAKE_WAITING, values)).scalars()]


def decode_payload(data: bytes | None) -> dict[str, Any]:
    """Return what :func:`enqueue` was given."""
    found: dict[str, Any] = json.loads(data or b"{}")
    return found


def spell_job(payload: Mapping[str, Any]) -> tuple[str, str]:
    """Return payload and headers of a job as :data:`QUEUE_ONE` takes them."""
    return _encode(payload).decode(), json.dumps(_trace())


def _encode(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(payload), separators=(",", ":")).encode()


def _trace() -> dict[str, str] | None:
    """Return the number of the request or job that queues this one, so that log lines of both can be found together."""
    number = structlog.contextvars.get_contextvars().get("request_id")
    return {"request_id": number} if number else None


async def _open_queue(session: AsyncSession) -> Queries:
    """Return the queue inside this session's transaction."""
    return Queries.from_asyncpg_connection(await open_driver(session))
