"""The tally at full size: `python -m bench.tally [--only hierarchy|rebuild|settle] [--seconds 60] [--readme]`.

Everything runs on a PostgreSQL of the benchmark's own, with fsync. Three parts: the hierarchy of 2024 is imported; a
presidential and a legislative contest of all its TPS are added up from nothing; results are accepted through the rule
by eight clients beside a worker. Each checks its own sums, and every goal has a yardstick of the same run.
"""

import argparse
import asyncio
import os
import statistics
import sys
from dataclasses import dataclass

import uvloop

from app.core.database import make_engine, make_sessions
from app.core.postgres import prepare_database
from app.core.postgres.databases import plain_dsn
from app.core.schema import migrate
from app.pemilu.service import get_contest
from app.tally.service import verify
from bench.queue.__main__ import _children, _server
from bench.queue.ground import CONTEST, lay_ground
from bench.tally.nation import copy_hierarchy, import_hierarchy, lay_contests, lay_numbers
from bench.tally.readme import Line, as_text, write_readme
from bench.tally.rebuild import Rebuilt, measure_rebuild
from bench.tally.settle import CONNECTIONS, DATABASE, Settled, accept_results, deal_tasks
from bench.tally.yardstick import insert_bare, open_bare

WARM_UP = 3.0
TPS_EACH = 10
"""TPS of a kelurahan, as in 2024: nearly every result concerns another one."""

HIERARCHY_MAX, STALE_MAX = 10.0, 2.0
REBUILD_MAX = {28: 1.5, 136: 30.0}
OF_NUMPY_MAX, OF_BARE_MIN, RATE_MIN = 50.0, 0.3, 300.0
PARTS = ("hierarchy", "rebuild", "settle")


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    only: str | None
    places: int
    seconds: float
    rounds: int
    readme: bool
    workers: int


def main() -> None:
    """Run the parts, print the table."""
    options = _parse()
    with _server() as url, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        lines = runner.run(_measure(url, options))
    print(as_text(lines))
    print(f"load {os.getloadavg()[0]:.1f}")
    if options.readme:
        write_readme(lines, command=f"python -m bench.tally {' '.join(sys.argv[1:])}".strip())


def _parse() -> Options:
    parser = argparse.ArgumentParser(prog="python -m bench.tally", description=__doc__)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--places", type=int, default=100_000, help="TPS of the part that settles")
    parser.add_argument("--seconds", type=float, default=60.0, help="for which clients answer")
    parser.add_argument("--workers", type=int, default=2, help="worker processes beside the clients")
    parser.add_argument("--rounds", type=int, default=3, help="of each rebuild, and of clients beside their yardstick")
    parser.add_argument("--readme", action="store_true", help="write the figures into README.md")
    return Options(**vars(parser.parse_args()))


async def _measure(server: str, options: Options) -> list[Line]:
    lines: list[Line] = []
    if options.only != "settle":
        lines += await _measure_nation(server, options)
    if options.only in {None, "settle"}:
        lines += await _measure_settling(server, options)
    return lines


async def _measure_nation(server: str, options: Options) -> list[Line]:
    url = await prepare_database(server, "bench_nation")
    await migrate(url)
    engine = make_engine(url)
    sessions = make_sessions(engine)
    seconds, is_real = await import_hierarchy(sessions)
    kind = "the edition of 2024" if is_real else "an invented edition of its size"
    plain = await copy_hierarchy(plain_dsn(url))
    ratio = f"{seconds / plain:.1f} × COPY of its TPS, {plain:.2f} s"
    name, goal = f"import hierarchy ({kind})", f"≤ {HIERARCHY_MAX:.0f} s"
    lines = [Line(name, goal, f"{seconds:.1f} s", ratio, seconds <= HIERARCHY_MAX)]
    if options.only != "hierarchy":
        for contest in await lay_contests(sessions):
            numbers = await lay_numbers(plain_dsn(url), contest)
            lines += _tell_rebuild(await measure_rebuild(sessions, numbers, rounds=options.rounds), len(numbers.kodes))
    await engine.dispose()
    return lines


