"""Rows out of the database as fast as it writes them (COPY), to readers as slow as they like.

The pieces of a table are copied into a temporary file and read from there while it grows. So a reader who is slow, or
stops on purpose, holds a file and no transaction; all pieces are read at one moment (an exported snapshot); memory does
not grow with the table. Two pieces are copied at a time, on two connections.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import asyncpg
from sqlalchemy import text

from app.core.database import Sessions
from app.core.errors import TooManyRequestsError
from app.core.statements import open_driver
from app.reports.columns import Source, Spelling, Table, make_statement
from app.reports.writing.spool import Channel, Spool

CONNECTIONS = 2
"""Pieces of one download that are copied at the same time."""

AT_ONCE = 2
"""Downloads of a process that read the database at the same time; the next waits until one has read it all."""

OPEN_MAX = 30
"""Downloads of a process at the same time, slow readers included: each may hold a temporary file of some 300 MB."""

# Sorting and joining a province happens in memory; indexes are trusted, since rows lie in the order of TPS.
_PREPARE = (
    "SET LOCAL work_mem = '48MB'",
    "SET LOCAL random_page_cost = 1.1",
    "SET LOCAL jit = off",
    "SET LOCAL max_parallel_workers_per_gather = 0",
)
# Characters that are in no JSON text: each row is written as it is, unquoted.
_FORMAT = {
    Spelling.SHEET: {"format": "csv"},
    Spelling.PLAIN: {"format": "csv"},
    Spelling.JSON: {"format": "csv", "quote": "\x01", "delimiter": "\x02"},
}

Work = Iterator[tuple[Source, Channel]]


@dataclass(frozen=True)
class Moment:
    """A transaction that sees one moment, and the name by which another can see the same."""

    driver: asyncpg.Connection
    snapshot: str


class Downloads:
    """The downloads of one process, so that they leave room for one another. Used from its event loop."""

    def __init__(self, sessions: Sessions) -> None:
        """Read through ``sessions``."""
        self.sessions = sessions
        self._reading = asyncio.Semaphore(AT_ONCE)
        self._open = 0

    async def copy_rows(self, table: Table, spelling: Spelling) -> AsyncGenerator[bytes, None]:
        """Yield the rows of ``table`` without a header, in blocks that end anywhere: lines of CSV, or of JSON.

        Raises:
            TooManyRequestsError: too many downloads are running.
            OSError, asyncpg.PostgresError, asyncpg.InterfaceError: the database went away; what came so far is a part.
        """
        with self._take_place():
            spool = Spool(len(table.pieces))
            copying = asyncio.create_task(self._copy(table, spelling, spool))
            copying.add_done_callback(lambda _: spool.end())
            try:
                for channel in spool.channels:
                    async for block in channel.follow():
                        yield block
                await copying
            except ExceptionGroup as group:
                raise group.exceptions[0] from group
            finally:  # also when the reader went away
                copying.cancel()
                await asyncio.wait([copying])
                spool.close()

    def require_room(self) -> None:
        """Refuse before the first byte has gone out.

        Raises:
            TooManyRequestsError: too many downloads are running.
        """
        if self._open >= OPEN_MAX:
            raise TooManyRequestsError(
                "Terlalu banyak unduhan sedang berjalan. (Too many downloads are running.)",
                "Coba lagi nanti, atau ambil berkas harian di /unduh. (Try again soon, or take the daily file.)",
                retry_after=30,
            )

    @contextmanager
    def _take_place(self) -> Iterator[None]:
        self.require_room()
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    async def _copy(self, table: Table, spelling: Spelling, spool: Spool) -> None:
        statements = [make_statement(table, piece, spelling) for piece in table.pieces]
        work = iter(list(zip(statements, spool.channels, strict=True)))  # each copier takes the next
        async with self._reading, open_moment(self.sessions) as moment, asyncio.TaskGroup() as copiers:
            copiers.create_task(_copy_pieces(moment.driver, work, spelling))
            for _ in range(min(CONNECTIONS, len(statements)) - 1):
                copiers.create_task(self._copy_beside(moment, work, spelling))

    async def _copy_beside(self, moment: Moment, work: Work, spelling: Spelling) -> None:
        async with open_moment(self.sessions, same_as=moment) as same:
            await _copy_pieces(same.driver, work, spelling)


async def _copy_pieces(driver: asyncpg.Connection, work: Work, spelling: Spelling) -> None:
    for source, channel in work:
        await driver.copy_from_query(source.sql, *source.values, output=channel.write, **_FORMAT[spelling])
        channel.end()


async def copy_at(moment: Moment, table: Table, spelling: Spelling) -> AsyncGenerator[bytes, None]:
    """Yield the rows of ``table`` at this moment, for a quick reader of our own: the transaction waits for him."""
    spool = Spool(1)
    (channel,) = spool.channels
    try:
        for piece in table.pieces:
            source = make_statement(table, piece, spelling)
            await moment.driver.copy_from_query(source.sql, *source.values, output=channel.write, **_FORMAT[spelling])
        channel.end()
        async for block in channel.follow():
            yield block
    finally:
        spool.close()


@asynccontextmanager
async def open_moment(sessions: Sessions, *, same_as: Moment | None = None) -> AsyncIterator[Moment]:
    """Give a reading transaction that sees one moment: the present, or the moment of another that is still open."""
    async with sessions.begin() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
        if same_as is not None:  # before anything is asked; the name is the server's own
            await session.execute(text(f"SET TRANSACTION SNAPSHOT '{same_as.snapshot}'"))
        for setting in _PREPARE:
            await session.execute(text(setting))
        snapshot = (await session.execute(text("SELECT pg_export_snapshot()"))).scalar_one()
        yield Moment(await open_driver(session), snapshot)
