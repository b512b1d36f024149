"""As whom the server runs, and which folders that user can reach.

PostgreSQL refuses to run as root. Root therefore hands it to an unprivileged user who is in the password file (initdb
looks its own name up); everybody else runs it as himself.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from app.core.postgres.errors import OTHER_SERVER, EmbeddedPostgresError

UNPRIVILEGED = ("nobody", "postgres", "daemon")


@dataclass(frozen=True)
class Runner:
    """The user that the server's processes belong to; `changes` says that root must become that user first."""

    uid: int
    gid: int
    changes: bool

    def reaches(self, path: Path) -> bool:
        """Tell whether this user may pass through every folder above `path` and read `path`, by owner, group, mode."""
        resolved = path.resolve()
        wanted = [(folder, stat.S_IXOTH) for folder in resolved.parents]
        wanted.append((resolved, stat.S_IROTH | (stat.S_IXOTH if resolved.is_dir() else 0)))
        return all(self._may(folder.stat(), bits) for folder, bits in wanted)

    def _may(self, status: os.stat_result, bits: int) -> bool:
        shift = 6 if status.st_uid == self.uid else 3 if status.st_gid == self.gid else 0
        return (status.st_mode >> shift) & bits == bits

    def own(self, path: Path) -> None:
        """Give `path`, which we have just made, to this user."""
        if self.changes:
            os.chown(path, self.uid, self.gid)


def choose_runner() -> Runner:
    """Return the user to run the server as.

    Raises:
        EmbeddedPostgresError: this user has no entry in the password file, or root finds nobody to become.
    """
    if os.geteuid():
        return _ordinary_runner(os.geteuid())
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid:
            return Runner(entry.pw_uid, entry.pw_gid, changes=True)
    raise EmbeddedPostgresError(
        f"PostgreSQL does not run as root, and none of the users {', '.join(UNPRIVILEGED)} exists here.",
        f"Start Runut as an ordinary user. {OTHER_SERVER}",
    )


def _ordinary_runner(uid: int) -> Runner:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedPostgresError(
            f"User id {uid} has no entry in the password file, and PostgreSQL's initdb asks for one.",
            f"Start Runut as a user that is in /etc/passwd. {OTHER_SERVER}",
        ) from None
    return Runner(uid, os.getegid(), changes=False)
