"""One child process in which pictures are decoded and read, with limits of memory and of time.

A child is a fresh program (`workers.reader_child`), not a fork and not a copy of this one: it knows no database, shares
no connection, and is not given this process's settings, where passwords are.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import ParamSpec, Self, TypeVar, cast

from workers.reader_child import Limits

P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["LIMITS", "Limits", "ReaderCrashedError", "ReaderProcess"]

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

    close = kill


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
