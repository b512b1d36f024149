"""Child processes in which pictures are decoded and read, each with a limit of memory and of time.

Each child serves one call at a time and has a pool of its own. In a shared pool the death of one child breaks the calls
of all others, and nobody can say which photograph was to blame.
"""

import asyncio
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SECONDS_MAX = 120.0
BYTES_MAX = 6 * 1024**3
"""Address space of a child. The picture header's check comes first; this is the wall behind it."""


class ReaderCrashedError(Exception):
    """The process that read a photograph died or had to be killed."""


def begin_reader_process(parent: int, bytes_max: int) -> None:
    """Prepare a child: limit its memory, leave Ctrl-C to the parent, end when the parent is gone."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = bytes_max if hard == resource.RLIM_INFINITY else min(bytes_max, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process soon after its parent was killed; nobody else would."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


class ReaderProcess:
    """One child process. Owned by the call that took it from the pool."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._start()

    def _start(self) -> None:
        # spawn, not fork: the parent has threads and open connections, which a forked child would share.
        self._executor = ProcessPoolExecutor(
            1, get_context("spawn"), initializer=begin_reader_process, initargs=(os.getpid(), self._bytes_max)
        )
        self._started = self._executor.submit(os.getpid)

    async def be_ready(self) -> None:
        """Return when the child has started."""
        await asyncio.wrap_future(self._started)

    def submit(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start a call in the child."""
        return self._executor.submit(call, *args, **kwargs)

    def kill(self) -> None:
        """End the child at once, whatever it does."""
        # Python 3.14 calls this kill_workers(); until then the pool shows its process nowhere else. It is there from
        # the first submit on, long before the child answers.
        for process in dict(self._executor._processes or {}).values():  # noqa: SLF001
            process.kill()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def restart(self) -> None:
        """Put a fresh child in the place of one that died or hangs."""
        self.kill()
        self._start()


class ReaderPool:
    """As many child processes as photographs may be read at once."""

    def __init__(self, readers: int, *, seconds_max: float = SECONDS_MAX, bytes_max: int = BYTES_MAX) -> None:
        self._seconds_max = seconds_max
        self._processes = [ReaderProcess(bytes_max) for _ in range(readers)]
        self._free: asyncio.Queue[ReaderProcess] = asyncio.Queue()
        for process in self._processes:
            self._free.put_nowait(process)

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `call` in a child and return what it returns.

        Raises:
            ReaderCrashedError: the child died, or took longer than the limit and was killed.
        """
        process = await self._free.get()
        try:
            await process.be_ready()
            async with asyncio.timeout(self._seconds_max):
                return await asyncio.wrap_future(process.submit(call, *args, **kwargs))
        except BrokenProcessPool as error:
            process.restart()
            raise ReaderCrashedError("The reader's process died.") from error
        except TimeoutError as error:
            process.restart()
            raise ReaderCrashedError(f"The reader took longer than {self._seconds_max:.0f} s.") from error
        finally:
            self._free.put_nowait(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
