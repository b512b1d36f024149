"""Child processes in which pictures are decoded and read, each with a limit of memory and of time.

Each child serves one call at a time and is restarted by itself. In a shared pool the death of one child breaks the
calls of all others, and nobody can say which photograph was to blame.

A child is a fresh program (`workers.reader_child`), not a fork and not a copy of this one: it knows no database, shares
no connection, and is not given this process's settings, where passwords are.
"""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.connection import Connection
from types import TracebackType
from typing import ParamSpec, Self, TypeVar, cast

from workers.reader_child import Limits

P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["Limits", "ReaderCrashedError", "ReaderPool", "ReaderProcess"]

LIMITS = Limits()
START_SECONDS_MAX = 60.0
_SECRET = ("RUNUT_", "DATABASE_URL", "PG", "AWS_")
_ONE_THREAD = {
    # Each thread of these would reserve memory of its own, as many as the machine has processors, and the limit on
    # address space would mean something else on every machine.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}


class ReaderCrashedError(Exception):
    """The process that read a photograph died or had to be killed."""


def _environment() -> dict[str, str]:
    """This process's environment without settings, and with its search path, as a child has to find the same code."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_SECRET)}
    return {**kept, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(word for word in sys.path if word)}


class ReaderProcess:
    """One child process, started at its first call. Owned by one caller at a time."""

    def __init__(self, limits: Limits) -> None:
        """Keep the limits; nothing starts yet."""
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while there is one."""
        return None if self._process is None else self._process.pid

    def call(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call`` in the child and return what it returns; its exceptions are raised here.

        Raises:
            ReaderCrashedError: the child died, or took longer than the limit and was killed.
        """
        line = self._be_ready()
        limit = self._limits.wall_seconds
        with _Deadline(self, limit) as deadline:
            try:
                line.send((call, args, kwargs))
                value, error = cast("tuple[T, Exception | None]", line.recv())
            except (EOFError, OSError) as broken:
                self.kill()
                words = f"took longer than {limit:g} s" if deadline.passed else "died"
                raise ReaderCrashedError(f"The reader {words}.") from broken
        if deadline.passed:
            self.kill()  # it answered in the last moment and is being killed: the next call must not meet it
        if error is not None:
            raise error
        return value

    def _be_ready(self) -> Connection:
        """Return the line to a child that lives. One that died idle is replaced: no photograph is to blame for it."""
        if self._process is not None and self._process.poll() is not None:
            self.kill()
        return self._line or self._start()

    def _start(self) -> Connection:
        ours, theirs = socket.socketpair()
        with theirs:
            words = [str(theirs.fileno()), str(os.getpid()), self._limits.as_text()]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "workers.reader_child", *words],
                pass_fds=[theirs.fileno()],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._line = Connection(ours.detach())
        with _Deadline(self, START_SECONDS_MAX):
            try:
                self._line.recv()
            except (EOFError, OSError) as error:
                self.kill()
                raise ReaderCrashedError("The reader's process did not start.") from error
        return self._line

    def interrupt(self) -> None:
        """End the child at once, whatever it does; may be called from any thread. Who waits for it is told."""
        process = self._process
        if process is not None:
            process.kill()

    def kill(self) -> None:
        """End the child and forget it; the next call starts another."""
        process, line = self._process, self._line
        self._process = self._line = None
        if process is not None:
            process.kill()
            process.wait()
        if line is not None:
            line.close()


class _Deadline:
    """Interrupts a process's child when a time has passed; ``passed`` says so."""

    def __init__(self, process: ReaderProcess, seconds: float) -> None:
        self._process = process
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self.passed = False

    def _end(self) -> None:
        self.passed = True
        self._process.interrupt()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()  # from here on it has either struck or never will


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
