"""The process between Runut and PostgreSQL: starts the server, and stops it when Runut is gone, however it went.

Standard library only; run as a program of its own: `guard.py PARENT UID GID LOG TEMPORARY POSTGRES ARGUMENTS...`. UID
is -1 when the user does not change; TEMPORARY is an empty word or a folder to remove at the end. Its standard input
is a pipe that Runut holds open and never writes to.

Two signs say that Runut is gone: the pipe closes, or our parent is another process. The second is for the case that a
forked child of Runut still holds the pipe. If the guard itself is killed, the kernel sends the server SIGINT.

When the server's main process is killed, a session of it that is busy goes on, and the data must not be opened again
beside it. Such orphans become the guard's own children, and are ended before it ends.
"""

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LOOK_EVERY = 0.25
"""Seconds between two looks at the parent; the pipe is noticed at once."""

STOPPING = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
"""Fast shutdown first; immediate shutdown (recovery at the next start) and a kill when the server does not obey."""

ORPHANS_LEAVE_WITHIN = 2.0
"""Seconds for a session to see that its server is gone; afterwards it is killed."""


def die_with(parent: int) -> Callable[[], None]:
    """Return what the server's process calls before it becomes the server.

    It runs after the user was changed: a change of user clears the parent-death signal. A guard that died before the
    call would never be noticed, hence the second look.
    """
    libc = ctypes.CDLL(None)

    def ask_for_signal() -> None:
        if hasattr(libc, "prctl"):
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask_for_signal


def start_server(uid: int, gid: int, log: Path, command: list[str]) -> subprocess.Popen[bytes]:
    """Start the server as `uid`, its words going to the end of `log`."""
    changes = uid >= 0
    with log.open("ab") as words:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            cwd="/",
            umask=0o077,
            user=uid if changes else None,
            group=gid if changes else None,
            extra_groups=[] if changes else None,
            preexec_fn=die_with(os.getpid()),  # noqa: PLW1509 (this process has one thread)
        )


def stop_server(server: subprocess.Popen[bytes]) -> int:
    """Stop the server, gently first; return its exit code."""
    for sign, patience in STOPPING:
        if server.poll() is None:
            server.send_signal(sign)
            try:
                server.wait(patience)
            except subprocess.TimeoutExpired:
                continue
    return server.wait()


def adopt_orphans() -> None:
    """Become the parent of the server's own children when it dies (Linux; elsewhere nobody can)."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def find_children() -> list[int]:
    """Return our children; those that ended before this look are let go of, those that end during it by the next."""
    with contextlib.suppress(ChildProcessError):  # there is none at all
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    children = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = entry.read_text().rpartition(")")[2].split()[1]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == os.getpid():
            children.append(int(entry.parent.name))
    return children


def end_orphans() -> None:
    """Wait for what the server left running to see that it is gone; kill what does not."""
    end = time.monotonic() + ORPHANS_LEAVE_WITHIN
    while (orphans := find_children()) and time.monotonic() < end:
        time.sleep(0.05)
    for orphan in orphans:
        os.kill(orphan, signal.SIGKILL)
    while find_children():  # the kernel ends them as soon as it can; only then may the data be opened again
        time.sleep(0.05)


def watch(parent: int, server: subprocess.Popen[bytes], is_told: Callable[[], bool]) -> None:
    """Return when Runut is gone, when we were told to stop, or when the server ended by itself."""
    while server.poll() is None and os.getppid() == parent and not is_told():
        ready, _, _ = select.select([sys.stdin.fileno()], [], [], LOOK_EVERY)
        if ready and not os.read(sys.stdin.fileno(), 1):
            return


def main(words: list[str]) -> int:
    """Guard one server from its start to its end."""
    told: list[int] = []

    def note(sign: int, _frame: FrameType | None) -> None:
        told.append(sign)

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for Runut, which stops its workers before the database
    parent, uid, gid, log, temporary, *command = words
    adopt_orphans()
    server = start_server(int(uid), int(gid), Path(log), command)
    watch(int(parent), server, lambda: bool(told))
    code = stop_server(server)
    end_orphans()
    if temporary:
        shutil.rmtree(temporary, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
