"""One worker process: `python -m workers.process PARENT`. Takes its settings from the environment.

Ends when it is told to (SIGTERM: the begun jobs are finished first) and when its parent is gone.
"""

import asyncio
import os
import signal
import sys

import uvloop

from app.core.config import Settings, get_settings
from app.core.database import make_engine, make_sessions
from app.core.errors import InvalidInputError
from app.core.logs import configure_logs
from app.core.storage import open_store
from workers.job import Context
from workers.jobs import JOBS
from workers.reader_pool import ReaderPool
from workers.runner import work_through_outages

READERS_MAX = 8
LOOK_EVERY = 0.5


def count_readers() -> int:
    """Return how many photographs this machine reads at once: one a processor, at most eight a worker."""
    given = os.environ.get("RUNUT_READERS", "")
    return int(given) if given.isdigit() else max(1, min(len(os.sched_getaffinity(0)), READERS_MAX))


async def _stop_with(parent: int, stopping: asyncio.Event) -> None:
    """Ask for the end when the process that started us was killed."""
    while os.getppid() == parent and not stopping.is_set():  # noqa: ASYNC110 (the kernel tells of it no other way)
        await asyncio.sleep(LOOK_EVERY)
    stopping.set()


async def work(url: str, settings: Settings, parent: int) -> None:
    """Run jobs until told to stop."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopping.set)
    readers = count_readers()
    engine = make_engine(url)
    try:
        with ReaderPool(readers) as pool:
            context = Context(make_sessions(engine), settings, open_store(settings), pool)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_stop_with(parent, stopping))
                tasks.create_task(work_through_outages(url, context, JOBS, stopping, readers=readers))
    finally:
        await engine.dispose()


def main() -> None:
    """Run one worker with the settings of the environment.

    The parent is named by whoever starts us: if it died while we were loading, our parent is another one already.
    """
    settings = get_settings()
    configure_logs(settings.log_level)
    if settings.database_url is None:
        raise InvalidInputError("A worker needs DATABASE_URL.", "`./runut serve` starts workers with it.")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(settings.database_url, settings, int(sys.argv[1])))


if __name__ == "__main__":
    main()
