"""Publishing and reading at the size of the nation: ``python -m bench.publish [--provinsi 31,34] [--readme]``.

On a PostgreSQL of the benchmark's own, with fsync, and the local store: everything published, a thousand results
changed and published, one result. What was published is looked at from outside, file by file. Then published regions
are read from one site process and from nginx with one worker, on the same bytes, by the same client, in turns.
"""

import argparse
import asyncio
import os
import resource
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

import uvloop

from app.core.database import Sessions, make_engine, make_sessions
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.schema import migrate
from app.core.storage import LocalStore, S3Store
from app.pemilu.definition import Contest
from app.publication.press import Press
from app.publication.publish import Outcome, publish_contest
from app.publication.shelf import open_shelf
from app.transparency.signing import Signer, load_signer
from bench.publish.ground import CONTEST, change_results, lay_ground, sum_results
from bench.publish.programs import find_programs
from bench.publish.reads import Reads, measure_reads
from bench.publish.tree import Tree, check_tree
from workers.seaweed import start_seaweed

SERVER = {"shared_buffers": "1GB", "max_wal_size": "4GB", "autovacuum": "off"}
"""Autovacuum begins transactions of its own, and those of readers are counted."""
README = Path(__file__).with_name("README.md")
MARKS = ("<!-- figures -->", "<!-- end of figures -->")
ALL_GOAL, CHANGES_GOAL, RATIO_GOAL = 20.0, 2.0, 0.4


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    provinsi: tuple[str, ...]
    photos: int
    changes: int
    rounds: int
    seconds: int
    s3: bool
    readme: bool


@dataclass(frozen=True)
class Row:
    """One line of the report."""

    measure: str
    goal: str
    seen: str
    is_met: bool | None


