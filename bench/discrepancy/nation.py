"""A nation through the engine: `python -m bench.discrepancy.nation [--part real|made|both] [--json] [--readme]`.

Starts a PostgreSQL of its own. *real*: the shared collection of 2024 is imported as a publication and compared; what
the engine keeps must be, rule for rule, what the rules find in the file. *made*: both sides of every TPS are
invented, with planted differences; all of them, and nothing else, must be found. Ends with status 1 when not.
"""

import argparse
import asyncio
import gzip
import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import PROJECT
from app.core.database import Sessions, open_sessions
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.schema import migrate
from app.core.statements import open_driver
from app.discrepancy.everything import compare_everything
from app.discrepancy.presence import count_unknown
from app.discrepancy.rules.catalogue import find_all
from app.discrepancy.service import rules_of
from app.official.service import import_publication
from app.official.sources import read_source
from app.pemilu.definition import Contest
from app.pemilu.service import SHIPPED, get_contest, import_pemilu
from app.wilayah.service import import_wilayah
from bench.checked_run import CheckedRun
from bench.discrepancy.__main__ import SHARED, load_figures
from bench.discrepancy.readme import write_figures

WILAYAH = SHARED / "data" / "wilayah_2024.csv.gz"
COLLECTION = SHARED / "data" / "sirekap_2024_ppwp_tps.csv.gz"
SECONDS_MAX = 30.0
PLANTED_EVERY = 125
"""Of so many TPS one differs: 6,588 in 823,366, as many as in 2019."""
SERVER = {"shared_buffers": "512MB", "max_wal_size": "4GB", "work_mem": "64MB"}
_KEPT = text("SELECT kind, field, count(*) AS number FROM discrepancy WHERE state = 'open' GROUP BY kind, field")
_PLAIN = "SELECT tps_kode, numbers FROM official_row"


