"""How fast tasks are dealt and answered: `python -m bench.queue --sections 200000 [--json]`.

Everything runs on a PostgreSQL of the benchmark's own, with fsync, in turns, so that a busy machine slows all alike:
the yardstick (a bare SKIP LOCKED claim, update and insert), the services, one API process, two API processes. Figures
are medians of the rounds; ratios are to the yardstick.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.core.database import make_engine, make_sessions
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.postgres.databases import plain_dsn
from app.core.schema import migrate
from bench.queue.ground import lay_ground
from bench.queue.people import run_http, run_services
from bench.queue.yardstick import lay_bare_queue, run_bare

Run = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    sections: int
    connections: int
    seconds: float
    rounds: int
    as_json: bool


def main() -> None:
    """Lay the ground, run in turns, print."""
    options = _parse()
    with _server() as url:
        figures = asyncio.run(_measure(url, options))
    report = {
        "sections": options.sections,
        "connections": options.connections,
        "load_average": os.getloadavg()[0],
        "per_second": {name: round(statistics.median(values), 1) for name, values in figures.items()},
    }
    print(json.dumps(report) if options.as_json else _as_text(report["per_second"], options))  # type: ignore[arg-type]


def _parse() -> Options:
    parser = argparse.ArgumentParser(prog="python -m bench.queue", description=__doc__)
    parser.add_argument("--sections", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", dest="as_json")
    return Options(**vars(parser.parse_args()))


@contextmanager
def _server() -> Iterator[str]:
    """Give the address of a PostgreSQL of our own, as `serve` would start it."""
    with tempfile.TemporaryDirectory(prefix="runut-bench-") as folder:
        Path(folder).chmod(0o755)  # root's server runs as another user, who has to come through
        embedded = EmbeddedPostgres(Path(folder) / "postgres", {})
        try:
            yield embedded.start()
        finally:
            embedded.stop()


async def _measure(server: str, options: Options) -> dict[str, list[float]]:
    url = await prepare_database(server, "bench_queue")
    await migrate(url)
    engine = make_engine(url, pool_size=options.connections)
    sessions = make_sessions(engine)
    people = await lay_ground(sessions, sections=options.sections, people=options.connections)
    await lay_bare_queue(plain_dsn(url), options.sections)
    common = {"seconds": options.seconds}
    async with _sites(url) as places:
        runs: dict[str, Run] = {
            "bare": lambda: run_bare(plain_dsn(url), connections=options.connections, **common),
            "services": lambda: run_services(sessions, people, **common),
            "http, 1 process": lambda: run_http(places[:1], people, **common),
            "http, 2 processes": lambda: run_http(places, people, **common),
        }
        figures: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(options.rounds):
            for name, run in runs.items():
                figures[name].append(await run())
    await engine.dispose()
    return figures


@asynccontextmanager
async def _sites(url: str) -> AsyncIterator[list[tuple[str, int]]]:
    """Give the addresses of two API processes on the database."""
    with tempfile.TemporaryDirectory(prefix="runut-bench-home-") as home:
        command = [sys.executable, "-m", "bench.queue.site", home]
        environment = {**os.environ, "DATABASE_URL": url}
        started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(2)]  # noqa: ASYNC220 - before anything is measured
        try:
            ports = [int(one.stdout.readline()) for one in started if one.stdout is not None]
            yield [("127.0.0.1", port) for port in ports]
        finally:
            for one in started:
                one.kill()
                one.wait()


def _as_text(per_second: dict[str, float], options: Options) -> str:
    ground = f"{options.sections:,} open sections, {options.connections} at once"
    lines = [f"{ground}, median of {options.rounds} x {options.seconds:g} s, load {os.getloadavg()[0]:.1f}"]
    bare = per_second["bare"]
    lines += [f"  {name:<18} {value:8.1f}/s   {value / bare:5.2f} x bare" for name, value in per_second.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