def main() -> None:
    """Measure, print, and end with 1 when something published was wrong."""
    options = _parse()
    with (
        tempfile.TemporaryDirectory(prefix="runut-bench-") as name,
        _server(Path(name)) as url,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        rows = runner.run(_measure(url, Path(name), options))
    text = _as_text(rows, options)
    print(text)
    if options.readme:
        _write_readme(text)
    sys.exit(int(any(row.is_met is False and row.goal == "none" for row in rows)))


def _parse() -> Options:
    parser = argparse.ArgumentParser(prog="python -m bench.publish", description=__doc__)
    parser.add_argument("--provinsi", default="", help="only these, e.g. 31,34; all of the nation otherwise")
    parser.add_argument("--photos", type=int, default=2, help="photographs of each TPS")
    parser.add_argument("--changes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6, help="of each run of readers")
    parser.add_argument("--s3", action="store_true", help="publish everything once more, into a real S3 store")
    parser.add_argument("--readme", action="store_true", help="write the figures into README.md")
    given = vars(parser.parse_args())
    given["provinsi"] = tuple(filter(None, given["provinsi"].split(",")))
    return Options(**given)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    folder.chmod(0o755)  # root's server runs as another user, who has to come through
    embedded = EmbeddedPostgres(folder / "postgres", SERVER)
    try:
        yield embedded.start()
    finally:
        embedded.stop()


async def _measure(server: str, folder: Path, options: Options) -> list[Row]:
    url = await prepare_database(server, "bench_publish")
    await migrate(url)
    engine = make_engine(url)
    try:
        sessions, home = make_sessions(engine), folder / "home"
        contest = await lay_ground(sessions, provinsi=options.provinsi, photos=options.photos)
        store = LocalStore(home / "objects")
        press = Press(sessions, open_shelf(store), load_signer(home / "keys"))
        rows = await _measure_writing(press, contest, options)
        tree = check_tree(store.folder, CONTEST)
        rows.append(_compare_with_bare(tree, rows))
        rows += _judge(tree, await sum_results(sessions, contest))
        rows += await _measure_reading(tree, home, url, folder, options)
        if options.s3:
            rows.append(await _measure_s3(sessions, press.signer, contest, folder))
        return rows
    finally:
        await engine.dispose()


@dataclass(frozen=True)
class Timed:
    """One run: seconds by the clock, seconds of a core in this process (PostgreSQL's are its own), and what it did."""

    clock: float
    core: float
    outcome: Outcome


async def _timed(press: Press, contest: Contest, *, anew: bool = False) -> Timed:
    clock, core = perf_counter(), process_time()
    outcome = await publish_contest(press, pemilihan_id=contest.id, anew=anew)
    return Timed(perf_counter() - clock, process_time() - core, outcome)


async def _measure_writing(press: Press, contest: Contest, options: Options) -> list[Row]:
    """Publish everything, anew twice; a thousand changes and one, each several times."""
    whole = [await _timed(press, contest, anew=bool(turn)) for turn in range(min(options.rounds, 3))]
    some, one = [], []
    for turn in range(options.rounds):
        await change_results(press.sessions, contest, count=options.changes, seed=turn)
        some.append(await _timed(press, contest))
        await change_results(press.sessions, contest, count=1, seed=500 + turn)
        one.append(await _timed(press, contest))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        _row(f"publish everything ({whole[0].outcome.files:,} files)", whole, ALL_GOAL),
        _row(f"publish {options.changes:,} changed results", some, CHANGES_GOAL),
        _row("publish one changed result", one, None),
        Row("memory of the publisher", "", f"{memory:,.0f} MB at most", None),
    ]


def _row(measure: str, runs: Sequence[Timed], goal: float | None) -> Row:
    median, last = statistics.median(one.clock for one in runs), runs[-1].outcome
    spread = ", ".join(f"{one.clock:.2f}" for one in runs)
    core = statistics.median(one.core for one in runs)
    what = f"{last.files:,} files, {last.volumes} objects, {last.byte_count / 1e6:.1f} MB"
    seen = f"{median:.2f} s ({spread}), of a core {core:.2f} s here; {what}"
    return Row(measure, f"<= {goal:g} s" if goal else "", seen, None if goal is None else median <= goal)


def _compare_with_bare(tree: Tree, runs: Sequence[Row]) -> Row:
    """Hold the whole publication against the yardstick: the same bytes compressed and hashed, and nothing else."""
    whole = float(runs[0].seen.partition(" s")[0])
    seen = f"{tree.bare:.2f} s; publishing everything is {whole / tree.bare:.1f} x that"
    return Row("yardstick: the same files compressed and hashed", "", seen, None)


def _judge(tree: Tree, sums: Sequence[int]) -> list[Row]:
    wrong = [*tree.wrong, *([] if tree.sums == list(sums) else ["the nation is not the sum of all results"])]
    seen = f"{tree.count:,} regions, {tree.stations:,} TPS; {len(wrong)} wrong {'; '.join(wrong[:3])}"
    return [Row("every file's hash, every region's sum", "none", seen, not wrong)]


async def _measure_reading(tree: Tree, home: Path, url: str, folder: Path, options: Options) -> list[Row]:
    programs = find_programs(folder / "programs")
    if programs is None:
        return [Row("published region reads", f">= {RATIO_GOAL} x nginx", "NOT MEASURED", None)]
    reads = await measure_reads(
        tree,
        home=home,
        url=url,
        programs=programs,
        folder=folder / "reads",
        seconds=options.seconds,
        rounds=options.rounds,
    )
    return _describe_reads(reads)


def _describe_reads(reads: Reads) -> list[Row]:
    ours, nginx, many = (statistics.median(one) for one in (reads.ours, reads.nginx, reads.many))
    seen = f"{ours:,.0f} a second, nginx {nginx:,.0f}: {reads.ratio:.2f} x; with 10 x the connections {many:,.0f}"
    queries = ", ".join(str(one) for one in reads.queries)
    return [
        Row("published region reads, one process", f">= {RATIO_GOAL} x nginx", seen, reads.ratio >= RATIO_GOAL),
        Row(
            "transactions of the database, 1 x and 10 x readers in turns",
            "none",
            f"{queries}; {reads.refused} answers were no files",
            not any(reads.queries) and not reads.refused,
        ),
    ]


async def _measure_s3(sessions: Sessions, signer: Signer, contest: Contest, folder: Path) -> Row:
    with start_seaweed(folder / "seaweed") as seaweed:
        store = S3Store(seaweed.place)
        try:
            press = Press(sessions, open_shelf(store), signer)
            everything = await _timed(press, contest, anew=True)
            await change_results(sessions, contest, count=1000, seed=900)
            some = await _timed(press, contest)
        finally:
            store.close()
    whole = f"everything {everything.clock:.2f} s, {everything.outcome.volumes} volumes put"
    seen = f"{whole}; 1,000 changes {some.clock:.2f} s, {some.outcome.volumes} put"
    return Row("the same into an S3 store (SeaweedFS, this machine)", "", seen, None)


def _as_text(rows: Sequence[Row], options: Options) -> str:
    where = f"provinces {', '.join(options.provinsi)}" if options.provinsi else "the nation"
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    lines = [
        f"{datetime.now(UTC):%d %B %Y}, {where}, {options.photos} photos a TPS, {os.cpu_count()} cores, load {load}",
        "",
        "| measure | goal | seen | |",
        "|---|---|---|---|",
    ]
    marks = {True: "met", False: "NOT MET", None: ""}
    lines += [f"| {row.measure} | {row.goal} | {row.seen} | {marks[row.is_met]} |" for row in rows]
    return "\n".join(lines)


def _write_readme(text: str) -> None:
    before, _, rest = README.read_text("utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    README.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", "utf-8")


if __name__ == "__main__":
    main()
