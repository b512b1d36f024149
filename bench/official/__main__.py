"""How fast a nation's official figures come in: `python -m bench.official [--tps N] [--readme]`; see README.md."""

import argparse
import asyncio
import gzip
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.core.config import PROJECT
from app.core.database import Sessions, open_sessions
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.schema import migrate
from app.core.statements import open_driver
from app.official.service import ImportReport, import_publication
from app.official.sources import Source
from app.pemilu.service import SHIPPED, get_contest, import_pemilu
from app.wilayah.service import import_wilayah
from bench.official.national import COLUMNS, National, make_national
from bench.official.table import judge, print_table, write_readme
from workers.follow_official import mark_all

WILAYAH = Path(os.environ.get("RUNUT_SHARED", PROJECT.parent / "shared")) / "data" / "wilayah_2024.csv.gz"
CONTEST = "ppwp-2024"
_PLAIN = text(
    """CREATE TABLE bench_plain (
         kode_tps text, suara_01 int, suara_02 int, suara_03 int, suara_sah int, suara_tidak_sah int,
         suara_total int, pemilih_dpt_j int, pengguna_total_j int, ts timestamp, jumlah_gambar int)"""
)
_TPS = text("SELECT kode FROM tps ORDER BY kode LIMIT CAST(:limit AS bigint)")
_SUMS = text(
    """SELECT count(*), {sums} FROM official_current c JOIN official_row r ON r.id = c.row_id
       WHERE c.pemilihan_id = :contest"""
)


def main() -> None:
    """Lay the ground, import, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tps", type=int, default=0, help="so many TPS only (default: all of the edition)")
    parser.add_argument("--rounds", type=int, default=1, help="fresh databases, one after another; the median counts")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--readme", action="store_true", help="write the figures into README.md")
    asked = parser.parse_args()
    if not WILAYAH.exists():
        sys.exit(f"NOT RUN: {WILAYAH} is not there. Set RUNUT_SHARED to the folder of reference data.")
    found: dict[str, Any] = {"load_before": os.getloadavg()[0]}
    found["rounds"] = [_run_round(asked.tps, asked.seed + number) for number in range(asked.rounds)]
    found["load_after"] = os.getloadavg()[0]
    rows = judge(found)
    if asked.readme:
        write_readme(found, rows)
    print(json.dumps(found) if asked.json else print_table(found, rows))
    if any(row.verdict == "WRONG" for row in rows):
        sys.exit(1)


def _run_round(tps: int, seed: int) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="runut-bench-"))
    folder.chmod(0o755)  # for the user that PostgreSQL runs as, when this is root
    try:
        with EmbeddedPostgres(folder / "postgres") as server:
            url = asyncio.run(prepare_database(server.start(), "bench"))
            asyncio.run(migrate(url))
            return asyncio.run(_measure(url, tps, seed))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(url: str, tps: int, seed: int) -> dict[str, Any]:
    async with open_sessions(url) as sessions:
        began = time.perf_counter()
        kodes = await _lay_ground(sessions, tps)
        found: dict[str, Any] = {"hierarchy_seconds": _since(began), "tps": len(kodes)}
        first = make_national(kodes, seed=seed)
        found["plain_copy_seconds"] = await _copy_plain(sessions, first)
        found["first"] = await _import(sessions, first, "first.csv.gz")
        found["again"] = await _import(sessions, first, "first.csv.gz")
        later = make_national(kodes, seed=seed, changed=0.05)
        found["five_percent"] = await _import(sessions, later, "later.csv.gz")
        began = time.perf_counter()
        await _mark(sessions)
        found["marking_seconds"] = _since(began)
        return found


async def _lay_ground(sessions: Sessions, tps: int) -> list[str]:
    with gzip.open(WILAYAH, "rt", encoding="utf-8", newline="") as file:
        lines = list(file)
    async with sessions.begin() as session:
        await import_wilayah(session, lines=lines, name=WILAYAH.name)
    async with sessions.begin() as session:
        await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=PROJECT / "ocr" / "layouts")
    async with sessions.begin() as session:
        return list((await session.scalars(_TPS, {"limit": tps or None})).all())


async def _copy_plain(sessions: Sessions, national: National) -> float:
    """Return the seconds that PostgreSQL's own COPY takes for the same rows into a bare table of the same types."""
    async with sessions.begin() as session:
        await session.execute(_PLAIN)
        driver = await open_driver(session)
        began = time.perf_counter()
        await driver.copy_to_table(
            "bench_plain", source=_blocks(national.data), columns=list(COLUMNS), format="csv", header=True
        )
        took = _since(began)
        await session.execute(text("DROP TABLE bench_plain"))
    return took


async def _blocks(data: bytes) -> Any:  # noqa: ANN401 - an asynchronous generator, as asyncpg takes it
    for start in range(0, len(data), 1 << 20):
        yield data[start : start + (1 << 20)]


async def _import(sessions: Sessions, national: National, name: str) -> dict[str, Any]:
    """Import as the command does, from packed bytes to the commit; then add the rows up and compare the sums."""
    source = Source(name, "sirekap_csv", "csv", gzip.compress(national.data, 6, mtime=0))
    began = time.perf_counter()
    async with sessions.begin() as session:
        contest = await get_contest(session, kode=CONTEST)
        report: ImportReport = await import_publication(session, contest=contest, source=source)
    took = _since(began)
    async with sessions.begin() as session:
        sums = ", ".join(f"sum(r.numbers[{contest.places[name] + 1}]) AS {name}" for name in national.sums)
        statement = text(_SUMS.text.format(sums=sums))
        count, *there = (await session.execute(statement, {"contest": contest.id})).one()
    right = count == national.rows and dict(zip(national.sums, map(int, there), strict=True)) == national.sums
    return {"seconds": took, "read": report.tps_read, "changed": report.tps_changed, "right": right}


async def _mark(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        contest = await get_contest(session, kode=CONTEST)
    await mark_all(sessions, contest)


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)


if __name__ == "__main__":
    main()