def _tell_rebuild(seen: Rebuilt, places: int) -> list[Line]:
    name = f"rebuild of {places:,} TPS × {seen.width} numbers"
    goal = REBUILD_MAX[seen.width]
    ratio = seen.from_nothing / seen.in_memory
    return [
        Line(
            f"{name}, from nothing",
            f"≤ {goal} s and ≤ {OF_NUMPY_MAX:.0f} × numpy",
            f"{seen.from_nothing:.2f} s",
            f"{ratio:.0f} × {seen.in_memory * 1000:.0f} ms",
            seen.from_nothing <= goal and ratio <= OF_NUMPY_MAX,
        ),
        Line(f"{name}, all right already", "", f"{seen.again:.2f} s", f"{seen.again / seen.in_memory:.0f} ×"),
        Line("the oracle over the same", "", f"{seen.verified:.2f} s", f"{seen.verified / seen.again:.1f} × a rebuild"),
        Line("sums that are not right", "0", str(seen.drift), "", seen.drift == 0),
    ]


async def _measure_settling(server: str, options: Options) -> list[Line]:
    url = await prepare_database(server, DATABASE)
    await migrate(url)
    engine = make_engine(url, pool_size=CONNECTIONS + 2)
    sessions = make_sessions(engine)
    await lay_ground(sessions, places=options.places, people=1, tps_each=TPS_EACH)
    tasks = await deal_tasks(sessions, count=options.places // 2)
    settled: list[Settled] = []
    rates: list[float] = []
    async with _children("bench.tally.worker", options.workers, url):
        await accept_results(sessions, tasks, seconds=WARM_UP)
        bare = await open_bare(plain_dsn(url), CONNECTIONS)
        for _ in range(options.rounds):
            part = options.seconds / options.rounds
            settled.append(await accept_results(sessions, tasks, seconds=part))
            rates.append(await insert_bare(bare, seconds=part / 3))
    async with sessions.begin() as session:
        drift = len(await verify(session, contest=await get_contest(session, kode=CONTEST)))
    for one in bare.connections:
        await one.close()
    await engine.dispose()
    return _tell_settling(settled, rates, drift)


def _tell_settling(settled: list[Settled], bare: list[float], drift: int) -> list[Line]:
    rate = statistics.median(one.rate for one in settled)
    ratio = statistics.median(one.rate / base for one, base in zip(settled, bare, strict=True))
    ages = [age for one in settled for age in one.watch.ages]
    worst, usual = max(ages), statistics.median(ages)
    caught = statistics.median(one.caught_up for one in settled)
    return [
        Line(
            f"accepted results through settle, {CONNECTIONS} clients, roller on",
            f"≥ {RATE_MIN:.0f}/s and ≥ {OF_BARE_MIN} × bare inserts",
            f"{rate:.0f}/s",
            f"{ratio:.2f} × {statistics.median(bare):.0f}/s",
            rate >= RATE_MIN and ratio >= OF_BARE_MIN,
        ),
        Line("of a core for each of them: clients + worker + PostgreSQL", "", _tell_cost(settled)),
        Line("the settler had caught up after clients stopped", "", f"{caught:.1f} s"),
        Line(
            "nation's row is stale", f"≤ {STALE_MAX:.0f} s", f"{worst:.2f} s at worst, {usual:.2f} s median", "",
            worst <= STALE_MAX,
        ),
        Line("sums that are not right afterwards", "0", str(drift), "", drift == 0),
    ]  # fmt: skip


def _tell_cost(settled: list[Settled]) -> str:
    accepted = sum(one.accepted for one in settled)
    spent = [sum(one.cost[part] for one in settled) for part in range(3)]
    return " + ".join(f"{1000 * one / max(accepted, 1):.2f}" for one in spent) + " ms"


if __name__ == "__main__":
    main()
