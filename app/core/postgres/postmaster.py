"""What `postmaster.pid` says about a server that runs on a data folder, and whether it is true."""

import os
from dataclasses import dataclass
from pathlib import Path

LINES = 8
READY = "ready"


@dataclass(frozen=True)
class Postmaster:
    """The server of a data folder: its process, its socket folder, its state ("starting", "ready", "stopping")."""

    pid: int
    sockets: Path
    status: str


def read_postmaster(data: Path) -> Postmaster | None:
    """Return what the server of `data` wrote about itself; nothing while it has not written all of it."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if len(lines) < LINES or not lines[0].isdigit():
        return None
    return Postmaster(int(lines[0]), Path(lines[4]), lines[7].strip())


def find_running(data: Path) -> Postmaster | None:
    """Return the server that runs on `data` now; a file left behind by a killed one names no such process."""
    found = read_postmaster(data)
    return found if found and _serves(found.pid, data) else None


def forget_dead(data: Path) -> None:
    """Remove a left-behind `postmaster.pid` whose number now belongs to another program.

    PostgreSQL itself sees a dead number, but takes any living process of the same user for a server; after a restart of
    a container the number is often somebody else's. Only called under the start lock.
    """
    found = read_postmaster(data)
    if found and not _serves(found.pid, data):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _serves(pid: int, data: Path) -> bool:
    """Tell whether process `pid` is a server on `data`."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return not Path("/proc/self/cmdline").exists() and _exists(pid)
    except PermissionError:
        return True
    return os.fsencode(data) in words


def is_kept(pid: int) -> bool:
    """Tell whether somebody still wants the server: its guard stands over it, and the guard's owner lives.

    A server whose owner was killed answers for a moment more, and is shut down by its guard.
    """
    try:
        guard = _parent_of(pid)
        words = Path(f"/proc/{guard}/cmdline").read_bytes().split(b"\0")
        owner = next((words[place + 1] for place, word in enumerate(words[:-1]) if word.endswith(b"/guard.py")), b"")
        return owner.isdigit() and _parent_of(guard) == int(owner)
    except (FileNotFoundError, ProcessLookupError):
        return not Path("/proc/self/cmdline").exists()
    except PermissionError:
        return True


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
