"""The one database dialect: PostgreSQL through asyncpg. Sessions never commit by themselves."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy import BigInteger, DateTime, MetaData, event, func
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect, ExceptionContext
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as NoConnectionFreeError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from app.core.errors import RunutError

type_annotation_map = {datetime: DateTime(timezone=True), int: BigInteger}

Sessions = async_sessionmaker[AsyncSession]

ASKED_AFTER = 30.0
"""Seconds unused after which a pooled connection is asked whether it lives before it is handed out."""

_BACK_AT = "runut back at"


class DatabaseUnreachableError(RunutError):
    """No connection to the database, or it broke in the middle; what was asked for may be asked for again."""

    status = 503
    code = "database_unreachable"

    def __init__(self) -> None:
        super().__init__(
            "Basis data sedang tidak terjangkau. (The database cannot be reached at the moment.)",
            "Coba lagi sebentar lagi; kiriman yang sudah diberi tanda terima tetap aman. "
            "(Try again shortly; whatever has a receipt is safe.)",
        )


class Base(DeclarativeBase):
    """Parent of all tables. Integers are ``bigint``, times carry their zone, constraints have stable names."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = type_annotation_map


class Stamped:
    """Mixin: when the row was written, by the database's clock."""

    at: Mapped[datetime] = mapped_column(server_default=func.now())


def asyncpg_url(url: str) -> str:
    """Return ``url`` with the asyncpg driver named, whatever PostgreSQL spelling it came in.

    Raises:
        ValueError: the address is of another database.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        message = f"DATABASE_URL names {parsed.get_backend_name()!r}; Runut needs a postgresql:// address."
        raise ValueError(message)
    return parsed.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def make_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """Return an engine for ``url``; a stale pooled connection is replaced, not handed out.

    The connection used last is handed out first: its server process has everything at hand. Errors do not name the
    statement's values: they go into logs, and among them are tokens, salts and readings.
    """
    engine = create_async_engine(
        asyncpg_url(url), pool_size=pool_size, max_overflow=10, pool_use_lifo=True, hide_parameters=True
    )
    event.listen(engine.sync_engine, "do_connect", _connect)
    event.listen(engine.sync_engine, "connect", _commit_to_disk)
    event.listen(engine.sync_engine, "handle_error", _give_up_broken)
    event.listen(engine.sync_engine, "checkin", _note_return)
    event.listen(engine.sync_engine, "checkout", _require_open)
    return engine


def _note_return(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[_BACK_AT] = time.monotonic()


def _require_open(connection: DBAPIConnection, record: ConnectionPoolEntry, _fairy: object) -> None:
    """Let the pool connect anew when the server has hung up; that is known here, and costs no question.

    SQLAlchemy's own ping is three round trips for every transaction. One that was long unused is asked all the same: a
    router on the way may have forgotten it without a word. A server that dies between this look and the first
    statement makes that statement fail, as it would have made a later one: see :func:`is_outage`.
    """
    driver: Any = connection
    if driver.driver_connection.is_closed():
        raise InvalidatePoolError
    if time.monotonic() - record.info.get(_BACK_AT, time.monotonic()) < ASKED_AFTER:
        return
    try:
        driver.ping()
    except driver.dbapi.Error as error:
        raise InvalidatePoolError from error


GONE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)
"""Refused, unreachable, closed while we came, shutting down, crashed, starting up, full. A cancelled statement is not
among them: the database is there."""


def _connect(dialect: Dialect, _record: object, words: tuple[Any, ...], named: dict[str, Any]) -> DBAPIConnection:
    try:
        return dialect.connect(*words, **named)
    except Exception as error:
        cause = error if isinstance(error, GONE) else error.__cause__  # some errors come in SQLAlchemy's wrapping
        if isinstance(cause, GONE):
            raise DatabaseUnreachableError from cause
        raise


def _give_up_broken(context: ExceptionContext) -> None:
    """Let the pool replace a connection on which the server said goodbye and has not hung up yet.

    For that moment asyncpg knows only that its own state is impossible; the pool would hand the connection out again.
    """
    if isinstance(context.original_exception.__cause__, asyncpg.InternalClientError):
        context.is_disconnect = True


def is_outage(error: Exception) -> bool:
    """Tell whether ``error`` means that the database went away or is full, and not that a statement was wrong."""
    if isinstance(error, DBAPIError):
        cause = error.orig.__cause__ if error.orig is not None else None  # what the driver said
        return error.connection_invalidated or isinstance(cause, GONE)
    return isinstance(error, (DatabaseUnreachableError, NoConnectionFreeError))


_COMMIT_TO_DISK = """
SELECT set_config('synchronous_commit', 'on', false)
WHERE current_setting('synchronous_commit') IN ('off', 'local')
  AND current_setting('runut.throw_away', true) IS DISTINCT FROM 'on'
"""
"""Our receipts say that something is kept. The exception is a server made to be thrown away; see core/postgres."""


def _commit_to_disk(connection: DBAPIConnection, _record: object) -> None:
    """Let a new connection's commits wait for the disk, whatever the server, the role or the database says.

    What waits for a replica as well (remote_write, remote_apply) stays as the operator chose it.
    """
    cursor = connection.cursor()
    cursor.execute(_COMMIT_TO_DISK)
    cursor.close()
    connection.commit()  # or the setting would be rolled back with the driver's first transaction


def make_sessions(engine: AsyncEngine) -> Sessions:
    """Return the factory of sessions. Use ``async with sessions.begin() as session`` and nothing else."""
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def open_sessions(url: str) -> AsyncIterator[Sessions]:
    """Give sessions on ``url`` for as long as the block lasts; for commands, which come and go."""
    engine = make_engine(url)
    try:
        yield make_sessions(engine)
    finally:
        await engine.dispose()
