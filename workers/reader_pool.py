"""As many reader processes as photographs may be read at once, each with a limit of memory and of time.

Each child serves one call at a time and is restarted by itself. In a shared pool the death of one child breaks the
calls of all others, and nobody can say which photograph was to blame.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from workers.reader_process import LIMITS, Limits, ReaderCrashedError, ReaderProcess

__all__ = ["Limits", "ReaderCrashedError", "ReaderPool"]

P = ParamSpec("P")
T = TypeVar("T")


class ReaderPool:
    """As many child processes as photographs may be read at once. Each starts when it is first needed."""

    def __init__(self, readers: int, *, limits: Limits = LIMITS, seconds_max: float | None = None) -> None:
        """Keep ``readers`` places; ``seconds_max`` replaces the limits' own time on the clock."""
        own = limits if seconds_max is None else replace(limits, wall_seconds=seconds_max)
        self._processes = [ReaderProcess(own) for _ in range(readers)]
        self._free: asyncio.Queue[ReaderProcess] = asyncio.Queue()
        for process in self._processes:
            self._free.put_nowait(process)
        # Threads that only wait for a child; asyncio's own might all be busy with something else.
        self._threads = ThreadPoolExecutor(max(1, readers), thread_name_prefix="reader")

    @property
    def pids(self) -> list[int]:
        """Process ids of the children that run now."""
        return [process.pid for process in self._processes if process.pid is not None]

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `call` in a child and return what it returns.

        Raises:
            ReaderCrashedError: the child died, or took longer than the limit and was killed.
        """
        process = await self._free.get()
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._threads, lambda: process.call(call, *args, **kwargs))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            process.interrupt()  # nobody waits for its answer any more
            await asyncio.wait([running])
            running.exception()  # looked at, or asyncio complains that nobody did
            process.kill()
            raise
        finally:
            self._free.put_nowait(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.interrupt()
        self._threads.shutdown()
        for process in self._processes:
            process.kill()
