"""`work`: workers without a site, until they are told to stop."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from app.core.config import PROJECT
from app.core.database import Sessions
from app.core.jobs import enqueue

pytestmark = pytest.mark.slow(12)


def start(home: Path, **more: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUNUT_")}
    kept.pop("DATABASE_URL", None)
    environment = {**kept, "RUNUT_HOME": str(home), "PYTHONPATH": str(PROJECT), "RUNUT_READERS": "1", **more}
    words = [sys.executable, "-m", "workers.cli", "work"]
    return subprocess.Popen(words, cwd=home, env=environment, stderr=subprocess.PIPE, text=True)


async def test_it_does_the_jobs_and_ends_when_it_is_told_to(database: str, sessions: Sessions, tmp_path: Path) -> None:
    async with sessions.begin() as session:
        await enqueue(session, "settle", {"section_id": 1})
    working = start(tmp_path, DATABASE_URL=database)
    try:
        end = time.monotonic() + 60
        while await count_jobs(sessions):
            assert working.poll() is None, "it ended by itself"
            assert time.monotonic() < end, "nobody did the job"
            time.sleep(0.1)
        working.send_signal(signal.SIGTERM)
        assert working.wait(60) == 0
    finally:
        working.kill()
        working.communicate()


async def count_jobs(sessions: Sessions) -> int:
    """Jobs that wait: one that was picked, done or given up is none."""
    async with sessions.begin() as session:
        return int((await session.execute(text("SELECT count(*) FROM pgqueuer WHERE status = 'queued'"))).scalar_one())


def test_without_a_database_it_says_what_is_missing(tmp_path: Path) -> None:
    working = start(tmp_path)
    _, said = working.communicate(timeout=60)
    assert working.returncode == 1
    assert "needs DATABASE_URL" in said
    assert "./runut serve" in said
    assert "Traceback" not in said
