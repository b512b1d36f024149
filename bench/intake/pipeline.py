"""How many pages a second a worker reads, from the queue to the decision asked for: real worker, real database."""

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from app.core.config import PROJECT, Settings
from app.core.database import Sessions, open_sessions
from bench.intake.ground import Ground
from workers.team import worker_environment

_COUNTS = text("SELECT count(*) FILTER (WHERE state <> 'received'), count(*) FILTER (WHERE state = 'read') FROM photo")
_JOBS = text("SELECT count(*) FROM pgqueuer")
WARM_UP = 4
"""Pages before the clock starts: the readers load their model first."""


@dataclass(frozen=True)
class Pace:
    """Pages looked at after the warm-up, how many of all were read, and seconds: on the wall, and of the worker and its
    readers on the processors."""

    pages: int
    read: int
    seconds: float
    cpu_seconds: float


def measure_pipeline(ground: Ground, readers: int) -> Pace:
    """Let one worker with ``readers`` reader processes read everything that is queued."""
    environment = {
        **worker_environment(ground.url, Settings(home=ground.home, find_copies=False)),
        "RUNUT_READERS": str(readers),
    }
    with (ground.home / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "workers.process", str(os.getpid())],
            env=environment, stdout=log, stderr=log, cwd=PROJECT,
        )  # fmt: skip
    try:
        return asyncio.run(_watch(ground.url, worker.pid))
    finally:
        worker.terminate()
        worker.wait()


def sum_cpu(pid: int) -> float:
    """Return the processor seconds that a process and its living children have used (Linux: proc(5), stat)."""
    used = 0.0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if pid in {int(entry.parent.name), int(words[1])}:
            used += (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    return used


async def _watch(url: str, worker: int) -> Pace:
    async with open_sessions(url) as sessions:
        began_at = 0
        while (began_at := (await _count(sessions))[0]) < WARM_UP:  # noqa: ASYNC110 - the database does not call us
            await asyncio.sleep(0.02)
        began, used = time.perf_counter(), sum_cpu(worker)
        while await _count_jobs(sessions):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
        seconds, used = time.perf_counter() - began, sum_cpu(worker) - used
        looked, read = await _count(sessions)
        return Pace(looked - began_at, read, seconds, used)


async def _count(sessions: Sessions) -> tuple[int, int]:
    async with sessions.begin() as session:
        looked, read = (await session.execute(_COUNTS)).one()
    return looked, read


async def _count_jobs(sessions: Sessions) -> int:
    async with sessions.begin() as session:
        return int((await session.execute(_JOBS)).scalar_one())
