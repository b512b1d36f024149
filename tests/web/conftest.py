"""Ground of the tests that open pages: a browser for the whole module, and a site of the module's own."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from app.core.config import Settings
from app.core.postgres.databases import database_url, plain_dsn
from tests.web.small_site import SmallSite, open_small_site
from workers.chromium import Chromium

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run")  # fmt: skip
"""No sandbox: the tests open nothing but our own pages. The rest keeps the browser from asking anybody anything."""

_numbers = count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def window(chromium: Chromium) -> AsyncIterator[Browser]:
    """One browser for all tests of a module; every test opens contexts of its own in it."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=chromium.program, args=list(QUIET), env={**os.environ, **chromium.environment}
        )
        yield started
        await started.close()


@pytest.fixture(scope="module")
def site(
    chromium: Chromium, server: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SmallSite]:
    """A running site with places, an election and accounts, and nothing else yet. Not started without a browser."""
    name = f"runut_pages_{os.getpid()}_{next(_numbers)}"
    asyncio.run(_execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'))
    home = tmp_path_factory.mktemp("site") / "home"
    settings = Settings(home=home)
    with open_small_site(database_url(server, name), settings) as running:
        yield running
    asyncio.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(plain_dsn(server))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Folder for a test's photographs."""
    folder = tmp_path / "photographs"
    folder.mkdir()
    return folder
