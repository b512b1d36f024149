"""Does what the database calls committed survive a power cut? What is switched off on a server, and where.

PostgreSQL may be told to answer "committed" before the disk has it. A receipt, a reading or a log entry that is
acknowledged and then forgotten cannot be found again by anybody, so Runut does not run its own server that way.
"""

from dataclasses import dataclass

import asyncpg

from app.core.postgres.databases import plain_dsn
from app.core.postgres.errors import EmbeddedPostgresError

WATCHED = ("fsync", "full_page_writes", "synchronous_commit")

THROW_AWAY = "runut.throw_away"
"""A setting of ours that marks a server whose data need not survive. Only `EmbeddedPostgres(durable=False)` sets it."""

CONNECT_WITHIN = 30.0

_VALUES = """
SELECT name, setting, CASE WHEN sourcefile IS NOT NULL THEN sourcefile || ':' || sourceline ELSE source END AS place
FROM pg_settings WHERE name = ANY($1)
"""
_FILES = """
SELECT DISTINCT ON (name) name, setting, sourcefile || ':' || sourceline AS place
FROM pg_file_settings WHERE name = ANY($1) ORDER BY name, seqno DESC
"""
_SESSIONS = """
SELECT split_part(entry, '=', 1) AS name, split_part(entry, '=', 2) AS setting,
       CASE WHEN setrole = 0 AND setdatabase <> 0 THEN 'ALTER DATABASE ' || datname || ' SET'
            WHEN setdatabase = 0 THEN 'ALTER ROLE ' || coalesce(rolname, 'ALL') || ' SET'
            ELSE 'ALTER ROLE ' || rolname || ' IN DATABASE ' || datname || ' SET' END AS place
FROM pg_db_role_setting
LEFT JOIN pg_roles ON pg_roles.oid = setrole
LEFT JOIN pg_database ON pg_database.oid = setdatabase
CROSS JOIN LATERAL unnest(setconfig) AS entry
WHERE split_part(entry, '=', 1) = ANY($1) AND (setrole = 0 OR rolname = current_user)
"""


@dataclass(frozen=True)
class Unsafe:
    """A setting that lets committed rows get lost: its name, its value, and where it was given that value."""

    name: str
    value: str
    place: str

    def __str__(self) -> str:
        return f"{self.name} = {self.value} ({self.place})"


def is_off(value: str) -> bool:
    """Tell whether PostgreSQL takes `value` for "off": it accepts any case and any unambiguous beginning."""
    word = value.strip().lower()
    if len(word) > 1 and "off".startswith(word):
        return True
    return word == "0" or (bool(word) and any(full.startswith(word) for full in ("false", "no")))


async def find_unsafe_values(connection: asyncpg.Connection) -> tuple[Unsafe, ...]:
    """Return what is off in this very session, whoever switched it off."""
    return _only_off(await connection.fetch(_VALUES, WATCHED))


async def find_unsafe_settings(connection: asyncpg.Connection) -> tuple[Unsafe, ...]:
    """Return what is off now, or is written to be off: in a file the server reads, or for our role or a database.

    Only for a superuser. A value in a file is named although our own command line is stronger: somebody wrote it
    there on purpose, and whoever starts the same data another way would get it.
    """
    found = [*await connection.fetch(_VALUES, WATCHED), *await connection.fetch(_FILES, WATCHED)]
    return tuple(dict.fromkeys(_only_off([*found, *await connection.fetch(_SESSIONS, WATCHED)])))


def _only_off(rows: list[asyncpg.Record]) -> tuple[Unsafe, ...]:
    return tuple(Unsafe(row["name"], row["setting"], row["place"]) for row in rows if is_off(row["setting"]))


_GONE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""How a server looks that goes away in the middle of a question; the last is what the driver says between two."""


async def require_durable(url: str) -> None:
    """Refuse our own server when committed rows may get lost on it.

    Raises:
        EmbeddedPostgresError: a setting is off (the message says which, and where that is written), or the server went
            away before it could be asked: a server that has just come up may be killed like any other.
    """
    try:
        unsafe = await _ask_for_unsafe(url)
    except _GONE as error:
        raise EmbeddedPostgresError(
            f"The database came up and could not be asked for its settings: {error or type(error).__name__}.",
            "Its words are in postgres.log, beside its data. Start Runut again.",
        ) from error
    if unsafe:
        raise EmbeddedPostgresError(
            "The embedded server may lose committed votes when the power fails: "
            + "; ".join(str(one) for one in unsafe)
            + ".",
            "Take these settings out (a file: delete the line; ALTER SYSTEM, ROLE or DATABASE: the same with RESET "
            "instead of SET), then start again. There is no switch to go on without them.",
        )


async def _ask_for_unsafe(url: str) -> tuple[Unsafe, ...]:
    connection = await asyncpg.connect(plain_dsn(url), timeout=CONNECT_WITHIN)
    try:
        return await find_unsafe_settings(connection)
    finally:
        await connection.close()
