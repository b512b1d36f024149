"""The worker of the benchmark: `python -m bench.tally.worker HOME` with DATABASE_URL; ends with its parent.

Of what a worker does, what accepting a result sets in motion: settling, the queue, comparing, rolling up. Publishing is
measured by bench/publish; photographs, by bench/intake.
"""

import asyncio
import ctypes
import os
import signal
import sys
from pathlib import Path

import uvloop

from app.core.config import Settings
from app.core.database import Sessions, make_engine, make_sessions
from app.core.storage import LocalStore
from app.tally.roll_up import roll_up
from workers.job import Context
from workers.jobs import JOBS
from workers.reader_pool import ReaderPool
from workers.runner import LIGHT_AT_ONCE, ROLL_UP_EVERY, _work, repeat
from workers.settler import KEEP_EVERY, SETTLE_EVERY, keep_queue, settle_answers
from workers.turns import Turns

_PR_SET_PDEATHSIG = 1


async def work(url: str, home: Path) -> None:
    """Work until this process is told to end."""
    settings = Settings(home=home)
    sessions = make_sessions(make_engine(url))
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    light = {name: job for name, job in JOBS.items() if not job.heavy}
    with ReaderPool(1) as readers:  # no reader is started before it is needed
        context = Context(sessions, settings, LocalStore(settings.objects), readers)
        print("ready", flush=True)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_work(url, context, light, (LIGHT_AT_ONCE, Turns()), stopping))
            tasks.create_task(repeat("settle", SETTLE_EVERY, lambda: settle_answers(sessions), stopping))
            tasks.create_task(repeat("keep the queue", KEEP_EVERY, lambda: keep_queue(sessions), stopping))
            tasks.create_task(repeat("roll up", ROLL_UP_EVERY, lambda: _roll_up_once(sessions), stopping))


async def _roll_up_once(sessions: Sessions) -> int:
    async with sessions.begin() as session:
        return await roll_up(session)


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(os.environ["DATABASE_URL"], Path(sys.argv[1])))
