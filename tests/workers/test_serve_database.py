"""`serve` when its database is killed under it: the site says so, and goes on by itself."""

import asyncio
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest
import structlog

from app.core.database import make_engine, make_sessions
from app.core.jobs import enqueue
from app.core.postgres import EmbeddedPostgres
from app.core.postgres.postmaster import read_postmaster
from tests.workers.test_serve import (
    METRICS_TOKEN,
    children_of,
    end_all,
    home,
    serving,
    start_serving,
    started,
    wait_until,
    words_of,
    worker_of,
)

__all__ = ["home", "serving", "started"]

pytestmark = [pytest.mark.slow(25), pytest.mark.timeout(180)]


def find_data(home: Path) -> Path:
    """As root the data may lie elsewhere; the socket's folder tells."""
    return home / "postgres" / "data"


def find_server(home: Path) -> int | None:
    found = read_postmaster(find_data(home))
    return found.pid if found and words_of(found.pid) else None


def ask(address: str, path: str) -> int:
    return httpx.get(f"{address}{path}", timeout=30, headers={"accept": "application/json"}).status_code


async def queue_a_job_that_fails(home: Path) -> None:
    engine = make_engine(EmbeddedPostgres(home / "postgres").start().replace("/postgres?", "/runut?"))
    with structlog.contextvars.bound_contextvars(request_id="number-of-a-request"):
        async with make_sessions(engine).begin() as session:
            await enqueue(session, "settle", {"section": "none"})
    await engine.dispose()


def test_what_workers_count_and_say_is_seen_through_the_site(serving: subprocess.Popen[bytes], home: Path) -> None:
    address = (home / "address").read_text()
    asyncio.run(queue_a_job_that_fails(home))

    def page() -> str:
        return httpx.get(f"{address}/metrics", timeout=30, headers={"authorization": f"Bearer {METRICS_TOKEN}"}).text

    wait_until(lambda: 'runut_jobs_total{kind="settle",outcome="failed",process="worker"} 1.0' in page())
    assert 'runut_process_up{process="worker-0"} 1.0' in page()
    assert 'runut_process_up{process="site"} 1.0' in page()
    lines = [json.loads(line) for line in (home / "words").read_text().splitlines()]
    failed = [line for line in lines if line["event"] == "job failed"]
    assert failed[0]["request_id"] == "number-of-a-request"
    assert failed[0]["job"] == "settle"
    assert METRICS_TOKEN not in (home / "words").read_text()


def test_a_killed_database_comes_back_and_the_site_says_503_until_then(
    serving: subprocess.Popen[bytes], home: Path
) -> None:
    address = (home / "address").read_text()
    wait_until(lambda: worker_of(serving.pid))
    wait_until(lambda: ask(address, "/") == 200)
    first = find_server(home)
    assert first
    os.kill(first, signal.SIGKILL)
    seen = set()
    end = time.monotonic() + 60
    while find_server(home) in {None, first} or ask(address, "/readyz") != 200:
        seen.add(ask(address, "/"))
        assert time.monotonic() < end, "the database did not come back"
    assert seen <= {200, 503}
    assert ask(address, "/") == 200
    wait_until(lambda: worker_of(serving.pid))
    second = find_server(home)
    assert second
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(60) == 0
    wait_until(lambda: not words_of(second))


def test_a_killed_guard_is_replaced_too(serving: subprocess.Popen[bytes], home: Path) -> None:
    address = (home / "address").read_text()
    (guard,) = [pid for pid in children_of(serving.pid) if "guard.py" in words_of(pid)]
    os.kill(guard, signal.SIGKILL)
    wait_until(lambda: [pid for pid in children_of(serving.pid) if "guard.py" in words_of(pid)] not in ([], [guard]))
    wait_until(lambda: ask(address, "/readyz") == 200)
    server = find_server(home)
    serving.kill()
    serving.wait()
    assert server
    wait_until(lambda: not words_of(server))


IMPATIENT = """
import sys
from app.core.postgres import supervision
from workers.cli.__main__ import main
supervision.WAITS = (0.0, 0.1)
sys.exit(main(sys.argv[1:]))
"""


def test_a_database_that_cannot_come_back_ends_the_service_with_its_words(
    started: list[subprocess.Popen[bytes]], home: Path
) -> None:
    end_all(home, started)
    serving = start_serving(home, "-c", IMPATIENT)
    started.append(serving)
    server = find_server(home)
    assert server
    (find_data(home) / "global" / "pg_control").rename(home / "pg_control")
    os.kill(server, signal.SIGKILL)
    assert serving.wait(60) == 1
    assert "pg_control" in (home / "words").read_text()
