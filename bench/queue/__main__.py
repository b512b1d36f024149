"""How fast tasks are dealt and answered: `python -m bench.queue --places 823366 [--ban 5000] [--json]`.

Everything runs on a PostgreSQL of the benchmark's own, with fsync, in turns, so that a busy machine slows all alike:
the yardstick (a bare SKIP LOCKED claim, update and insert), the services with nothing else to do (claim and submit),
the services while a worker settles, rolls up and compares what they answer, one API process, two API processes.
Figures are medians of the rounds; ratios are to the yardstick of the same round.
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from app.core.database import Sessions, make_engine, make_sessions
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.postgres.databases import plain_dsn
from app.core.schema import migrate
from app.core.statements import look
from app.verification.queue_window import measure_window
from bench.queue.ban import Ban, ban_reader, wait_until_calm
from bench.queue.cost import Cost, measure_cost
from bench.queue.ground import Person, lay_ground
from bench.queue.people import run_http, run_services
from bench.queue.yardstick import lay_bare_queue, open_bare, run_bare

DATABASE = "bench_queue"
SERVER = {"shared_buffers": "1GB", "max_wal_size": "4GB"}
"""Of our own server: a nation's queue is not run on what suits a laptop."""

WARM_UP = 2.0
FEW = 2
"""Accounts beside the readers: who is banned, and who bans him."""


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    places: int
    connections: int
    seconds: float
    rounds: int
    ban: int
    http: bool
    as_json: bool


@dataclass
class Figures:
    """What was measured; owned by the run. ``rates``: pairs a second; ``costs``: ms of Python, of PostgreSQL a pair."""

    laid: float = 0.0
    rates: dict[str, list[float]] = field(default_factory=dict)
    costs: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    drained: list[float] = field(default_factory=list)
    """Seconds until the settler had caught up, each time people stopped."""
    ban: Ban | None = None

    def note(self, name: str, pairs: int, cost: Cost, catching_up: float = 0.0) -> None:
        """Note a run; the time in which the settler catches up belongs to it."""
        self.rates.setdefault(name, []).append(pairs / (cost.clock + catching_up))
        one = (1000 * cost.python / max(pairs, 1), 1000 * cost.postgres / max(pairs, 1))
        self.costs.setdefault(name, []).append(one)


@dataclass(frozen=True)
class Stage:
    """Where it is measured."""

    url: str
    sessions: Sessions
    people: tuple[Person, ...]
    bare: list[asyncpg.Connection]


def main() -> None:
    """Lay the ground, run in turns, print."""
    options = _parse()
    with _server() as url, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(_measure(url, options))
    report = _report(figures, options)
    print(json.dumps(report) if options.as_json else _as_text(report))


def _parse() -> Options:
    parser = argparse.ArgumentParser(prog="python -m bench.queue", description=__doc__)
    parser.add_argument("--places", type=int, default=20_000, help="TPS; each has two open sections")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ban", type=int, default=0, help="ban a reader after so many readings")
    parser.add_argument("--http", action="store_true", help="also over HTTP, with one and two API processes")
    parser.add_argument("--json", action="store_true", dest="as_json")
    return Options(**vars(parser.parse_args()))


@contextmanager
def _server() -> Iterator[str]:
    """Give the address of a PostgreSQL of our own, as `serve` would start it."""
    with tempfile.TemporaryDirectory(prefix="runut-bench-") as folder:
        Path(folder).chmod(0o755)  # root's server runs as another user, who has to come through
        embedded = EmbeddedPostgres(Path(folder) / "postgres", SERVER)
        try:
            yield embedded.start()
        finally:
            embedded.stop()


async def _measure(server: str, options: Options) -> Figures:
    url = await prepare_database(server, DATABASE)
    await migrate(url)
    engine = make_engine(url, pool_size=options.connections)
    figures = Figures()
    began = asyncio.get_running_loop().time()
    people = await lay_ground(make_sessions(engine), places=options.places, people=options.connections + FEW)
    await lay_bare_queue(plain_dsn(url), options.places)
    figures.laid = asyncio.get_running_loop().time() - began
    bare = await open_bare(plain_dsn(url), options.connections)
    stage = Stage(url, make_sessions(engine), people[FEW:], bare)
    async with look(stage.sessions) as statements:
        await measure_window(statements, every=0)
    await run_services(stage.sessions, stage.people, seconds=WARM_UP)
    for _ in range(options.rounds):
        await _run_round(stage, options, figures)
    if options.ban:
        async with _children("bench.queue.worker", 2, url):
            liar, admin = people[:FEW]
            figures.ban = await ban_reader(stage.sessions, liar, admin.account, stage.people, readings=options.ban)
    for one in bare:
        await one.close()
    await engine.dispose()
    return figures


