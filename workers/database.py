"""The database that a command works on: DATABASE_URL, or the embedded server under the settings' home."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg
import structlog

from app.core.config import Settings
from app.core.logs import configure_logs
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.postgres.databases import plain_dsn
from app.core.postgres.durability import find_unsafe_values
from app.core.schema import migrate, require_schema
from workers.restore_mark import require_whole

log = structlog.get_logger(__name__)

NAME = "runut"


@dataclass(frozen=True)
class Database:
    """An address, and the server behind it when that is our own."""

    url: str
    server: EmbeddedPostgres | None


@contextlib.contextmanager
def open_database(settings: Settings) -> Iterator[str]:
    """Give the address of the database, with the newest schema, for as long as the block lasts.

    An embedded server that runs already (`./runut serve` in another terminal) is used as it is and left running.

    Raises:
        EmbeddedPostgresError: the embedded server cannot run here.
        ConflictError: a restore into the home was cut off.
    """
    with open_server(settings) as database:
        yield database.url


@contextlib.contextmanager
def open_unmigrated(settings: Settings) -> Iterator[str]:
    """Give the address of the database with the schema it has, for looking on; otherwise as :func:`open_database`.

    Raises:
        NewerSchemaError: a later release made the schema, and this one may not work on it.
        ConflictError: the database is empty, or a restore into the home was cut off.
        EmbeddedPostgresError: the embedded server cannot run here.
    """
    configure_logs(settings.log_level)
    require_whole(settings.home)
    with contextlib.ExitStack() as closing:
        url = settings.database_url
        if url is None:
            server = EmbeddedPostgres(settings.home / "postgres")
            closing.callback(server.stop)
            url = asyncio.run(prepare_database(server.start(), NAME))
        asyncio.run(require_schema(url))
        yield url


@contextlib.contextmanager
def open_server(settings: Settings) -> Iterator[Database]:
    """Do as :func:`open_database`, and give the embedded server too, to whoever keeps it running."""
    # Before the first line: a warning on standard output would stand in the middle of a report.
    configure_logs(settings.log_level)
    require_whole(settings.home)
    if settings.database_url is not None:
        asyncio.run(_prepare_foreign(settings.database_url))
        yield Database(settings.database_url, None)
        return
    server = EmbeddedPostgres(settings.home / "postgres")
    try:
        yield Database(asyncio.run(_prepare(server.start())), server)
    finally:
        server.stop()


async def _prepare(url: str) -> str:
    database = await prepare_database(url, NAME)
    await migrate(database)
    return database


async def _prepare_foreign(url: str) -> None:
    """Migrate somebody else's server, and say loudly when it may lose what it calls committed.

    It is not refused: its operator may know better (a file system or a storage that keeps pages whole needs no
    full_page_writes), and we cannot see what stands behind it.
    """
    await migrate(url)
    connection = await asyncpg.connect(plain_dsn(url))
    try:
        unsafe = await find_unsafe_values(connection)
    finally:
        await connection.close()
    for one in unsafe:
        log.warning(
            "the database server may lose committed rows",
            setting=one.name,
            value=one.value,
            place=one.place,
            remedy="switch it on; ./runut doctor says more",
        )
