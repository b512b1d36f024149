"""The folders of one embedded server: whose they are, where they lie, how they are made.

`folder` is what the settings name. It carries the mark `runut-postgres`, written by us and by nobody else; a folder
that holds anything but has no mark is not ours and stays as it is. Modes are set on folders made here, never on others.

Root's server runs as an unprivileged user. When that user cannot come to `folder` (it lies below /root, say), data and
socket go to a `place` of their own below /var/lib, and the mark says where.
"""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.postgres.errors import EmbeddedPostgresError
from app.core.postgres.runner import Runner

MARK = "runut-postgres"
LOCK = "start.lock"
OURS_FROM_THE_FIRST_MOMENT = {MARK, f"{MARK}.new", LOCK}

ELSEWHERE = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 (the name below it is made exclusively, with a secret in it)

SOCKET_PATH_LIMIT = 107
"""Bytes the kernel allows for the path of a unix socket."""

SOCKET_NAME = ".s.PGSQL.5432.lock"
"""The longest name that the server makes beside its socket."""


@dataclass(frozen=True)
class Cluster:
    """One server's files. `place` is `folder` itself, or where its user can reach."""

    folder: Path
    place: Path
    cookie: str

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.place / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.place / "postgres.log"


@contextlib.contextmanager
def open_cluster(folder: Path, runner: Runner) -> Iterator[Cluster]:
    """Give the cluster of `folder`, made on first use, locked against a second start for as long as the block lasts.

    Raises:
        EmbeddedPostgresError: the folder is somebody else's, holds other things, or cannot be made.
    """
    resolved = folder.resolve()
    _make_or_check(resolved)
    with (resolved / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel lets go of it when this process ends in any way
        yield _read_or_write_mark(resolved, runner)


def _make_or_check(folder: Path) -> None:
    """Make `folder`, or refuse it when it belongs to another user or holds things that are not ours."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        make_folder(folder, 0o755 if os.geteuid() == 0 else 0o700)
    except FileExistsError:
        _check(folder)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"The database folder {folder} cannot be made: {error.strerror}.",
            "Name a folder that you may write to: RUNUT_HOME=/path/to/folder.",
        ) from error


def _check(folder: Path) -> None:
    remedy = "Nothing was changed. Name another folder: RUNUT_HOME=/path/to/folder."
    status = folder.stat()
    if not stat.S_ISDIR(status.st_mode):
        raise EmbeddedPostgresError(f"{folder} is not a folder.", remedy)
    if status.st_uid != os.geteuid():
        raise EmbeddedPostgresError(
            f"The database folder {folder} belongs to user id {status.st_uid}, not to you ({os.geteuid()}).", remedy
        )
    held = {entry.name for entry in folder.iterdir()}
    if MARK not in held and held - OURS_FROM_THE_FIRST_MOMENT:
        raise EmbeddedPostgresError(f"The folder {folder} holds files, but no database of Runut.", remedy)
    if MARK in held and (folder / MARK).lstat().st_uid != os.geteuid():
        raise EmbeddedPostgresError(f"The mark {folder / MARK} was written by another user.", remedy)


def _read_or_write_mark(folder: Path, runner: Runner) -> Cluster:
    mark = folder / MARK
    if not mark.exists():
        cookie = secrets.token_hex(8)
        place = folder if runner.reaches(folder) else _make_place(cookie, runner)
        _write_mark(place, {"cookie": cookie, "folder": str(folder)})
        _write_mark(folder, {"cookie": cookie, "folder": str(folder), "place": str(place)})
    try:
        words = json.loads(mark.read_text())
        cluster = Cluster(folder, Path(words["place"]), words["cookie"])
    except (ValueError, KeyError) as error:
        raise EmbeddedPostgresError(
            f"The mark {mark} cannot be read.", "Restore it, or name another folder."
        ) from error
    return _follow_move(cluster, Path(words["folder"]))


def _follow_move(cluster: Cluster, written: Path) -> Cluster:
    """Accept a cluster whose folder was moved; refuse one whose folder was copied, for two would share one database."""
    if written == cluster.folder:
        return cluster
    inside = cluster.place == written
    if not inside and (written / MARK).exists():
        raise EmbeddedPostgresError(
            f"{cluster.folder} is a copy of {written}, and their data lies in {cluster.place} for both.",
            "Use the first one, or name a new folder: RUNUT_HOME=/path/to/folder.",
        )
    moved = Cluster(cluster.folder, cluster.folder if inside else cluster.place, cluster.cookie)
    _write_mark(cluster.folder, {"cookie": moved.cookie, "folder": str(moved.folder), "place": str(moved.place)})
    return moved


def _write_mark(folder: Path, words: dict[str, str]) -> None:
    """Write the mark whole or not at all."""
    unfinished = folder / f"{MARK}.new"
    unfinished.write_text(json.dumps(words))
    unfinished.rename(folder / MARK)


def _make_place(cookie: str, runner: Runner) -> Path:
    for parent in ELSEWHERE:
        place = parent / f"runut-{cookie}"
        if not parent.is_dir() or not runner.reaches(parent):
            continue
        with contextlib.suppress(OSError):  # a read-only disk: the next parent, or the error below
            make_folder(place, 0o755)
            return place
    raise EmbeddedPostgresError(
        "The server's user can reach neither the database folder nor a folder below /var/lib or /var/tmp.",
        "Name a folder that everybody may pass through: RUNUT_HOME=/srv/runut.",
    )


def make_folder(path: Path, mode: int) -> None:
    """Make `path` with exactly `mode`, whatever the umask."""
    path.mkdir(mode=0o700)
    path.chmod(mode)


def make_socket_folder(cluster: Cluster, runner: Runner, again: Path | None) -> tuple[Path, bool]:
    """Return a folder for the socket that nobody else can enter, and whether it is to be removed at the end.

    A socket's path is limited to 107 bytes; a cluster that lies deeper gets a temporary folder. `again` is where an
    earlier start of this process had it: whoever knows the address is to find the server there once more.
    """
    near = cluster.place / "socket"
    if len(os.fsencode(near / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
        if not near.exists():
            make_folder(near, 0o700)
            runner.own(near)
        return near, False
    far = again or _make_temporary_name(runner)
    shutil.rmtree(far, ignore_errors=True)
    try:
        make_folder(far, 0o700)  # fails when somebody else made it in between: the name lies in a shared folder
    except OSError as error:
        raise EmbeddedPostgresError(f"{far} cannot be made: {error.strerror}.", "Start Runut again.") from error
    runner.own(far)
    return far, True


def _make_temporary_name(runner: Runner) -> Path:
    base = os.environ.get("XDG_RUNTIME_DIR", "") if not runner.changes else ""
    return Path(tempfile.mkdtemp(prefix="runut-", dir=base if os.access(base, os.W_OK) and len(base) < 64 else "/tmp"))  # noqa: PLR2004, S108
