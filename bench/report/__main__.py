"""How fast reports are: `python -m bench.report [--places 823366] [--rounds 3] [--readme] [--json]`; see README.md.

On a PostgreSQL and a site process of its own. Every figure is the best of the rounds, with the yardstick of the same
run beside it: a plain COPY of the table of differences, and polars, which joins and writes what lies in memory already.
What came over HTTP is compared row for row with what polars computes.
"""

import argparse
import asyncio
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import asyncpg
import httpx
import polars as pl
import xlsxwriter

from app.core.database import Sessions, make_engine, make_sessions
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.postgres.databases import plain_dsn
from app.core.schema import migrate
from bench.report.ground import NATION, lay_ground
from bench.report.readme import write_readme
from bench.report.recompute import load_frames, recompute_report

DATABASE = "bench_report"
SERVER = {"shared_buffers": "1GB", "max_wal_size": "4GB"}
SITE = "http://127.0.0.1"
LARGEST = "11"
"""Code of the largest invented province."""

BY_XLSXWRITER = 20_000
"""Rows that XlsxWriter writes cell by cell, as the yardstick of a workbook."""

LIMIT = 600.0
"""Seconds that one download may take before the benchmark gives up."""


@dataclass(frozen=True)
class Fetched:
    """One download: seconds to the first byte, the first row and the end; its length; MB that the site grew by."""

    first: float
    row: float
    done: float
    byte_count: int
    grown: float


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    measure: str
    goal: str
    seen: str
    yardstick: str
    met: bool | None = None


def main() -> None:
    """Lay the ground, measure in turns, check, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.report", description=__doc__)
    parser.add_argument("--places", type=int, default=NATION, help="TPS, each with a difference")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="runut-bench-") as folder:
        Path(folder).chmod(0o755)  # root's server runs as another user, who has to come through
        embedded = EmbeddedPostgres(Path(folder) / "postgres", SERVER)
        try:
            lines = asyncio.run(measure(embedded.start(), Path(folder), asked.places, asked.rounds))
        finally:
            embedded.stop()
    heading = f"{asked.places:,} TPS, best of {asked.rounds}, load at the beginning {load:.1f}"
    print(json.dumps([vars(line) for line in lines]) if asked.as_json else as_text(heading, lines))
    if asked.readme:
        write_readme(heading, [(one.measure, one.goal, one.seen, one.yardstick) for one in lines])
    sys.exit(any(line.met is False for line in lines))


async def measure(server: str, folder: Path, places: int, rounds: int) -> list[Line]:
    """Return the lines of the table."""
    url = await prepare_database(server, DATABASE)
    await migrate(url)
    engine = make_engine(url)
    sessions = make_sessions(engine)
    await lay_ground(sessions, places=places, tidy=True)
    plain = min([await copy_plainly(url) for _ in range(rounds)])
    polars, wanted = await write_by_polars(sessions)
    with serve(folder / "home", url) as (port, pid):
        national = "/api/v1/discrepancies.csv?state=all"
        warm = await fetch(port, pid, f"{national}&wilayah={LARGEST}", folder / "warm")
        whole = [await fetch(port, pid, national, folder / "all.csv") for _ in range(rounds)]
        others = {
            suffix: await fetch(port, pid, f"/api/v1/discrepancies.{suffix}?state=all{part}", folder / f"x.{suffix}")
            for suffix, part in (("xlsx", f"&wilayah={LARGEST}"), ("parquet", ""), ("jsonl", ""))
        }
    await engine.dispose()
    largest = places * 140_457 // NATION
    by_cells = write_by_cells(folder / "warm", folder / "cells.xlsx") * largest
    best = min(whole, key=lambda one: one.done)
    grown = max(one.grown for one in (warm, *whole))
    same = read_report(folder / "all.csv").equals(as_text_frame(wanted))
    copy, by_polars = f"COPY of the table {plain:.2f} s", f"polars {polars:.2f} s"
    return [
        Line("national CSV, first byte", "≤ 1 s", f"{best.first:.2f} s", "", best.first <= 1),
        Line("national CSV, first row", "≤ 1 s", f"{best.row:.2f} s", "", best.row <= 1),
        Line(
            f"national CSV, done ({best.byte_count / 1e6:.0f} MB)",
            "≤ 3 s",
            f"{best.done:.2f} s",
            f"{copy}: {best.done / plain:.1f} ×; {by_polars}: {best.done / polars:.1f} ×",
            best.done <= 3,  # noqa: PLR2004 - the goal
        ),
        Line("memory that it costs the site", "≤ 150 MB", f"{grown:.0f} MB", "", grown <= 150),  # noqa: PLR2004
        Line("rows equal those of polars", "all", "all" if same else "NOT ALL", f"{wanted.height:,} rows", same),
        replace(
            _describe(f"XLSX of the largest province ({largest:,} rows)", "≤ 8 s", others["xlsx"], 8),
            yardstick=f"XlsxWriter cell by cell {by_cells:.1f} s: {others['xlsx'].done / by_cells:.2f} ×",
        ),
        _describe("national Parquet", "", others["parquet"]),
        _describe("national JSON Lines", "", others["jsonl"]),
    ]


def _describe(measure: str, goal: str, fetched: Fetched, limit: float | None = None) -> Line:
    seen = f"{fetched.done:.2f} s, {fetched.byte_count / 1e6:.1f} MB, memory + {fetched.grown:.0f} MB"
    return Line(measure, goal, seen, "", None if limit is None else fetched.done <= limit)


def write_by_cells(rows: Path, target: Path) -> float:
    """Return the seconds that XlsxWriter takes for a row of a CSV, from the first so many of them."""
    with rows.open(encoding="utf-8", newline="") as file:
        lines = list(islice(csv.reader(file), 1, BY_XLSXWRITER + 1))
    began = time.perf_counter()
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for place, line in enumerate(lines):
            sheet.write_row(place, 0, line)
    return (time.perf_counter() - began) / len(lines)


async def copy_plainly(url: str) -> float:
    """Return how long the bare table of differences takes to leave the database."""
    connection = await asyncpg.connect(plain_dsn(url))

    async def take(_data: bytes) -> None:
        return

    began = time.perf_counter()
    await connection.copy_from_query("SELECT * FROM discrepancy", output=take, format="csv")
    seconds = time.perf_counter() - began
    await connection.close()
    return seconds


async def write_by_polars(sessions: Sessions) -> tuple[float, pl.DataFrame]:
    """Return how long polars takes to join and write the report from tables in memory, and the report."""
    frames = await load_frames(sessions)
    began = time.perf_counter()
    wanted = recompute_report(frames, site=SITE)
    wanted.write_csv(io.BytesIO())
    return time.perf_counter() - began, wanted


def read_report(path: Path) -> pl.DataFrame:
    """Return the cells of a downloaded CSV."""
    return pl.read_csv(path, infer_schema=False)


def as_text_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the same as cells."""
    return frame.select(pl.all().cast(pl.String))


