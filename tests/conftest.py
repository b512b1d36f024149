"""The ground that every test stands on: a real PostgreSQL, a fresh database where commits matter, the known skips.

`database`, `sessions`: a database of the test's own, copied from a template that the migrations made once.
`session`: a session inside a transaction that is rolled back; cheaper, for what does not commit.
`settings`: settings whose home is a temporary folder.
`client`, `sign_in_as`, `address`, `app`, `storage`: a running server over them (tests/http_ground.py).

With DATABASE_URL set, the databases are made on that server; otherwise on an embedded one in a temporary folder.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.database import Sessions, make_engine, make_sessions
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.postgres.databases import database_url, plain_dsn
from app.core.schema import migrate
from tests.http_ground import SignInAs, address, app, client, sign_in_as, storage

__all__ = ["SignInAs", "address", "app", "client", "sign_in_as", "storage"]
"""Fixtures of tests that speak HTTP; see tests/http_ground.py."""

EXPECTED_SKIPS = Path(__file__).with_name("expected_skips.txt")
TEMPLATE = f"runut_test_{os.getpid()}_template"

THROW_AWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "200"}
"""Only for the tests' server: its data need not survive anything."""

_numbers = count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of a PostgreSQL server for this run."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="runut-tests-"))
    folder.chmod(0o755)  # root's server runs as another user, who has to come through
    embedded = EmbeddedPostgres(folder / "postgres", THROW_AWAY)
    try:
        yield embedded.start()
    finally:
        embedded.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server: str) -> Iterator[str]:
    """Name of the database that holds the newest schema and no rows."""

    async def make() -> None:
        await migrate(await prepare_database(server, TEMPLATE))

    asyncio.run(make())
    yield TEMPLATE
    asyncio.run(_run(server, f'DROP DATABASE IF EXISTS "{TEMPLATE}" WITH (FORCE)'))


async def _run(server: str, statement: str) -> None:
    connection = await asyncpg.connect(plain_dsn(server))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def database(server: str, template: str) -> AsyncIterator[str]:
    """Address of an empty database of this test's own, with the newest schema."""
    name = f"runut_test_{os.getpid()}_{next(_numbers)}"
    await _run(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    yield database_url(server, name)
    await _run(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def sessions(database: str) -> AsyncIterator[Sessions]:
    """Factory of sessions on this test's own database; what they commit stays until the test ends."""
    engine = make_engine(database)
    yield make_sessions(engine)
    await engine.dispose()


@pytest.fixture(scope="session")
def shared_database(server: str, template: str) -> Iterator[str]:
    """Address of the database that the `session` fixture's transactions run in and leave no trace in."""
    name = f"{template}_shared"
    asyncio.run(_run(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    yield database_url(server, name)
    asyncio.run(_run(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


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


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings whose home is this test's own folder; the caller's RUNUT_... variables are not read."""
    for name in [name for name in os.environ if name.startswith("RUNUT_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return Settings(home=tmp_path / "home")
