"""Fixtures of tests that open pages: a real Chromium, for one test or for a module."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from workers.chromium import REMEDY, Chromium, find_chromium

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run")  # fmt: skip
"""No sandbox: the tests open nothing but our own pages. The rest keeps the browser from asking anybody anything."""

expect.set_options(timeout=30_000)
"""What a page comes to show is waited for: how long that takes on a busy machine says nothing of the page."""


@pytest.fixture(scope="session")
def chromium() -> Chromium:
    """The browser of this machine; without one, the tests that want it are skipped."""
    found = find_chromium()
    if found is None:
        pytest.skip(f"no Chromium: {REMEDY}")
    return found


@pytest.fixture
async def browser(chromium: Chromium) -> AsyncIterator[Browser]:
    """A browser of the test's own."""
    async with open_browser(chromium) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def window(chromium: Chromium) -> AsyncIterator[Browser]:
    """One browser for all tests of a module; every test opens contexts of its own in it."""
    async with open_browser(chromium) as started:
        yield started


@asynccontextmanager
async def open_browser(chromium: Chromium) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=chromium.program, args=list(QUIET), env={**os.environ, **chromium.environment}
        )
        yield started
        await started.close()
