"""Fixtures of tests that speak to a database: a server for the run, a template, and databases copied from it."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from itertools import count

import asyncpg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions, make_engine, make_sessions
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.postgres.databases import database_url, plain_dsn
from app.core.schema import migrate
from tests.quick_folder import quick_folder

TEMPLATE = f"runut_test_{os.getpid()}_template"

THROW_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "max_wal_size": "64MB",
    "min_wal_size": "32MB",
}
"""Only for the tests' server: its data need not survive anything, and lie in memory."""

_numbers = count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of a PostgreSQL server for this run."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    with quick_folder() as folder:
        embedded = EmbeddedPostgres(folder / "postgres", THROW_AWAY, durable=False)
        try:
            yield embedded.start()
        finally:
            embedded.stop()


@pytest.fixture(scope="session")
def template(server: str) -> Iterator[str]:
    """Name of the database that holds the newest schema and no rows."""

    url = asyncio.run(prepare_database(server, TEMPLATE))
    asyncio.run(migrate(url))
    yield TEMPLATE
    asyncio.run(drop_database(server, url))


async def copy_database(server: str, template: str) -> str:
    """Make a database of a name of its own from ``template``; return its address."""
    name = f"runut_test_{os.getpid()}_{next(_numbers)}"
    await _run(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    return database_url(server, name)


async def drop_database(server: str, url: str) -> None:
    """Drop the database at ``url``, whoever is in it."""
    await _run(server, f'DROP DATABASE IF EXISTS "{name_of(url)}" WITH (FORCE)')


def name_of(url: str) -> str:
    """Return the name of the database at ``url``."""
    return str(make_url(url).database)


async def _run(server: str, statement: str) -> None:
    connection = await asyncpg.connect(plain_dsn(server))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def database(server: str, template: str) -> AsyncIterator[str]:
    """Address of an empty database of this test's own, with the newest schema."""
    url = await copy_database(server, template)
    yield url
    await drop_database(server, url)


@pytest.fixture
async def sessions(database: str) -> AsyncIterator[Sessions]:
    """Factory of sessions on this test's own database; what they commit stays until the test ends."""
    engine = make_engine(database)
    yield make_sessions(engine)
    await engine.dispose()


@pytest.fixture(scope="session")
def shared_database(server: str, template: str) -> Iterator[str]:
    """Address of the database that the `session` fixture's transactions run in and leave no trace in."""
    url = asyncio.run(copy_database(server, template))
    yield url
    asyncio.run(drop_database(server, url))


@pytest.fixture
async def session(shared_database: str) -> AsyncIterator[AsyncSession]:
    """A session inside a transaction that is rolled back at the end, whatever the test commits."""
    engine = make_engine(shared_database)
    async with engine.connect() as connection:
        outer = await connection.begin()
        async with AsyncSession(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as inside:
            yield inside
        await outer.rollback()
    await engine.dispose()
