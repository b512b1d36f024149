"""Bring a database to the newest schema, and tell whether this release may work on the schema that is there.

While a new release is rolled out, the old one goes on working on the new schema. Whether it may is said by the new
one: it writes the oldest schema whose software still runs into the comment of Alembic's own table.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import structlog
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.core.config import PROJECT
from app.core.database import make_engine, open_sessions
from app.core.errors import ConflictError, RunutError

log = structlog.get_logger(__name__)

OLDEST_SOFTWARE = "0003"
"""Software whose newest migration is this one, or a later one, runs on the newest schema. It is raised together with a
migration that takes away or renames what older software uses; docs/upgrades.md has the whole way."""

MIGRATION_LOCK = 7_788_501
"""Key of the advisory lock that two starts at once queue up at."""

LOCK_LOOK_EVERY = 0.2
_COMMENT = "oldest software: "

_FIND_REVISION = text("SELECT version_num FROM alembic_version")
_FIND_TABLE = text("SELECT to_regclass('alembic_version') IS NOT NULL")
_FIND_COMMENT = text("SELECT coalesce(obj_description(to_regclass('alembic_version'), 'pg_class'), '')")


class NewerSchemaError(RunutError):
    """The database, or a backup, is of a later release that this one cannot work with."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "newer_schema"


@dataclass(frozen=True)
class SchemaState:
    """The schema of a database beside the one of this software; revisions are Alembic's, e.g. ``0003``."""

    found: str | None
    """Null: the database is empty."""
    newest: str
    """The newest revision that this software knows."""
    is_known: bool
    """False: a later release made the schema."""
    oldest_software: str | None
    """What the later release says of older software; null: nothing."""

    @property
    def serves(self) -> bool:
        """Tell whether this software works on the schema as it is."""
        if self.is_known:
            return self.found == self.newest
        return self.oldest_software is not None and self.oldest_software <= self.newest


def make_alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's settings; with ``connection`` its commands run there."""
    config = Config(str(PROJECT / "alembic.ini"))
    config.set_main_option("script_location", str(PROJECT / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@lru_cache
def list_revisions() -> tuple[str, ...]:
    """Return the revisions that this software knows, newest first."""
    scripts = ScriptDirectory.from_config(make_alembic_config())
    return tuple(script.revision for script in scripts.walk_revisions())


async def find_schema_state(session: AsyncConnection | AsyncSession) -> SchemaState:
    """Return what schema the database has; two short queries."""
    found = oldest = None
    if (await session.execute(_FIND_TABLE)).scalar_one():
        found = (await session.execute(_FIND_REVISION)).scalar_one_or_none()
        comment = str((await session.execute(_FIND_COMMENT)).scalar_one())
        oldest = comment.removeprefix(_COMMENT) if comment.startswith(_COMMENT) else None
    known = list_revisions()
    return SchemaState(found, known[0], found is None or found in known, oldest)


def require_known_schema(revision: str) -> None:
    """Let only a schema through that this software knows.

    Raises:
        NewerSchemaError: a later release made it.
    """
    known = list_revisions()
    if revision not in known:
        raise NewerSchemaError(
            f"It has schema {revision}; this Runut knows schemas up to {known[0]}.", "Use the release that made it."
        )


async def migrate(url: str) -> None:
    """Run every migration that the database of ``url`` has not seen, each of them whole or not at all.

    A database of a later release is left as it is when that release says that this software runs on it.

    Raises:
        NewerSchemaError: this software does not run on the schema.
    """
    engine = make_engine(url)
    try:
        async with _take_turns(engine), engine.connect() as connection:
            state = await find_schema_state(connection)
            await connection.rollback()
            if not state.is_known:
                _accept_newer(state)
                return
            # A migration that would wait behind somebody's long transaction gives up instead of holding up every
            # other query on the table. For the whole session: each migration has a transaction of its own.
            await connection.execute(text("SET lock_timeout = '10s'"))
            await connection.commit()
            await connection.run_sync(_upgrade)
            if state.oldest_software != OLDEST_SOFTWARE:
                await connection.execute(text(f"COMMENT ON TABLE alembic_version IS '{_COMMENT}{OLDEST_SOFTWARE}'"))
                await connection.commit()
    finally:
        await engine.dispose()


async def require_schema(url: str) -> str:
    """Return the schema of the database of ``url``, which stays as it is: older, ours, or an accepted later one.

    Raises:
        NewerSchemaError: a later release made it, and says nothing of this software or that it does not run on it.
        ConflictError: the database is empty.
    """
    async with open_sessions(url) as sessions, sessions.begin() as session:
        state = await find_schema_state(session)
    if state.found is None:
        raise ConflictError("The database is empty.", "Start the service once (./runut serve), or name another one.")
    if not state.is_known:
        _accept_newer(state)
    return state.found


def _accept_newer(state: SchemaState) -> None:
    if not state.serves:
        raise NewerSchemaError(
            f"The database has schema {state.found} of a later release; this one knows schemas up to {state.newest}"
            f" and cannot work on it.",
            "Start the later release, or restore a backup that was made before the upgrade.",
        )
    log.warning("a later release migrated the database; this one works on", schema=state.found, known=state.newest)


@asynccontextmanager
async def _take_turns(engine: AsyncEngine) -> AsyncIterator[None]:
    """Let one migration at a time run. The lock goes with the connection, however this process ends.

    It is asked for again and again instead of waited for: a statement that waits holds a snapshot, and CREATE INDEX
    CONCURRENTLY, run by the one who has the lock, waits for every snapshot to end.
    """
    async with engine.connect() as connection:
        guard = await connection.execution_options(isolation_level="AUTOCOMMIT")
        asked = text("SELECT pg_try_advisory_lock(:key)")
        while not (await guard.execute(asked, {"key": MIGRATION_LOCK})).scalar_one():  # noqa: ASYNC110 (another process has it)
            await asyncio.sleep(LOCK_LOOK_EVERY)
        try:
            yield
        finally:
            await guard.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})


def _upgrade(connection: Connection) -> None:
    command.upgrade(make_alembic_config(connection), "head")
