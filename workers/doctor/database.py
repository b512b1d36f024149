"""The database: the embedded server, or the one that DATABASE_URL names."""

import asyncio
import datetime as dt
import subprocess
from collections.abc import AsyncIterator, Iterator

import asyncpg
from sqlalchemy.engine import make_url

from app.core.config import Settings
from app.core.database import make_engine
from app.core.postgres.databases import database_url, plain_dsn
from app.core.postgres.durability import find_unsafe_values
from app.core.postgres.errors import EmbeddedPostgresError
from app.core.postgres.looking import Seen, look_at
from app.core.postgres.programs import Programs, find_programs
from app.core.postgres.runner import choose_runner
from app.core.schema import find_schema_state
from workers.database import NAME
from workers.doctor.finding import Finding, lack, warn, well

RELEASE_MIN = 15
CONNECT_WITHIN = 5.0
SKEW_SECONDS = 2.0
SITE_CONNECTIONS = 30
WORKER_CONNECTIONS = 24
"""What a site's pool and a worker's pool with its two listeners may grow to; beside them a command wants a few."""

NEEDED = "Everything is kept there."
UNSAFE = "The server says `committed` before the disk has it: after a power cut acknowledged votes may be gone."


def check_database(settings: Settings) -> Iterator[Finding]:
    """Look at the database that a start with these settings would use."""
    if settings.database_url is None:
        yield from _check_embedded(settings)
    else:
        yield from asyncio.run(_collect(settings.database_url, "DATABASE_URL"))


def _check_embedded(settings: Settings) -> Iterator[Finding]:
    try:
        programs, _ = find_programs(), choose_runner()
    except EmbeddedPostgresError as error:
        yield lack("database", error.message, why=NEEDED, remedy=error.remedy)
        return
    release = _ask_release(programs)
    if isinstance(release, Finding):
        yield release
        return
    folder = settings.home / "postgres"
    seen = look_at(folder)
    if seen is None:
        yield well("database", f"embedded {release}; {folder} is made at the first start")
    elif seen.release != programs.major:
        yield lack(
            "database",
            f"{seen.data} was made by PostgreSQL {seen.release}; this Runut brings {release}",
            why="One release does not open the data of another.",
            remedy="Dump it with the older Runut and load it into a new RUNUT_HOME, or restore a backup.",
        )
    else:
        yield from _look_inside(seen, release)


def _look_inside(seen: Seen, release: str) -> Iterator[Finding]:
    if seen.address is None:
        yield well("database", f"embedded {release}, not running now (./runut serve starts it)")
    else:
        yield from asyncio.run(_collect(database_url(seen.address, NAME), "the embedded server"))


def _ask_release(programs: Programs) -> str | Finding:
    """Return the release that the program itself names, or why it does not start."""
    try:
        asked = subprocess.run(
            [programs.postgres, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
        words = asked.stdout.strip() if asked.returncode == 0 else ""
        trouble = asked.stderr.strip().partition("\n")[0]
    except (OSError, subprocess.TimeoutExpired) as error:
        words, trouble = "", str(error)
    if words:
        return words.removeprefix("postgres (PostgreSQL) ")
    return lack(
        "database",
        f"the embedded server does not start: {trouble}",
        why=NEEDED,
        remedy="Another kind of C library (Alpine)? Use a glibc system, or DATABASE_URL=postgresql://...",
    )


async def _collect(url: str, what: str) -> list[Finding]:
    try:
        connection = await asyncpg.connect(plain_dsn(url), timeout=CONNECT_WITHIN)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        shown = make_url(url).render_as_string(hide_password=True)
        return [
            lack(
                "database",
                f"{shown}: {str(error).partition(chr(10))[0] or type(error).__name__}",
                why=NEEDED,
                remedy=f"Is the server running, the address right, the user let in? psql '{shown}' says more; "
                "unset DATABASE_URL to use the embedded server.",
            )
        ]
    try:
        return [finding async for finding in _ask(connection, url, what)]
    finally:
        await connection.close()


async def _ask(connection: asyncpg.Connection, url: str, what: str) -> AsyncIterator[Finding]:
    release = connection.get_server_version()
    if release.major < RELEASE_MIN:
        yield lack(
            "database",
            f"PostgreSQL {release.major}.{release.minor}",
            why=f"Runut's statements want {RELEASE_MIN} or later.",
            remedy="Upgrade the server (pg_upgrade), or unset DATABASE_URL.",
        )
        return
    yield well("database", f"PostgreSQL {release.major}.{release.minor}, {what} answers")
    for unsafe in await find_unsafe_values(connection):
        yield warn(
            "database safety", str(unsafe), why=UNSAFE, remedy=f"ALTER SYSTEM SET {unsafe.name} = on; then reload"
        )
    yield await _count_connections(connection)
    yield await _compare_clocks(connection)
    yield await _compare_schema(url)


async def _count_connections(connection: asyncpg.Connection) -> Finding:
    row = await connection.fetchrow(
        """SELECT current_setting('max_connections')::int
                  - current_setting('superuser_reserved_connections')::int AS most,
                  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used"""
    )
    words = f"{row['used']} of {row['most']} in use"
    if row["most"] < SITE_CONNECTIONS + WORKER_CONNECTIONS:
        return warn(
            "connections",
            words,
            why=f"A site may want {SITE_CONNECTIONS}, each worker {WORKER_CONNECTIONS}; beyond it requests get 503.",
            remedy="Raise max_connections: 30 a site + 24 a worker + 10 (a restart of the server).",
        )
    return well("connections", f"{words}; a site may want {SITE_CONNECTIONS}, each worker {WORKER_CONNECTIONS}")


async def _compare_clocks(connection: asyncpg.Connection) -> Finding:
    theirs: dt.datetime = await connection.fetchval("SELECT clock_timestamp()")
    skew = (theirs - dt.datetime.now(dt.UTC)).total_seconds()
    if abs(skew) > SKEW_SECONDS:
        return warn(
            "database clock",
            f"{skew:+.1f} s beside this machine's",
            why="Receipts carry this machine's time, the log and leases the database's.",
            remedy="Let NTP set both clocks: timedatectl set-ntp true",
        )
    return well("database clock", f"{skew:+.1f} s beside this machine's")


async def _compare_schema(url: str) -> Finding:
    engine = make_engine(url)
    try:
        async with engine.connect() as connection:
            state = await find_schema_state(connection)
    finally:
        await engine.dispose()
    if state.serves:
        return well("schema", f"{state.found}")
    if state.found is None:
        return warn("schema", "empty database", why="The tables are made by the first start.", remedy="./runut migrate")
    say = warn if state.is_known else lack
    return say(
        "schema",
        f"{state.found}; this software wants {state.newest}",
        why="A site is not ready on another schema." if state.is_known else "A later release made it.",
        remedy="./runut migrate" if state.is_known else "Start the later release, or restore a backup from before.",
    )
