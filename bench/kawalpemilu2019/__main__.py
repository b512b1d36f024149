"""KawalPemilu's 2019 as our results against KPU's Situng, as one command: `python -m bench.kawalpemilu2019`.

Starts a PostgreSQL of its own, takes the whole collection through import, sums, comparison and report, checks what came
out against the published sums and against polars, and prints JSON. Ends with status 1 when anything is wrong or late.
See README.md.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import uvloop

from app.core.config import PROJECT
from app.core.database import open_sessions
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.schema import migrate
from app.core.storage import LocalStore
from bench.kawalpemilu2019.collection import read_collection
from bench.kawalpemilu2019.readme import write_readme
from bench.kawalpemilu2019.recompute import add_up, recompute_differences
from bench.kawalpemilu2019.run import Outcome, run_collection

SHARED = Path(os.environ.get("RUNUT_SHARED", PROJECT.parent / "shared"))
COLLECTION = SHARED / "data" / "kawalpemilu_2019_tps.csv.gz"
SERVER = {"shared_buffers": "1GB", "max_wal_size": "8GB", "work_mem": "128MB", "maintenance_work_mem": "512MB"}
"""Of our own server, on top of what `serve` gives it: a nation is not counted on what suits a laptop."""
SECONDS_MAX = 180.0
PUBLISHED = {
    "tps": 813_336,
    "kpu": [84_143_641, 67_777_917],
    "volunteers": [83_577_201, 67_596_172],
    "tps_with_vote_differences": 6_588,
}
"""Of the whole collection, as it is described where it comes from."""


def main() -> None:
    """Run, check, print."""
    asked = _parse()
    if not asked.file.exists():
        sys.exit(f"NOT RUN: {asked.file} is not there. RUNUT_SHARED names the folder of the reference data.")
    began = time.perf_counter()
    table = read_collection(asked.file, tuple(asked.province))
    read = time.perf_counter() - began
    outcome = _run(table)
    outcome.seconds = {"read": round(read, 1), **outcome.seconds}
    if not asked.province:
        _check_published(outcome)
    report = _make_report(outcome, time.perf_counter() - began, _time_polars(asked.file, tuple(asked.province)))
    print(json.dumps(report, indent=1))
    if asked.readme:
        write_readme(report)
    sys.exit(1 if report["wrong"] else 0)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.kawalpemilu2019", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=COLLECTION)
    parser.add_argument("--province", action="append", default=[], help="of this province only, as the file writes it")
    parser.add_argument("--readme", action="store_true", help="write the figures into README.md")
    return parser.parse_args()


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="runut-bench-") as folder:
        Path(folder).chmod(0o755)  # root's server runs as another user, who has to come through
        yield Path(folder)


def _run(table: pl.DataFrame) -> Outcome:
    with _scratch() as folder:
        began = time.perf_counter()
        embedded = EmbeddedPostgres(folder / "postgres", SERVER)
        try:
            server = embedded.start()
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return runner.run(_run_on(server, folder, table, began))
        finally:
            embedded.stop()


async def _run_on(server: str, folder: Path, table: pl.DataFrame, began: float) -> Outcome:
    url = await prepare_database(server, "kawalpemilu2019")
    await migrate(url)
    started = round(time.perf_counter() - began, 1)
    async with open_sessions(url) as sessions:
        outcome = await run_collection(sessions, LocalStore(folder / "store"), table, folder)
    outcome.seconds = {"start": started, **outcome.seconds}
    return outcome


def _check_published(outcome: Outcome) -> None:
    for what, wanted in PUBLISHED.items():
        outcome.expect(what, outcome.tps if what == "tps" else outcome.figures[what], wanted)


def _time_polars(file: Path, provinces: tuple[str, ...]) -> float:
    """Return the seconds polars alone needs for reading, adding up, comparing and writing: the yardstick."""
    began = time.perf_counter()
    table = read_collection(file, provinces)
    add_up(table, "kp"), add_up(table, "kpu")
    with _scratch() as folder:
        recompute_differences(table).write_csv(folder / "differences.csv")
    return time.perf_counter() - began


def _make_report(outcome: Outcome, seconds: float, polars_seconds: float) -> dict[str, Any]:
    wrong = [*outcome.wrong]
    if seconds > SECONDS_MAX:
        wrong.append(f"seconds: {seconds:.0f}, more than {SECONDS_MAX:.0f}")
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "load_average": round(os.getloadavg()[0], 1),
        "tps": outcome.tps,
        "seconds": {"all": round(seconds, 1), "goal": SECONDS_MAX, **outcome.seconds},
        "polars_alone_seconds": round(polars_seconds, 1),
        "of_polars_alone": round(seconds / polars_seconds, 1),
        **outcome.figures,
        "wrong": wrong,
    }


if __name__ == "__main__":
    main()
