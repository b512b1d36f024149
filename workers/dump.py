"""PostgreSQL's own programs for copying a database: pg_dump and pg_restore, of the wheel or of the system.

The wheel's are there always and newer than most servers, but they were built without TLS. An address that asks for TLS
(``?ssl=require``) gets the programs on the PATH instead.
"""

import asyncio
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from app.core.database import asyncpg_url
from app.core.errors import RunutError
from app.core.postgres.programs import find_programs

_NO_TLS = {None, "", "disable", "false", "allow", "prefer"}
LAST_WORDS = 2000


class DumpError(RunutError):
    """pg_dump or pg_restore did not do its work; the message holds its last words."""

    status = 500
    code = "dump"


@dataclass(frozen=True)
class Target:
    """A database as PostgreSQL's programs take it: the address without a password, and the environment with it."""

    address: str
    environment: Mapping[str, str]
    wants_tls: bool


def make_target(url: str) -> Target:
    """Return ``url`` (SQLAlchemy's or PostgreSQL's spelling) for libpq.

    The password goes into the environment of the program: words of a command line are readable by every user.
    """
    parsed = make_url(asyncpg_url(url))
    query = dict(parsed.query)
    tls = query.pop("ssl", None)
    if isinstance(tls, str):
        query["sslmode"] = "require" if tls == "true" else tls
    # Not `set(password=None)`: it takes null for "as it was".
    plain = parsed.set(drivername="postgresql", query=query)._replace(password=None)
    environment = dict(os.environ)
    if parsed.password:
        environment["PGPASSWORD"] = str(parsed.password)
    mode = query.get("sslmode")
    return Target(plain.render_as_string(hide_password=False), environment, mode not in _NO_TLS)


def find_program(name: str, target: Target) -> Path:
    """Return the program ``name`` that can talk to ``target``.

    Raises:
        DumpError: the address asks for TLS and no program on the PATH can do it.
    """
    if not target.wants_tls:
        return find_programs().folder / "bin" / name
    found = shutil.which(name)
    if found is None:
        raise DumpError(
            f"DATABASE_URL asks for TLS, and there is no {name} on the PATH; the one that Runut brings has no TLS.",
            "Install PostgreSQL's client programs (Debian: apt install postgresql-client), of the server's release or "
            "later.",
        )
    return Path(found)


async def dump_database(url: str, snapshot: str, file: Path) -> None:
    """Write the database as the exported ``snapshot`` shows it into ``file`` (custom format), readable by us only.

    Raises:
        DumpError: pg_dump failed.
    """
    target = make_target(url)
    await asyncio.to_thread(file.touch, 0o600)
    words = ["--format=custom", "--compress=gzip:3", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    await _run("pg_dump", target, *words, f"--file={file}", f"--dbname={target.address}")


async def load_database(url: str, file: Path) -> None:
    """Fill the empty database of ``url`` from ``file``, in one transaction: all of it or nothing.

    Raises:
        DumpError: pg_restore failed; the database is as empty as before.
    """
    target = make_target(url)
    words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    await _run("pg_restore", target, *words, f"--dbname={target.address}", str(file))


async def _run(name: str, target: Target, *words: str) -> None:
    program = find_program(name, target)
    process = await asyncio.create_subprocess_exec(
        str(program),
        "--no-password",
        *words,
        env=target.environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    except BaseException:
        process.kill()  # cancelled: it must not go on writing into a folder that we give up
        await process.wait()
        raise
    if process.returncode:
        last = said.decode(errors="replace").strip()[-LAST_WORDS:]
        raise DumpError(
            f"{name} ended with {process.returncode}: {last}",
            "A release older than the server cannot read it: put a newer one on the PATH."
            if target.wants_tls
            else "Look at the database's own log for more.",
        )
