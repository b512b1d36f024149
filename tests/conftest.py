"""The ground that every test stands on: a real PostgreSQL, a fresh database where commits matter, the known skips.

`database`, `sessions`: a database of the test's own, copied from a template that the migrations made once.
`session`: a session inside a transaction that is rolled back; cheaper, for what does not commit.
`settings`: settings whose home is a temporary folder.
`client`, `sign_in_as`, `address`, `app`, `storage`: a running server over them (tests/http_ground.py).
`seaweed`, `s3_store`, `s3_settings`: a real S3 store and an empty corner of its bucket (tests/seaweed.py).
`browser`, `window`: a real Chromium for a test, for a module (tests/browser_ground.py).

With DATABASE_URL set, the databases are made on that server; otherwise on an embedded one that lies in memory where
there is room (tests/database_ground.py, tests/quick_folder.py).
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from app.core.config import Settings
from tests.browser_ground import browser, chromium, window
from tests.database_ground import database, server, session, sessions, shared_database, template
from tests.http_ground import SignInAs, address, app, client, sign_in_as, storage
from tests.seaweed import s3_place, s3_settings, s3_store, seaweed
from tests.skip_list import (
    pytest_collectreport,
    pytest_runtest_logreport,
    pytest_sessionfinish,
    pytest_terminal_summary,
)

__all__ = [
    "SignInAs",
    "address",
    "app",
    "browser",
    "chromium",
    "client",
    "database",
    "pytest_collectreport",
    "pytest_runtest_logreport",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "s3_place",
    "s3_settings",
    "s3_store",
    "seaweed",
    "server",
    "session",
    "sessions",
    "shared_database",
    "sign_in_as",
    "storage",
    "template",
    "window",
]
"""Fixtures of tests that speak to a database, HTTP or S3, or open pages; see the modules that they come from."""

# Commands fit their tables to the terminal when they are imported, and a process among several is told of a narrow one.
os.environ["COLUMNS"] = "200"

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis_settings.register_profile(
    "runut", hypothesis_settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("runut")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings whose home is this test's own folder; the caller's RUNUT_... variables are not read."""
    for name in [name for name in os.environ if name.startswith("RUNUT_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return Settings(home=tmp_path / "home")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process is left alone with one at the end.

    ``slow`` may say how many seconds: ``pytest.mark.slow(40)``.
    """
    seconds: dict[Path, float] = {}
    for item in items:
        if marker := item.get_closest_marker("slow"):
            seconds[item.path] = max(seconds.get(item.path, 0.0), float(marker.args[0] if marker.args else 10))
    items.sort(key=lambda item: -seconds.get(item.path, 0.0))
