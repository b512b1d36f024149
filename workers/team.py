"""Worker processes that are kept running: one that dies is started again."""

import asyncio
import glob
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import SecretStr

from app.core.config import PROJECT, Settings

log = structlog.get_logger(__name__)

LOOK_EVERY = 0.5
WAITS = (2.0, 4.0, 8.0)
"""Seconds before a worker is started again, for the first, second and every later time in a row."""

CALM_AFTER = 30.0
"""A worker that ran this long is no longer counted as one that keeps ending."""

STOPPED_WITHIN = 20.0
"""Seconds a worker has to finish the jobs it has begun; what it leaves is picked again by another."""


@dataclass
class Place:
    """One worker's place in the team: the process that fills it now, and what is known of those before."""

    process: subprocess.Popen[bytes]
    started: float
    ends: int = 0
    """How many processes ended here one soon after the other."""
    due: float | None = None
    """When an empty place is filled again."""


class WorkerTeam:
    """`size` worker processes on one database. Owned by the process that serves.

    `metrics` is the folder that they count into; the site reads it.
    """

    def __init__(self, size: int, url: str, settings: Settings) -> None:
        self.metrics = make_metrics_folder(settings.home)
        self._environment = {**worker_environment(url, settings), "PROMETHEUS_MULTIPROC_DIR": str(self.metrics)}
        self._stopping = False
        self.places = [Place(self._start(), time.monotonic()) for _ in range(size)]

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
            for place in self.places:
                if not self._stopping and place.process.poll() is not None:
                    self._refill(place, time.monotonic())

    def _refill(self, place: Place, now: float) -> None:
        """Note that a place is empty, or fill it when its time has come."""
        if place.due is None:
            place.ends = 0 if now - place.started > CALM_AFTER else place.ends
            place.due = now + WAITS[min(place.ends, len(WAITS) - 1)]
            place.ends += 1
            log.warning("worker ended; starting another", code=place.process.returncode, ends=place.ends)
        elif now >= place.due:
            place.process, place.started, place.due = self._start(), now, None

    def processes(self) -> Mapping[str, int]:
        """Return the process ids of the workers by name."""
        return {f"worker-{number}": place.process.pid for number, place in enumerate(self.places)}

    def ask_to_stop(self) -> None:
        """Tell every worker to begin nothing more, and start none again."""
        self._stopping = True
        for place in self.places:
            place.process.terminate()

    def stop(self) -> None:
        """Let every worker finish what it began, then end it; all of them within the same time."""
        self.ask_to_stop()
        end = time.monotonic() + STOPPED_WITHIN
        for place in self.places:
            try:
                place.process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("worker did not end in time; killed")
                place.process.kill()
                place.process.wait()
        shutil.rmtree(self.metrics, ignore_errors=True)


def make_metrics_folder(home: Path) -> Path:
    """Make the folder that the workers of this start count into; folders of starts that were killed go.

    The host's name is in it: with a shared home, another machine's process ids say nothing here.
    """
    folder, host = home / "metrics", f"{socket.gethostname()}-"
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{glob.escape(host)}*-*"):
        pid = left.name.removeprefix(host).partition("-")[0]
        if pid.isdigit() and (int(pid) == os.getpid() or not Path(f"/proc/{pid}").exists()):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{host}{os.getpid()}-", dir=folder))


def worker_environment(url: str, settings: Settings) -> Mapping[str, str]:
    """Return the environment that gives a worker the same settings and database as the caller's.

    Secrets are written out here and nowhere else: another process has no other way to get them.
    """
    given = {f"RUNUT_{name.upper()}": _spell(value) for name, value in settings if value is not None}
    given.pop("RUNUT_DATABASE_URL", None)
    absent = {f"RUNUT_{name.upper()}" for name, value in settings if value is None}
    around = {name: value for name, value in os.environ.items() if name not in absent}
    paths = [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**around, **given, "DATABASE_URL": url, "PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"}


def _spell(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
