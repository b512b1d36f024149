"""The short way to the database, for the few statements that every upload asks: the driver itself, no ORM on top.

A statement costs one round trip and a tenth of the processor time; the driver keeps it prepared. Connections are those
of the engine's pool and come with everything `app.core.database` sees to. Written as PostgreSQL takes it, values as
`$1`, `$2`; never with anything that somebody sent inside the text.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import greenlet_spawn

from app.core.database import GONE, DatabaseUnreachableError, Sessions

_BROKEN = (*GONE, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a connection says that broke while it was prepared: nobody has asked it anything wrong yet."""
_LOCK_NAME = re.compile(r"[a-z0-9/_-]{1,200}")


class NotCommittedError(RuntimeError):
    """The server undid a transaction that was told to commit: a statement before had failed and was passed over."""


class Statements:
    """Statements on one connection; a transaction or none, as whoever opened it says. Not for two tasks at once."""

    def __init__(self, driver: asyncpg.Connection) -> None:
        """Ask through ``driver``."""
        self._driver = driver

    @property
    def in_transaction(self) -> bool:
        """Whether these stand in a transaction: there a statement that fails ends all of it."""
        return bool(self._driver.is_in_transaction())

    async def row(self, statement: str, *values: object) -> asyncpg.Record | None:
        """Return the first row of the answer; null when there is none.

        Raises:
            DatabaseUnreachableError: the connection broke; what a transaction was to write is not known to be written.
        """
        with self._telling_outages():
            return await self._driver.fetchrow(statement, *values)

    async def rows(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Return all rows of the answer.

        Raises:
            DatabaseUnreachableError: as :meth:`row`.
        """
        with self._telling_outages():
            found: list[asyncpg.Record] = await self._driver.fetch(statement, *values)
            return found

    async def run(self, script: str) -> str:
        """Do several statements in one round trip, each seeing what others committed before it; the last one's tag."""
        with self._telling_outages():
            return str(await self._driver.execute(script))

    @contextmanager
    def _telling_outages(self) -> Iterator[None]:
        try:
            yield
        except (*GONE, asyncpg.InternalClientError) as error:
            raise DatabaseUnreachableError from error
        except asyncpg.InterfaceError as error:  # also says that we asked wrongly
            if self._driver.is_closed():
                raise DatabaseUnreachableError from error
            raise


def take_lock(name: str) -> str:
    """Return the statement that waits for the advisory lock ``name`` and holds it until the transaction ends.

    Raises:
        ValueError: a name that could be more than a name.
    """
    if not _LOCK_NAME.fullmatch(name):
        message = f"{name!r} is no name of a lock."
        raise ValueError(message)
    return f"SELECT pg_advisory_xact_lock(hashtextextended('{name}', 0))"


@asynccontextmanager
async def look(sessions: Sessions) -> AsyncIterator[Statements]:
    """Give statements that each stand alone: for reading, where they need not see the same moment."""
    async with _borrow(sessions) as driver:
        yield Statements(driver)


@asynccontextmanager
async def begin(sessions: Sessions, *first: str) -> AsyncIterator[Statements]:
    """Give a transaction that commits with the block, and is undone when the block raises.

    ``first``, its locks, travel with its beginning in one round trip. What comes after them sees all that was committed
    by whoever held them before: at READ COMMITTED every statement looks anew.
    """
    async with _borrow(sessions) as driver:
        statements = Statements(driver)
        try:
            await statements.run("; ".join(("BEGIN", *first)))
            yield statements
            done = await statements.run("COMMIT")
        except Exception:
            if driver.is_in_transaction() and not driver.is_closed():
                await statements.run("ROLLBACK")
            raise
        if done != "COMMIT":
            raise NotCommittedError(done)


@asynccontextmanager
async def _borrow(sessions: Sessions) -> AsyncIterator[asyncpg.Connection]:
    """Lend a pooled connection. One that broke, or was left in the middle of something, is closed for good."""
    engine: AsyncEngine = sessions.kw["bind"]
    try:
        pooled = await engine.raw_connection()
    except Exception as error:
        # A server that dies while a new connection is prepared: told in the driver's or the dialect's own words here.
        if isinstance(error, _BROKEN) or isinstance(error.__cause__, _BROKEN):
            raise DatabaseUnreachableError from error
        raise
    driver: asyncpg.Connection = pooled.driver_connection
    usable = True
    try:
        yield driver
    except BaseException as error:  # a task that was cancelled may have a question out
        usable = isinstance(error, Exception) and not isinstance(error, DatabaseUnreachableError)
        raise
    finally:
        if usable and not driver.is_closed() and not driver.is_in_transaction() and _has_room(engine):
            pooled.close()  # says nothing to the server, so it need not take SQLAlchemy's way round to be awaited
        else:
            if not usable or driver.is_closed() or driver.is_in_transaction():
                await greenlet_spawn(pooled.invalidate)
            await greenlet_spawn(pooled.close)


def _has_room(engine: AsyncEngine) -> bool:
    """Whether the pool keeps every connection that is given back; of more than its size it hangs up the last ones."""
    pool = engine.sync_engine.pool
    return isinstance(pool, QueuePool) and pool.overflow() <= 0


async def share(session: AsyncSession | Statements) -> Statements:
    """Return statements inside the transaction of ``session``; what the session has not flushed they do not see.

    Statements are given back as they are: a service that needs no session takes either.
    """
    return session if isinstance(session, Statements) else Statements(await open_driver(session))


async def open_driver(session: AsyncSession) -> asyncpg.Connection:
    """Return the driver's connection that carries this session's transaction.

    SQLAlchemy tells PostgreSQL of the transaction with its first statement. Going to the driver before that would write
    outside of it, committed at once: hence a statement where there was none yet.
    """
    pooled = await (await session.connection()).get_raw_connection()
    driver: asyncpg.Connection = pooled.driver_connection
    if not driver.is_in_transaction():
        await session.execute(text("SELECT 1"))
    assert driver.is_in_transaction(), "outside the caller's transaction it would survive its rollback"
    return driver