def main() -> None:
    """Run, check, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.discrepancy.nation", description=__doc__)
    parser.add_argument("--part", choices=("real", "made", "both"), default="both")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--readme", action="store_true", help="write the figures into README.md")
    asked = parser.parse_args()
    for path in (WILAYAH, COLLECTION):
        if not path.exists():
            sys.exit(f"NOT RUN: {path} is not there. RUNUT_SHARED names the folder of the reference data.")
    report: dict[str, Any] = {"load": round(os.getloadavg()[0], 1)}
    for part, run in (("real", run_real), ("made", run_made)):
        if asked.part in {part, "both"}:
            report[part] = _run(run)
    print(json.dumps(report, indent=1) if asked.json else _describe(report))
    if asked.readme:
        write_figures(report)
    sys.exit(1 if any(report[part]["wrong"] for part in ("real", "made") if part in report) else 0)


def _run(part: Any) -> dict[str, Any]:  # noqa: ANN401 - one of the two coroutines below
    seen = CheckedRun()
    with tempfile.TemporaryDirectory(prefix="runut-bench-") as folder:
        Path(folder).chmod(0o755)  # root's server runs as another user, who has to come through
        with EmbeddedPostgres(Path(folder) / "postgres", SERVER) as server:
            url = uvloop.run(prepare_database(server.start(), "bench"))
            uvloop.run(migrate(url))
            uvloop.run(_measure(url, part, seen))
    return vars(seen)


async def _measure(url: str, part: Any, seen: CheckedRun) -> None:  # noqa: ANN401 - see _run
    async with open_sessions(url) as sessions:
        with seen.time("hierarchy"):
            contest = await _lay_contest(sessions)
        await part(sessions, contest, seen)


async def _lay_contest(sessions: Sessions) -> Contest:
    source = await asyncio.to_thread(read_lines, WILAYAH)
    async with sessions.begin() as session:
        await import_wilayah(session, lines=source, name="2024")
        await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=PROJECT / "ocr" / "layouts")
        return await get_contest(session, kode="ppwp-2024")


def read_lines(path: Path) -> list[str]:
    """Return the lines of a gzipped text."""
    return gzip.decompress(path.read_bytes()).decode().splitlines()


async def run_real(sessions: Sessions, contest: Contest, seen: CheckedRun) -> None:
    """Take the collection of 2024 through import and comparison."""
    source = await asyncio.to_thread(read_source, COLLECTION)
    with seen.time("import"):
        async with sessions.begin() as session:
            report = await import_publication(session, contest=contest, source=source)
    await _compare(sessions, contest, seen)
    figures, refused = await asyncio.to_thread(load_figures, COLLECTION, contest)
    wanted = Counter((one.code, one.field) for one in find_all(figures, contest, rules_of(contest, scope="tps")))
    async with sessions.begin() as session:
        kept = {(row.kind, row.field): int(row.number) for row in await session.execute(_KEPT)}
        unknown = await count_unknown(session, contest=contest)
    seen.expect("tps", report.tps_read, len(figures.tps_kodes))
    seen.expect("rows_refused", refused, 0)
    seen.expect("official_sum suara_sah", kept.get(("official_sum", "suara_sah")), 12_801)
    seen.expect("unequal_totals", sum(n for (kind, _), n in kept.items() if kind == "unequal_totals"), 20_502)
    for kind in sorted({code for code, _ in wanted}):
        counts = (sum(n for (code, _), n in counted.items() if code == kind) for counted in (kept, wanted))
        seen.expect(f"kept {kind}", *counts)
    seen.expect("every kind and field as in the file", kept == dict(wanted), wanted=True)
    seen.figures["known_to_the_officials_only"] = unknown


async def run_made(sessions: Sessions, contest: Contest, seen: CheckedRun) -> None:
    """Invent both sides of every TPS of the edition, compare, compare again."""
    async with sessions.begin() as session:
        planted = await _make_nation(session, contest)
        await session.execute(text("ANALYZE official_row, official_current, result"))
    with seen.time("plain COPY of the official rows"):
        async with sessions.begin() as session:
            driver = await open_driver(session)
            await driver.copy_from_query(_PLAIN, output=_swallow, format="binary")
    await _compare(sessions, contest, seen)
    async with sessions.begin() as session:
        kept = {(row.kind, row.field): int(row.number) for row in await session.execute(_KEPT)}
        flagged = (await session.execute(text("SELECT count(*) FROM result WHERE flagged > 0"))).scalar_one()
        seen.figures["tps"] = (await session.execute(text("SELECT count(*) FROM result"))).scalar_one()
    seen.expect("differences", kept, {("number", "suara_01"): planted, ("number", "suara_02"): planted})
    seen.figures["differences"] = 2 * planted
    seen.expect("flagged TPS", flagged, planted)
    seconds = seen.seconds["compare"]
    seen.figures["times a plain COPY"] = round(seconds / seen.seconds["plain COPY of the official rows"], 1)
    if seconds > SECONDS_MAX:
        seen.wrong.append(f"compare took {seconds} s, not {SECONDS_MAX:.0f}")


async def _swallow(_data: bytes) -> None:
    """Throw away what a COPY gives."""


async def _compare(sessions: Sessions, contest: Contest, seen: CheckedRun) -> None:
    with seen.time("compare"):
        async with sessions.begin() as session:
            first = await compare_everything(session, contest=contest)
    with seen.time("compare again"):
        async with sessions.begin() as session:
            again = await compare_everything(session, contest=contest)
    seen.figures["opened"] = first.opened
    seen.expect("again", (again.opened, again.kept, again.closed), (0, first.opened, 0))


async def _make_nation(session: AsyncSession, contest: Contest) -> int:
    """Write official figures and results of every TPS, alike but for the planted ones; return how many those are."""
    kodes = (await session.scalars(text("SELECT kode FROM tps ORDER BY kode"))).all()
    numbers = _invent(len(kodes), contest)
    ours = numbers.copy()
    planted = np.arange(0, len(kodes), PLANTED_EVERY)
    first, second = (contest.fields.index(name) for name in ("suara_01", "suara_02"))
    ours[planted, first] += 7
    ours[planted, second] -= 7
    await session.execute(
        text(
            """INSERT INTO official_snapshot (pemilihan_id, kind, name, sha256, tps_count, changed_count, notes)
               VALUES (:pemilihan, 'sirekap_csv', 'made', 'x', 0, 0, '{}')"""
        ),
        {"pemilihan": contest.id},
    )
    driver = await open_driver(session)
    snapshot = await driver.fetchval("SELECT max(id) FROM official_snapshot")
    rows = ((snapshot, contest.id, kode, row, "{}") for kode, row in zip(kodes, numbers.tolist(), strict=True))
    columns = ["snapshot_id", "pemilihan_id", "tps_kode", "numbers", "extra"]
    await driver.copy_records_to_table("official_row", records=rows, columns=columns)
    await driver.execute("INSERT INTO official_current SELECT pemilihan_id, tps_kode, id FROM official_row")
    results = (
        (contest.id, kode, kode[:10], row, "accepted", "two_uploaders", True)
        for kode, row in zip(kodes, ours.tolist(), strict=True)
    )
    columns = ["pemilihan_id", "tps_kode", "kelurahan", "numbers", "state", "source_class", "has_official"]
    await driver.copy_records_to_table("result", records=results, columns=columns)
    return len(planted)


def _invent(count: int, contest: Contest) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Return numbers of so many TPS that obey every identity and bound of the presidential form."""
    chance = np.random.default_rng(6)
    named = {name: chance.integers(20, 60, count) for name in ("suara_01", "suara_02", "suara_03", "suara_tidak_sah")}
    laid = np.zeros((count, len(contest.fields)), np.int32)
    for name, column in named.items():
        laid[:, contest.fields.index(name)] = column
    for _ in contest.identities:  # totals of totals: as many rounds as there could be steps
        for identity in contest.identities:
            if all(name.startswith("suara_") for name in identity.fields):
                terms = [contest.fields.index(name) for name in identity.terms]
                laid[:, contest.fields.index(identity.total)] = laid[:, terms].sum(axis=1)
    for place, name in enumerate(contest.fields):
        if not name.startswith("suara_"):
            laid[:, place] = -1
    return laid


def _describe(report: dict[str, Any]) -> str:
    lines = [f"load {report['load']}"]
    for part in ("real", "made"):
        if part in report:
            lines += [part, *(f"  {name:34}{value} s" for name, value in report[part]["seconds"].items())]
            lines += [f"  {name:34}{value}" for name, value in report[part]["figures"].items()]
            lines += [f"  WRONG {one}" for one in report[part]["wrong"]]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
