"""The way of the collection through Runut: hierarchy, contest, both sides' numbers, sums, differences, report."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from sqlalchemy import text

from app.core.config import PROJECT
from app.core.database import Sessions
from app.core.storage import ObjectStore, seal
from app.discrepancy.everything import compare_everything
from app.discrepancy.listing import DiscrepancyFilter
from app.official.service import import_publication
from app.official.sources import Source
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest, import_pemilu
from app.reports.discrepancy_report import stream_discrepancies
from app.tally.import_results import CountedTps, import_results
from app.tally.service import get_tally, rebuild, verify
from app.wilayah.codes import NATION
from app.wilayah.service import import_wilayah
from bench.checked_run import CheckedRun
from bench.kawalpemilu2019.collection import FIELDS, write_edition, write_situng
from bench.kawalpemilu2019.recompute import add_up, count_vote_differences, read_report, recompute_differences

ELECTION = Path(__file__).with_name("pemilu_2019.toml")
_OFFICIAL_SUMS = text(
    """SELECT coalesce(sum(r.numbers[1]), 0), coalesce(sum(r.numbers[2]), 0)
       FROM official_current c JOIN official_row r ON r.id = c.row_id WHERE c.pemilihan_id = :pemilihan"""
)


@dataclass
class Outcome(CheckedRun):
    """What came out of a collection."""

    tps: int = 0


async def run_collection(sessions: Sessions, store: ObjectStore, table: pl.DataFrame, folder: Path) -> Outcome:
    """Bring a collection into an empty, migrated database, compare, report into ``folder``, and check all of it."""
    outcome = Outcome(tps=table.height)
    with outcome.time("hierarchy"):
        contest = await _lay_contest(sessions, table)
    with outcome.time("results"):
        await _take_results(sessions, contest, table)
    with outcome.time("official"):
        await _take_official(sessions, store, contest, table)
    with outcome.time("compare"):
        async with sessions.begin() as session:
            await compare_everything(session, contest=contest)
    with outcome.time("roll_up"):
        async with sessions.begin() as session:
            await rebuild(session, contest=contest)
    report = folder / "differences.csv"
    with outcome.time("report"):
        await _write_report(sessions, contest, report)
    with outcome.time("checks"):
        await _check_sums(sessions, contest, table, outcome)
        _check_report(table, report, outcome)
    return outcome


async def _lay_contest(sessions: Sessions, table: pl.DataFrame) -> Contest:
    async with sessions.begin() as session:
        await import_wilayah(session, lines=write_edition(table), name="kawalpemilu-2019")
        await import_pemilu(session, path=ELECTION, layouts=PROJECT / "ocr" / "layouts")
        return await get_contest(session, kode="ppwp-2019")


async def _take_results(sessions: Sessions, contest: Contest, table: pl.DataFrame) -> None:
    async with sessions.begin() as session:
        await import_results(session, contest=contest, counted=_list_counted(table), name="kawalpemilu-2019")


def _list_counted(table: pl.DataFrame) -> Iterator[CountedTps]:
    """Yield what the volunteers counted; a sheet whose sums do not close is marked, as its assembly would mark it.

    Of 2,445 TPS they wrote down the total alone; without votes the result waits.
    """
    first, second, valid, invalid, total = (pl.col(f"kp_{name}") for name in FIELDS.values())
    open_sums = (first + second != valid) | (valid + invalid != total)
    counted = table.filter(first.is_not_null() | total.is_not_null()).select(
        "kode_tps", first, second, valid, invalid, total, open_sums.fill_null(value=False).alias("paper")
    )
    for kode, *numbers, paper in counted.iter_rows():
        yield CountedTps(kode, tuple(numbers), numbers[0] is not None, ("paper",) if paper else ())


async def _take_official(sessions: Sessions, store: ObjectStore, contest: Contest, table: pl.DataFrame) -> None:
    source = Source("situng-2019.csv", "sirekap_csv", "csv", write_situng(table))
    await seal(store, source.data)
    async with sessions.begin() as session:
        await import_publication(session, contest=contest, source=source)


async def _write_report(sessions: Sessions, contest: Contest, path: Path) -> None:
    filters = DiscrepancyFilter(pemilihan_ids=(contest.id,))
    with path.open("wb") as file:
        async for piece in stream_discrepancies(sessions, filters=filters, site="https://example.org"):
            file.write(piece)


async def _check_sums(sessions: Sessions, contest: Contest, table: pl.DataFrame, outcome: Outcome) -> None:
    async with sessions.begin() as session:
        ours = (await get_tally(session, contest=contest, kode=NATION)).votes(contest)
        official = tuple((await session.execute(_OFFICIAL_SUMS, {"pemilihan": contest.id})).one())
        drift = await verify(session, contest=contest)
    outcome.expect("volunteers", list(ours), list(add_up(table, "kp")))
    outcome.expect("kpu", [int(one) for one in official], list(add_up(table, "kpu")))
    outcome.expect("drift", len(drift), 0)


def _check_report(table: pl.DataFrame, path: Path, outcome: Outcome) -> None:
    listed, wanted = read_report(path), recompute_differences(table)
    outcome.expect("differences_of_numbers", listed.height, wanted.height)
    outcome.expect("report_equals_polars", listed.equals(wanted), wanted=True)
    outcome.expect("tps_with_vote_differences", count_vote_differences(listed), count_vote_differences(wanted))
    outcome.figures["report_rows"] = pl.scan_csv(path).select(pl.len()).collect().item()
    outcome.figures["report_bytes"] = os.path.getsize(path)  # noqa: PTH202 - one word for what Path takes two
