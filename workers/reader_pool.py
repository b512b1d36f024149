"""As many reader processes as photographs may be read at once, each with a limit of memory and of time.

Each child serves one call at a time and is restarted by itself. In a shared pool the death of one child breaks the
calls of all others, and nobody can say which photograph was to blame.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from workers.reader_places import Places
from workers.reader_process import LIMITS, PAGE_LIMITS, PAGE_MODULES, Limits, ReaderCrashedError, ReaderProcess

__all__ = ["DocumentReader", "Limits", "ReaderCrashedError", "ReaderPool"]

AHEAD = 2
"""Photographs in memory for each reader: the one it reads, and the one that it reads next."""

P = ParamSpec("P")
T = TypeVar("T")


class ReaderPool:
    """As many child processes as photographs may be read at once. Each starts when it is first needed."""

    def __init__(self, readers: int, *, limits: Limits = LIMITS, seconds_max: float | None = None) -> None:
        """Keep ``readers`` places; ``seconds_max`` replaces the limits' own time on the clock."""
        own = limits if seconds_max is None else replace(limits, wall_seconds=seconds_max)
        self._processes = [ReaderProcess(own) for _ in range(readers)]
        self._of_documents: set[ReaderProcess] = set()
        self._places = Places(self._processes)
        self.ahead = asyncio.Semaphore(AHEAD * max(1, readers))
        """For callers to hold while they hold a photograph: so many are loaded for each reader, and no more."""
        # Threads that only wait for a child; asyncio's own might all be busy with something else.
        self._threads = ThreadPoolExecutor(max(1, readers), thread_name_prefix="reader")

    @property
    def pids(self) -> list[int]:
        """Process ids of the children that run now, without those of documents."""
        return [process.pid for process in self._processes if process.pid is not None]

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `call` in a child and return what it returns.

        Raises:
            ReaderCrashedError: the child died, or took longer than the limit and was killed.
        """
        return await self.run_near((), call, *args, **kwargs)

    async def run_near(self, things: Collection[str], call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same in a child that a call near one of ``things`` ran in before, if it can be had in turn."""
        process = await self._places.take(things)
        try:
            return await self._wait_for(process, call, *args, **kwargs)
        finally:
            self._places.give_back(process, things)

    @asynccontextmanager
    async def open_document(self, limits: Limits = PAGE_LIMITS) -> AsyncIterator["DocumentReader"]:
        """Give a document a child of its own, closed at the end: what kills it costs the others nothing.

        It works only while it holds a place of this pool, so that no more processes work at once than there are places.
        """
        process = ReaderProcess(limits, PAGE_MODULES)
        self._of_documents.add(process)
        try:
            yield DocumentReader(self, process)
        finally:
            self._of_documents.discard(process)
            process.close()

    async def run_in(self, process: ReaderProcess, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `call` in a document's process as soon as there is a place. Raises ReaderCrashedError."""
        idle = await self._places.take()
        try:
            return await self._wait_for(process, call, *args, **kwargs)
        finally:
            self._places.give_back(idle)

    async def _wait_for(self, process: ReaderProcess, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        every = [*self._processes, *self._of_documents]
        for process in every:
            process.interrupt()
        self._threads.shutdown()
        for process in every:
            process.kill()


class DocumentReader:
    """A child process for one document."""

    def __init__(self, pool: ReaderPool, process: ReaderProcess) -> None:
        """See `ReaderPool.open_document`."""
        self._pool = pool
        self._process = process

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `call` there and return what it returns. Raises ReaderCrashedError."""
        return await self._pool.run_in(self._process, call, *args, **kwargs)
