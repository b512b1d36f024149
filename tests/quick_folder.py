"""Folders for data that only a test needs: in memory where there is room, and never left behind for long.

A database is made for nearly every test. On a disk that costs ten times the processor time, most of it for the files'
names and places.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 (the name below it is made exclusively)
ROOM = 3 * 1024**3
"""Bytes that have to be free there: several processes test at once, each with a server of 200 MB or less."""

PREFIX = "runut-quick-"
LOCK = "lock"


@contextmanager
def quick_folder(name: str = "q") -> Iterator[Path]:
    """Give a new folder that is called ``name`` and that every user may pass through; it is gone afterwards."""
    parent = choose_parent()
    remove_left_behind(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    folder.chmod(0o755)  # root's server runs as another user, who has to come through
    unfinished = folder / f"{LOCK}.new"
    with unfinished.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        unfinished.rename(folder / LOCK)  # nobody finds it before it is locked
        try:
            given = folder / name
            given.mkdir()
            given.chmod(0o755)
            yield given
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def choose_parent() -> Path:
    """Return memory's own folder, unless it is missing, small, closed, or no place for programs; then the disk's."""
    if os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        closed_to_programs = os.statvfs(MEMORY).f_flag & os.ST_NOEXEC  # root's server may be copied there
        if not closed_to_programs:
            return MEMORY
    return Path(tempfile.gettempdir())


def remove_left_behind(parent: Path) -> None:
    """Remove our folders of runs that were killed: nobody holds their locks. Memory would stay in use otherwise."""
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            with (folder / LOCK).open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # it is in use, is just being made, or is somebody else's
