"""Jobs of one worker that would only repeat each other's work wait for one another here, by name."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Queues:
    """Queues by name, each there while somebody stands in it. Owned by one worker process, used from its event loop."""

    def __init__(self) -> None:
        self._turns: dict[str, asyncio.Lock] = {}
        self._standing: dict[str, int] = {}

    @contextlib.asynccontextmanager
    async def wait_turn(self, name: str) -> AsyncIterator[bool]:
        """Let one at a time into the block, in the order they came; say whether one had to wait."""
        turn = self._turns.setdefault(name, asyncio.Lock())
        self._standing[name] = self._standing.get(name, 0) + 1
        waited = turn.locked()
        try:
            async with turn:
                yield waited
        finally:
            self._standing[name] -= 1
            if not self._standing[name]:
                del self._turns[name], self._standing[name]
