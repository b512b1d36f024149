"""The child process in which pictures are decoded: `python -m workers.reader_child SOCKET PARENT LIMITS MODULE...`.

It answers one call after the other over the socket it was born with. The limits are set before anything that decodes is
loaded, so no library can be surprised by a file before they hold. They bound what a hostile file costs; they are no
sandbox against a decoder that was taken over, which runs as the same user.
"""

import contextlib
import importlib
import json
import math
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from typing import Any, Self

from workers.reader_answer import pack_error, pack_value

MIB = 1024 * 1024

READY = b"ready"
"""What a child says once it is prepared, before any call."""

NET = "READER_NET"
"""What a child's environment calls the setting RUNUT_DIGIT_MODEL, see `workers.chosen_net`."""


@dataclass(frozen=True)
class Limits:
    """What one child may use. docs/hostile-input.md has the figures behind it.

    ``address_bytes``: its address space. ``cpu_seconds``: processor time of one call, without what was loaded before
    the first; beyond it the kernel ends the child, to some milliseconds. ``wall_seconds``: time of one call on the
    clock, several times as long, for machines that are busy. ``file_bytes``: size of a file that it may write; none by
    default. ``open_files``: descriptors.
    """

    address_bytes: int = 1536 * MIB
    cpu_seconds: float = 15.0
    wall_seconds: float = 60.0
    file_bytes: int = 0
    open_files: int = 64

    def as_text(self) -> str:
        """For the child's command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The other way."""
        return cls(**json.loads(text))


def call_named(module: str, name: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (whatever is named)
    """Call a function that the parent names instead of loading it, as it would load the decoders with it."""
    return getattr(importlib.import_module(module), name)(*args, **kwargs)


def set_limits(limits: Limits) -> None:
    """Limit this process for good, soft and hard; processor time is granted call by call."""
    for kind, wanted in (
        (resource.RLIMIT_AS, limits.address_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (most, most))


def grant_cpu(seconds: float) -> None:
    """Allow that much processor time from now on: SIGPROF, which nobody answers, ends the process.

    The resource limit stands behind it. It counts whole seconds, and the whole life of a process.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(time.process_time()) + 2 + math.ceil(seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _end_with(parent: int) -> None:
    """End this process soon after its parent was killed; while a call runs nobody else would."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _silence() -> None:
    """What decoders say about a file is the sender's text: it must reach neither the log nor a terminal."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stderr.fileno())
    os.close(nowhere)


def _answer(call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    """Return what the call returned or raised, packed; a value that cannot be sent is an exception like any other."""
    try:
        return pack_value(call(*args, **kwargs))
    except Exception as error:  # noqa: BLE001 (it is the caller's to judge; only the death of the process is ours)
        return pack_error(error)


def serve(line: Connection, limits: Limits) -> None:
    """Answer calls until the parent hangs up."""
    with contextlib.suppress(EOFError, ConnectionError):
        line.send_bytes(READY)
        while True:
            call, args, kwargs = line.recv()
            grant_cpu(limits.cpu_seconds)
            answer = _answer(call, args, kwargs)
            signal.setitimer(signal.ITIMER_PROF, 0)
            line.send_bytes(answer)


def main(words: list[str]) -> None:
    """Prepare this process and serve."""
    limits = Limits.from_text(words[2])
    set_limits(limits)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_end_with, args=(int(words[1]),), daemon=True).start()
    for module in words[3:]:
        importlib.import_module(module)
    _silence()
    serve(Connection(int(words[0])), limits)


if __name__ == "__main__":
    main(sys.argv[1:])
