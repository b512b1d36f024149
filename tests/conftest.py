"""The ground that every test stands on: a real PostgreSQL, a fresh database where commits matter, the known skips.

`database`, `sessions`: a database of the test's own, copied from a template that the migrations made once.
`session`: a session inside a transaction that is rolled back; cheaper, for what does not commit.
`settings`: settings whose home is a temporary folder.
`client`, `sign_in_as`, `address`, `app`, `storage`: a running server over them (tests/http_ground.py).
`seaweed`, `s3_store`, `s3_settings`: a real S3 store and an empty corner of its bucket (tests/seaweed.py).
`browser`: a real Chromium, through playwright.

With DATABASE_URL set, the databases are made on that server; otherwise on an embedded one in a temporary folder.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from fnmatch import fnmatch
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from playwright.async_api import Browser, async_playwright
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.database import Sessions, make_engine, make_sessions
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.postgres.databases import database_url, plain_dsn
from app.core.schema import migrate
from tests.http_ground import SignInAs, address, app, client, sign_in_as, storage
from tests.seaweed import s3_place, s3_settings, s3_store, seaweed
from workers.chromium import REMEDY, Chromium, find_chromium

__all__ = [
    "SignInAs",
    "address",
    "app",
    "client",
    "s3_place",
    "s3_settings",
    "s3_store",
    "seaweed",
    "sign_in_as",
    "storage",
]
"""Fixtures of tests that speak HTTP or S3; see tests/http_ground.py and tests/seaweed.py."""

EXPECTED_SKIPS = Path(__file__).with_name("expected_skips.txt")
TEMPLATE = f"runut_test_{os.getpid()}_template"

THROW_AWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "200"}
"""Only for the tests' server: its data need not survive anything."""

# Commands fit their tables to the terminal when they are imported, and a process among several is told of a narrow one.
os.environ["COLUMNS"] = "200"

_numbers = count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of a PostgreSQL server for this run."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="runut-tests-"))
    folder.chmod(0o755)  # root's server runs as another user, who has to come through
    embedded = EmbeddedPostgres(folder / "postgres", THROW_AWAY, durable=False)
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


@pytest.fixture(scope="session")
def chromium() -> Chromium:
    """The browser of this machine; without one, the tests that want it are skipped."""
    found = find_chromium()
    if found is None:
        pytest.skip(f"no Chromium: {REMEDY}")
    return found


@pytest.fixture
async def browser(chromium: Chromium) -> AsyncIterator[Browser]:
    """A browser of the test's own, without a sandbox: the tests open nothing but our own pages."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=chromium.program, args=["--no-sandbox"], env={**os.environ, **chromium.environment}
        )
        yield started
        await started.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process is left alone with one at the end.

    ``slow`` may say how many seconds: ``pytest.mark.slow(40)``.
    """
    seconds: dict[Path, float] = {}
    for item in items:
        if marker := item.get_closest_marker("slow"):
            seconds[item.path] = max(seconds.get(item.path, 0.0), float(marker.args[0] if marker.args else 10))
    items.sort(key=lambda item: -seconds.get(item.path, 0.0))


_skipped: dict[str, int] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _note_skip(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note_skip(report)


def _note_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Count a skip under its reason; an expected failure is none."""
    if report.skipped and not hasattr(report, "wasxfail") and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        _skipped[reason] = _skipped.get(reason, 0) + 1


def _unexpected_skips() -> list[str]:
    lines = [line.strip() for line in EXPECTED_SKIPS.read_text().splitlines()]
    patterns = [line for line in lines if line and not line.startswith("#")]
    return [reason for reason in _skipped if not any(fnmatch(reason, pattern) for pattern in patterns)]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run when something was skipped that nobody expected to be."""
    if _unexpected_skips() and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested."""
    unexpected = _unexpected_skips()
    for reason, times in _skipped.items():
        mark = "SKIPPED, and tests/expected_skips.txt does not list why" if reason in unexpected else "NOT TESTED"
        terminalreporter.write_line(f"{mark} ({times}): {reason}", yellow=True, bold=True)
