"""One child process in which pictures are decoded and read, with limits of memory and of time.

A child is a fresh program (`workers.reader_child`), not a fork and not a copy of this one: it knows no database, shares
no connection, and is not given this process's settings, where passwords are.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from types import MappingProxyType
from typing import Final, Literal, ParamSpec, Self, TypeAlias, TypeVar, cast

from app.core.errors import InvalidInputError
from ocr.model import MODELS
from workers.reader_answer import ANSWER_BYTES_MAX, NotAnAnswerError, unpack_answer
from workers.reader_child import MIB, NET, READY, Limits

P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["LIMITS", "PAGE_LIMITS", "Limits", "ReaderCrashedError", "ReaderProcess"]

LIMITS = Limits()
PAGE_LIMITS = Limits(cpu_seconds=0.95, wall_seconds=30.0)
"""For counting a document's pages and for drawing one of them: three times what scans of 12 megapixels take."""
PHOTO_MODULES = ("workers.look_at_photos", "workers.chosen_net")
PAGE_MODULES = ("workers.look_at_pages", "ocr.split_pdf")
"""What a child loads before its first call, so that the call's time is its own."""
START_SECONDS_MAX = 60.0
_SECRET = ("RUNUT_", "DATABASE_URL", "PG", "AWS_")
_FOR_LIBRARIES = {
    # Each thread of these would reserve memory of its own, as many as the machine has processors, and the limit on
    # address space would mean something else on every machine.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    # A picture's arrays are as large as those of the one before. Given back and taken anew, they cost the kernel 6,000
    # pages to clear for each photograph, an eighth of the reader's time. What is free beyond 256 MiB is given back.
    "MALLOC_MMAP_THRESHOLD_": str(32 * MIB),
    "MALLOC_TRIM_THRESHOLD_": str(256 * MIB),
}


Spent: TypeAlias = Literal["time", "memory"]
_SPENT_BY_SIGNAL: Final = MappingProxyType[int, Spent](
    {
        signal.SIGPROF: "time",
        signal.SIGXCPU: "time",
        # Libraries end the process like this themselves when they get no memory, and so does C++.
        signal.SIGABRT: "memory",
        signal.SIGILL: "memory",
        signal.SIGTRAP: "memory",
    }
)


class ReaderCrashedError(Exception):
    """The process that read a photograph died or had to be killed.

    ``spent``: the limit that explains it, so that another try would end the same way. None: nothing does. A process
    that took too long on the clock may only have waited for a busy machine.
    """

    def __init__(self, message: str, spent: Spent | None = None) -> None:
        super().__init__(message)
        self.spent = spent


def _choose_net() -> dict[str, str]:
    """What tells a child which net to read with. Raises InvalidInputError: the setting names none."""
    name = os.environ.get("RUNUT_DIGIT_MODEL") or MODELS[0]
    if name not in MODELS:
        raise InvalidInputError(f"RUNUT_DIGIT_MODEL is {name!r}.", f"Write {' or '.join(MODELS)}, or nothing.")
    return {NET: name}


def _environment() -> dict[str, str]:
    """This process's environment without settings, and with its search path, as a child has to find the same code."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_SECRET)}
    return {**kept, **_FOR_LIBRARIES, **_choose_net(), "PYTHONPATH": os.pathsep.join(word for word in sys.path if word)}


class ReaderProcess:
    """One child process, started at its first call. Owned by one caller at a time."""

    def __init__(self, limits: Limits, modules: Sequence[str] = PHOTO_MODULES) -> None:
        """Keep the limits, and what the child is to load beforehand; nothing starts yet."""
        self._limits = limits
        self._modules = modules
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while there is one."""
        return None if self._process is None else self._process.pid

    def call(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call`` in the child and return what it returns; its exceptions are raised here.

        Only what `workers.reader_answer` lists comes back.

        Raises:
            ReaderCrashedError: the child died, took longer than the limit, or did not answer as a reader does, and was
                killed.
        """
        line = self._be_ready()
        limit = self._limits.wall_seconds
        with _Deadline(self, limit) as deadline:
            try:
                line.send((call, args, kwargs))
                answer = line.recv_bytes(ANSWER_BYTES_MAX)
            except (EOFError, OSError) as broken:
                raise self._explain(limit if deadline.passed else None) from broken
        if deadline.passed:
            self.kill()  # it answered in the last moment and is being killed: the next call must not meet it
        value, error = self._take(answer)
        if error is not None:
            raise error
        return cast("T", value)

    def _take(self, answer: bytes) -> tuple[object, Exception | None]:
        """Unpack an answer. A child that sent no answer was taken over by a file: it must not live to the next."""
        try:
            return unpack_answer(answer)
        except NotAnAnswerError as error:
            self.kill()
            raise ReaderCrashedError(str(error)) from error

    def _explain(self, late: float | None) -> ReaderCrashedError:
        """Forget the child that died, and say why it did; ``late``: seconds after which it was killed."""
        process = self._process
        self.kill()
        if late is not None:
            return ReaderCrashedError(f"The reader took longer than {late:g} s.")
        spent = None if process is None else _SPENT_BY_SIGNAL.get(-process.returncode)
        return ReaderCrashedError("The reader died." if spent is None else f"The reader's {spent} was spent.", spent)

    def _be_ready(self) -> Connection:
        """Return the line to a child that lives. One that died idle is replaced: no photograph is to blame for it."""
        if self._process is not None and self._process.poll() is not None:
            self.kill()
        return self._line or self._start()

    def _start(self) -> Connection:
        environment = _environment()
        ours, theirs = socket.socketpair()
        with theirs:
            words = [str(theirs.fileno()), str(os.getpid()), self._limits.as_text(), *self._modules]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "workers.reader_child", *words],
                pass_fds=[theirs.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._line = Connection(ours.detach())
        with _Deadline(self, START_SECONDS_MAX):
            try:
                said = self._line.recv_bytes(len(READY))
            except (EOFError, OSError) as error:
                self.kill()
                raise ReaderCrashedError("The reader's process did not start.") from error
        if said != READY:
            self.kill()
            raise ReaderCrashedError("The reader's process did not start as one.")
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
