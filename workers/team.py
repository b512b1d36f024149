"""Worker processes that are kept running: one that dies is started again."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping

import structlog
from pydantic import SecretStr

from app.core.config import PROJECT, Settings

log = structlog.get_logger(__name__)

LOOK_EVERY = 0.5
RESTART_AFTER = 2.0
STOPPED_WITHIN = 20.0
"""Seconds a worker has to finish the jobs it has begun; what it leaves is picked again by another."""


class WorkerTeam:
    """`size` worker processes on one database. Owned by the process that serves."""

    def __init__(self, size: int, url: str, settings: Settings) -> None:
        self._environment = worker_environment(url, settings)
        self._workers = [self._start() for _ in range(size)]

    def _start(self) -> subprocess.Popen[bytes]:
        # A session of their own: Ctrl-C reaches the serving process alone, which stops them in order.
        return subprocess.Popen(
            [sys.executable, "-m", "workers.process", str(os.getpid())],
            env=self._environment,
            cwd=PROJECT,
            start_new_session=True,
        )

    async def keep_running(self) -> None:
        """Start every worker that ended again; runs until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            for place, worker in enumerate(self._workers):
                if (code := worker.poll()) is not None:
                    log.warning("worker ended; starting another", code=code)
                    await asyncio.sleep(RESTART_AFTER)
                    self._workers[place] = self._start()

    def stop(self) -> None:
        """Let every worker finish what it began, then end it."""
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            try:
                worker.wait(STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


def worker_environment(url: str, settings: Settings) -> Mapping[str, str]:
    """Return the environment that gives a worker the same settings and database as the caller's."""
    shown = settings.model_dump(mode="json", exclude_none=True, exclude={"database_url"})
    given = {f"RUNUT_{name.upper()}": str(value) for name, value in shown.items()}
    # The one place where secrets are written out: a dump shows asterisks, and a child needs the words.
    secrets = {name: getattr(settings, name) for name in shown}
    given |= {
        f"RUNUT_{name.upper()}": value.get_secret_value()
        for name, value in secrets.items()
        if isinstance(value, SecretStr)
    }
    paths = [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, **given, "DATABASE_URL": url, "PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"}
