"""One worker process of the benchmark: `python -m bench.queue.worker HOME` with DATABASE_URL; ends with its parent.

All that a worker does but for photographs: it settles, keeps the queue, compares, withdraws, rolls up.
"""

import asyncio
import ctypes
import os
import signal
import sys
from pathlib import Path

import uvloop

from app.core.config import Settings
from app.core.database import make_engine, make_sessions
from app.core.storage import LocalStore
from workers.job import Context
from workers.jobs import JOBS
from workers.reader_pool import ReaderPool
from workers.runner import run_worker

_PR_SET_PDEATHSIG = 1


async def work(url: str, home: Path) -> None:
    """Run every light job until this process is told to end."""
    settings = Settings(home=home)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    light = {name: job for name, job in JOBS.items() if not job.heavy}
    with ReaderPool(1) as readers:  # no reader is started before it is needed
        context = Context(make_sessions(make_engine(url)), settings, LocalStore(settings.objects), readers)
        print("ready", flush=True)
        await run_worker(url, context, light, stopping, readers=1)


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(os.environ["DATABASE_URL"], Path(sys.argv[1])))
