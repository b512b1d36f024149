"""Who may be begun beside whom in one worker: everybody, but a job that is suspected of killing its worker runs alone.

When a worker dies, all jobs that it had begun are suspects and nothing tells which of them did it. Alone in flight, the
next death speaks against one job only, and no innocent one is given up in its company.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Turns:
    """Lets ordinary jobs run side by side and a suspect alone. Owned by one worker process."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._running = 0
        self._suspects = 0
        """Waiting or running; while there is one, no ordinary job begins, or it would never be alone."""

    @contextlib.asynccontextmanager
    async def beside_others(self) -> AsyncIterator[None]:
        """Run beside other ordinary jobs."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._suspects == 0)
            self._running += 1
        try:
            yield
        finally:
            await self._end_one()

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Run when every other job of this worker has ended, and let none begin meanwhile."""
        self._suspects += 1
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: self._running == 0)
                self._running += 1
            try:
                yield
            finally:
                await self._end_one()
        finally:
            self._suspects -= 1
            async with self._changed:
                self._changed.notify_all()

    async def _end_one(self) -> None:
        async with self._changed:
            self._running -= 1
            self._changed.notify_all()
