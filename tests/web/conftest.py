"""Ground of the tests that open pages: a site of the module's own."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.config import Settings
from tests.database_ground import copy_database, drop_database
from tests.web.small_site import SmallSite, open_small_site
from workers.chromium import Chromium


@pytest.fixture(scope="module")
def site(
    chromium: Chromium, server: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SmallSite]:
    """A running site with places, an election and accounts, and nothing else yet. Not started without a browser."""
    url = asyncio.run(copy_database(server, template))
    with open_small_site(url, Settings(home=tmp_path_factory.mktemp("site") / "home")) as running:
        yield running
    asyncio.run(drop_database(server, url))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Folder for a test's photographs."""
    folder = tmp_path / "photographs"
    folder.mkdir()
    return folder
