"""The database that a command works on: DATABASE_URL, or the embedded server under the settings' home."""

import asyncio
import contextlib
from collections.abc import Iterator

from app.core.config import Settings
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.schema import migrate

NAME = "runut"


@contextlib.contextmanager
def open_database(settings: Settings) -> Iterator[str]:
    """Give the address of the database, with the newest schema, for as long as the block lasts.

    An embedded server that runs already (`./runut serve` in another terminal) is used as it is and left running.

    Raises:
        EmbeddedPostgresError: the embedded server cannot run here.
    """
    if settings.database_url is not None:
        asyncio.run(migrate(settings.database_url))
        yield settings.database_url
        return
    server = EmbeddedPostgres(settings.home / "postgres")
    try:
        yield asyncio.run(_prepare(server.start()))
    finally:
        server.stop()


async def _prepare(url: str) -> str:
    database = await prepare_database(url, NAME)
    await migrate(database)
    return database
