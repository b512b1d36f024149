"""PostgreSQL's own programs for copying a database: pg_dump, pg_restore and psql, of the wheel or of the system.

The wheel's are there always and newer than most servers, but they were built without TLS. An address that asks for TLS
(``?ssl=require``) gets the programs on the PATH instead.
"""

import asyncio
import os
import shutil
import tempfile
from asyncio.subprocess import Process
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy.engine import make_url

from app.core.database import asyncpg_url
from app.core.errors import RunutError
from app.core.postgres.programs import find_programs

_NO_TLS = {None, "", "disable", "false", "allow", "prefer"}
LAST_WORDS = 2000
NOT_BEFORE_17 = b"SET transaction_timeout = 0;\n"
_CHUNK = 64 * 1024


class DumpError(RunutError):
    """One of the programs did not do its work; the message holds its last words."""

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


async def load_database(url: str, file: Path) -> None:
    """Fill the empty database of ``url`` from ``file``, in one transaction: all of it or nothing.

    pg_restore writes the script and psql runs it, because between the two goes the one line that servers before
    release 17 do not understand.

    Raises:
        DumpError: the file could not be read or loaded; the database is as empty as before.
    """
    target = make_target(url)
    with tempfile.TemporaryFile() as said:
        reading = await _start("pg_restore", target, "--file=-", "--no-owner", "--no-privileges", str(file), said=said)
        words = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--no-password"]
        loading = await _start("psql", target, *words, f"--dbname={target.address}", said=said)
        try:
            # Only a script that is whole may come to its end: psql takes the end for the word to commit.
            taken = await _pump(reading, loading)
            if taken and await reading.wait() == 0:
                _end(loading)
            if not taken or reading.returncode == 0:
                await loading.wait()
        finally:
            await _stop(reading, loading)
        if reading.returncode or loading.returncode:
            said.seek(0)
            last = said.read().decode(errors="replace").strip()[-LAST_WORDS:]
            raise DumpError(f"The database could not be loaded: {last}", "It is as empty as before.")


async def _pump(reading: Process, loading: Process) -> bool:
    """Hand the script on, but for one line of its head. False: psql ended before it had all of it."""
    assert reading.stdout is not None
    assert loading.stdin is not None
    chunk = (await reading.stdout.read(_CHUNK)).replace(NOT_BEFORE_17, b"", 1)
    try:
        while chunk:
            loading.stdin.write(chunk)
            await loading.stdin.drain()
            chunk = await reading.stdout.read(_CHUNK)
    except (BrokenPipeError, ConnectionResetError):  # it met an error, and has said which
        return False
    return True


def _end(loading: Process) -> None:
    if loading.stdin is not None:
        loading.stdin.close()


async def _stop(*processes: Process) -> None:
    """End what still runs; psql's transaction is rolled back."""
    for process in processes:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _start(name: str, target: Target, *words: str, said: IO[bytes]) -> Process:
    return await asyncio.create_subprocess_exec(
        str(find_program(name, target)),
        *words,
        env=target.environment,
        stdin=asyncio.subprocess.PIPE if name == "psql" else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL if name == "psql" else asyncio.subprocess.PIPE,
        stderr=said,
    )


async def dump_database(url: str, snapshot: str, file: Path) -> None:
    """Write the database as the exported ``snapshot`` shows it into ``file`` (custom format), readable by us only.

    Raises:
        DumpError: pg_dump failed.
    """
    target = make_target(url)
    await asyncio.to_thread(file.touch, 0o600)
    process = await asyncio.create_subprocess_exec(
        str(find_program("pg_dump", target)),
        *("--no-password", "--format=custom", "--compress=gzip:3", "--no-owner", "--no-privileges"),
        *(f"--snapshot={snapshot}", f"--file={file}", f"--dbname={target.address}"),
        env=target.environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    finally:
        await _stop(process)  # cancelled: it must not go on writing into a folder that we give up
    if process.returncode:
        last = said.decode(errors="replace").strip()[-LAST_WORDS:]
        raise DumpError(
            f"pg_dump ended with {process.returncode}: {last}",
            "A pg_dump older than the server cannot read it: put a newer one on the PATH."
            if target.wants_tls
            else "Look at the database's own log for more.",
        )
