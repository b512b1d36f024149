"""What runs in the drill: a durable PostgreSQL, two sites, two workers, each to be killed and started again alone."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx

from app.core.config import Settings
from workers.drill.kill.cluster import KeptPostgres
from workers.drill.kill.nursery import PARENT
from workers.drill.kill.processes import Kept, Program, list_children, read_command_line
from workers.team import worker_environment

SITES, WORKERS = 2, 2
READERS_A_WORKER = "1"
ANSWERS_WITHIN = 90.0
LOOK_EVERY = 0.05


class Stage:
    """The running service. Owned by the drill: nobody else kills or starts anything of it."""

    def __init__(self, database: KeptPostgres, sites: Sequence[Kept], workers: Sequence[Kept]) -> None:
        """Take over what was started."""
        self.database, self.sites, self.workers = database, tuple(sites), tuple(workers)

    def find_readers(self) -> list[int]:
        """Return the processes in which the workers read photographs."""
        children = [child for worker in self.workers if worker.is_running() for child in list_children(worker.pid)]
        return [child for child in children if "resource_tracker" not in read_command_line(child)]

    def count_starts(self) -> dict[str, int]:
        """Return how often each program was started."""
        starts = {program.name: program.starts for program in (*self.sites, *self.workers)}
        return {**starts, "postgres": self.database.starts}


def choose_ports(count: int) -> list[int]:
    """Return free ports: a site keeps its port over its restarts, so that clients find it again."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]


def site_address(port: int) -> str:
    """Return the address of a site."""
    return f"http://127.0.0.1:{port}"


def make_site(port: int, number: int, url: str, settings: Settings) -> Program:
    """Return the program of a site without workers, which ends with us."""
    words = ["workers.cli", "serve", "--workers", "0", "--port", str(port), "--parent", PARENT]
    return Program(f"site{number}", words, worker_environment(url, settings))


def make_worker(number: int, url: str, settings: Settings) -> Program:
    """Return the program of a worker, which ends with us."""
    environment = {**worker_environment(url, settings), "RUNUT_READERS": READERS_A_WORKER}
    return Program(f"worker{number}", ["workers.process", PARENT], environment)


@contextlib.asynccontextmanager
async def run_stage(
    database: KeptPostgres, url: str, settings: Settings, ports: Sequence[int], folder: Path
) -> AsyncIterator[Stage]:
    """Run sites and workers beside a database that runs already, keep all of them running, and stop them at the end."""
    sites = [Kept(make_site(port, number, url, settings), folder) for number, port in enumerate(ports, start=1)]
    workers = [Kept(make_worker(number, url, settings), folder) for number in range(1, WORKERS + 1)]
    kept = (*sites, *workers)
    try:
        async with asyncio.TaskGroup() as tasks:
            keepers = [tasks.create_task(one.keep()) for one in kept]
            keepers.append(tasks.create_task(database.keep()))
            await asyncio.gather(*(wait_for_site(site_address(port)) for port in ports))
            yield Stage(database, sites, workers)
            for keeper in keepers:
                keeper.cancel()
    finally:
        for one in kept:
            one.terminate()
        for one in kept:
            await asyncio.to_thread(one.stop)


async def wait_for_site(address: str) -> None:
    """Wait until a site answers.

    Raises:
        TimeoutError: it does not come up.
    """
    async with asyncio.timeout(ANSWERS_WITHIN), httpx.AsyncClient(base_url=address, trust_env=False) as client:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/api/v1/session")).status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    return
            await asyncio.sleep(LOOK_EVERY)