@contextmanager
def serve(home: Path, url: str) -> Iterator[tuple[int, int]]:
    """Run one API process; give its port and its process number."""
    command = [sys.executable, "-m", "bench.queue.site", str(home)]
    environment = {**os.environ, "DATABASE_URL": url}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


async def fetch(port: int, pid: int, path: str, target: Path) -> Fetched:
    """Download a file; the site's memory is looked at while it flows."""
    before, most, size = measure_memory(pid), 0.0, 0
    first = row = 0.0
    blocks = 0
    began = time.perf_counter()
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=LIMIT) as client,
        client.stream("GET", path) as answer,
    ):
        answer.raise_for_status()
        with target.open("wb") as file:
            async for block in answer.aiter_raw():
                first = first or time.perf_counter() - began
                if not row and (size or block.count(b"\n") > 1):
                    row = time.perf_counter() - began
                size += len(block)
                file.write(block)
                blocks += 1
                most = max(most, measure_memory(pid)) if blocks % 32 == 0 else most
    done = time.perf_counter() - began
    return Fetched(first, row, done, size, max(most, measure_memory(pid)) - before)


def measure_memory(pid: int) -> float:
    """Return the memory of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def as_text(heading: str, lines: list[Line]) -> str:
    """Return the table for a terminal."""
    mark = {True: "ok", False: "MISSED", None: ""}
    rows = [f"{one.measure:52} {one.goal:9} {one.seen:34} {mark[one.met]:7} {one.yardstick}" for one in lines]
    return "\n".join((heading, *rows))


if __name__ == "__main__":
    main()