async def _run_round(stage: Stage, options: Options, figures: Figures) -> None:
    seconds = options.seconds

    async def time_run(name: str, run: Callable[[], Awaitable[int]]) -> None:
        before = measure_cost(DATABASE)
        pairs = await run()
        figures.note(name, pairs, measure_cost(DATABASE).since(before))

    await time_run("bare", lambda: run_bare(stage.bare, seconds=seconds))
    await time_run("claim + submit", lambda: run_services(stage.sessions, stage.people, seconds=seconds))
    async with _children("bench.queue.worker", 1, stage.url):
        await wait_until_calm(stage.sessions)
        before = measure_cost(DATABASE)
        pairs = await run_services(stage.sessions, stage.people, seconds=seconds)
        cost = measure_cost(DATABASE).since(before)
        figures.drained.append(await wait_until_calm(stage.sessions))
        figures.note("with a worker that settles", pairs, cost, figures.drained[-1])
    if options.http:
        async with _children("bench.queue.site", 2, stage.url) as lines:
            places = [("127.0.0.1", int(line)) for line in lines]
            await time_run("http, 1 process", lambda: run_http(places[:1], stage.people, seconds=seconds))
            await time_run("http, 2 processes", lambda: run_http(places, stage.people, seconds=seconds))


@asynccontextmanager
async def _children(module: str, count: int, url: str) -> AsyncIterator[list[str]]:
    """Run processes of the benchmark and give the line that each says when it is ready."""
    with tempfile.TemporaryDirectory(prefix="runut-bench-home-") as home:
        command = [sys.executable, "-m", module, home]
        environment = {**os.environ, "DATABASE_URL": url}
        started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(count)]  # noqa: ASYNC220 - between runs
        try:
            yield [one.stdout.readline() for one in started if one.stdout is not None]
        finally:
            for one in started:
                one.kill()
                one.wait()


def _report(figures: Figures, options: Options) -> dict[str, Any]:
    bare = figures.rates["bare"]
    return {
        "places": options.places,
        "open_sections": 2 * options.places,
        "connections": options.connections,
        "rounds": options.rounds,
        "seconds_laying": round(figures.laid),
        "load_average": round(os.getloadavg()[0], 1),
        "per_second": {name: round(statistics.median(values), 1) for name, values in figures.rates.items()},
        "of_bare": {
            name: round(statistics.median(one / base for one, base in zip(values, bare, strict=True)), 2)
            for name, values in figures.rates.items()
        },
        "ms_python": {name: _median(values, 0) for name, values in figures.costs.items()},
        "ms_postgres": {name: _median(values, 1) for name, values in figures.costs.items()},
        "seconds_to_catch_up": round(statistics.median(figures.drained), 2),
        "ban": None if figures.ban is None else figures.ban.as_json(),
    }


def _median(values: list[tuple[float, float]], place: int) -> float:
    return round(statistics.median(one[place] for one in values), 2)


def _as_text(report: dict[str, Any]) -> str:
    ground = (
        f"{report['open_sections']:,} open sections of {report['places']:,} TPS (laid in {report['seconds_laying']} s)"
    )
    how = f"{report['connections']} at once, medians of {report['rounds']} rounds, load {report['load_average']}"
    lines = [f"{ground}, {how}"]
    for name, rate in report["per_second"].items():
        cost = f"{report['ms_python'][name]:.2f} + {report['ms_postgres'][name]:.2f} ms"
        lines.append(f"  {name:<28} {rate:8.1f}/s  {report['of_bare'][name]:5.2f} x bare   {cost} of a core a pair")
    lines.append(f"  the settler had caught up {report['seconds_to_catch_up']} s after people stopped")
    if ban := report["ban"]:
        lines.append(
            f"  banned after {ban['readings']} readings in {ban['sections']} sections: decided again in"
            f" {ban['seconds']:.1f} s, accepted {ban['accepted_before']} -> {ban['accepted_after']};"
            f" wrong: {'; '.join(ban['wrong']) or 'nothing'}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
