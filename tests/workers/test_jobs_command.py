"""`./runut jobs` against a real database, as an operator types it."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app.core.config import get_settings
from app.core.database import make_engine, make_sessions
from workers.attempts import set_aside
from workers.cli.jobs import app


@pytest.fixture
def runner(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("COLUMNS", "240")
    get_settings.cache_clear()
    yield CliRunner()
    get_settings.cache_clear()


async def _give_up(database: str) -> None:
    engine = make_engine(database)
    async with make_sessions(engine).begin() as session:
        await set_aside(
            session, job_id=3, job="settle", payload={"section_id": 9}, reason="failed", message="[red]no such section"
        )
    await engine.dispose()


async def _queued(database: str) -> list[str]:
    engine = make_engine(database)
    async with make_sessions(engine).begin() as session:
        found = (await session.scalars(text("SELECT convert_from(payload, 'UTF8') FROM pgqueuer"))).all()
    await engine.dispose()
    return list(found)


def test_nothing_was_given_up(runner: CliRunner) -> None:
    assert runner.invoke(app, ["list"]).stdout == "No job was given up.\n"


def test_a_job_is_shown_with_its_error_and_tried_again_once(runner: CliRunner, database: str) -> None:
    asyncio.run(_give_up(database))

    listed = runner.invoke(app, ["list"]).stdout
    assert "settle" in listed
    assert "section_id 9" in listed
    assert "no such section" in listed
    assert runner.invoke(app, ["retry", "1"]).stdout == "settle is in the queue again.\n"
    assert asyncio.run(_queued(database)) == ['{"section_id":9}']
    assert runner.invoke(app, ["retry", "1"]).exit_code == 1
    assert runner.invoke(app, ["list"]).stdout == "No job was given up.\n"
