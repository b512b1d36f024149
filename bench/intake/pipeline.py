"""How many pages a second a worker reads, from the queue to the decision asked for: real worker, real database."""

import asyncio
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass

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
    """Pages looked at after the warm-up, how many of all were read, wall seconds and the worker's processor seconds."""

    pages: int
    read: int
    seconds: float
    cpu_seconds: float


def measure_pipeline(ground: Ground, readers: int) -> Pace:
    """Let one worker with ``readers`` reader processes read everything that is queued."""
    environment = {**worker_environment(ground.url, Settings(home=ground.home)), "RUNUT_READERS": str(readers)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with (ground.home / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "workers.process", str(os.getpid())],
            env=environment, stdout=log, stderr=log, cwd=PROJECT,
        )  # fmt: skip
    try:
        pages, read, seconds = asyncio.run(_watch(ground.url))
    finally:
        worker.terminate()
        worker.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Pace(pages, read, seconds, used)


async def _watch(url: str) -> tuple[int, int, float]:
    async with open_sessions(url) as sessions:
        began_at = 0
        while (began_at := (await _count(sessions))[0]) < WARM_UP:  # noqa: ASYNC110 - the database does not call us
            await asyncio.sleep(0.02)
        began = time.perf_counter()
        while await _count_jobs(sessions):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
        seconds = time.perf_counter() - began
        looked, read = await _count(sessions)
        return looked - began_at, read, seconds


async def _count(sessions: Sessions) -> tuple[int, int]:
    async with sessions.begin() as session:
        looked, read = (await session.execute(_COUNTS)).one()
    return looked, read


async def _count_jobs(sessions: Sessions) -> int:
    async with sessions.begin() as session:
        return int((await session.execute(_JOBS)).scalar_one())
