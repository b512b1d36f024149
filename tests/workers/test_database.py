"""A start on somebody else's server: taken as it is, but not in silence."""

import asyncio
import json
from urllib.parse import urlsplit

import asyncpg
import pytest

from app.core.config import Settings
from app.core.logs import configure_logs
from app.core.postgres.databases import plain_dsn
from workers.database import open_database

NAMES = ("fsync", "full_page_writes", "synchronous_commit")


async def find_off(database: str) -> set[str]:
    connection = await asyncpg.connect(plain_dsn(database))
    values = {name: await connection.fetchval(f"SHOW {name}") for name in NAMES}
    await connection.close()
    return {name for name, value in values.items() if value == "off"}


def test_a_given_server_that_may_lose_rows_is_used_and_told_of(
    settings: Settings, database: str, capfd: pytest.CaptureFixture[str]
) -> None:
    off = asyncio.run(find_off(database))  # all three on the server that the tests start themselves
    configure_logs()
    with open_database(settings.model_copy(update={"database_url": database})) as url:
        assert urlsplit(url).path == urlsplit(database).path
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    told = {line["setting"]: line for line in lines if line["event"].startswith("the database server may lose")}
    assert set(told) == off
    assert all(line["level"] == "warning" and line["remedy"] for line in told.values())
