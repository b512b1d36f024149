"""To see that somebody waits for a lock, instead of sleeping and hoping that he does by now."""

import asyncio
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# pg_locks is of the whole server; whom a session waits for leaves other tests' databases out. Both are read anew each
# time, unlike pg_stat_activity, of which a transaction keeps what it saw first.
_WAITERS = text(
    """SELECT count(DISTINCT pid) FROM pg_locks
       WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"""
)
PATIENCE = 60.0
"""Seconds; only a lock that nobody takes lasts so long."""


async def wait_until_kept_out(session: AsyncSession, *tasks: asyncio.Task[Any]) -> None:
    """Return once so many sessions as there are tasks wait for locks that this session's transaction holds.

    Raises:
        AssertionError: a task ended without having waited.
        TimeoutError: they neither wait nor end.
    """
    async with asyncio.timeout(PATIENCE):
        while (await session.execute(_WAITERS)).scalar_one() < len(tasks):
            for task in tasks:
                assert not task.done(), f"did not wait: {task.exception() or task.result()!r}"
            await asyncio.sleep(0.01)
