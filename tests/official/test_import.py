"""Importing official figures: what the database holds afterwards, and that nothing is half done."""

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.official.errors import OfficialFileError
from app.official.models import OfficialRow, OfficialSnapshot
from app.official.service import (
    ImportReport,
    get_official,
    import_publication,
    list_official_history,
    list_snapshots,
)
from app.official.sources import Source
from app.transparency.models import LogEntry
from tests.official.factory import make_csv, make_document, make_tar
from tests.official.places import TPS, prepare_contest

UNKNOWN = "9999999999999"


async def import_files(sessions: Sessions, files: dict[str, Any]) -> ImportReport:
    return await import_source(sessions, make_tar({f"{kode}.json": document for kode, document in files.items()}))


async def import_source(sessions: Sessions, source: Source) -> ImportReport:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        return await import_publication(session, contest=contest, source=source)


async def count_rows(sessions: Sessions) -> int:
    async with sessions.begin() as session:
        return (await session.scalars(select(func.count()).select_from(OfficialRow))).one()


async def waiting_jobs(session: AsyncSession) -> list[dict[str, Any]]:
    rows = await session.scalars(text("SELECT payload FROM pgqueuer WHERE entrypoint = 'compare' ORDER BY id"))
    return [json.loads(bytes(row)) for row in rows]


async def test_only_what_differs_is_written_and_the_same_file_again_changes_nothing(sessions: Sessions) -> None:
    files = {TPS[0]: make_document(), TPS[1]: make_document((1, 2, 3)), TPS[2]: make_document(chart=None)}
    first = await import_files(sessions, files)
    assert (first.tps_read, first.tps_changed, first.tps_unknown, first.repeated) == (3, 3, 0, False)
    again = await import_files(sessions, files)
    assert (again.tps_read, again.tps_changed, again.repeated) == (3, 0, True)
    assert again.snapshot_id == first.snapshot_id
    assert await count_rows(sessions) == 3
    second = await import_files(sessions, files | {TPS[1]: make_document((1, 2, 4))})
    assert (second.tps_changed, second.repeated) == (1, False)
    assert await count_rows(sessions) == 4


async def test_the_latest_figures_and_their_whole_history_can_be_asked_for(sessions: Sessions) -> None:
    await import_files(sessions, {TPS[0]: make_document((1, 2, 3))})
    report = await import_files(sessions, {TPS[0]: make_document((1, 2, 4))})
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        figures = await get_official(session, pemilihan_id=contest.id, tps_kode=TPS[0])
        history = await list_official_history(session, pemilihan_id=contest.id, tps_kode=TPS[0])
        nothing = await get_official(session, pemilihan_id=contest.id, tps_kode=TPS[1])
    assert nothing is None
    assert figures is not None
    assert figures.numbers[: contest.places["suara_03"] + 1][-3:] == (1, 2, 4)
    assert figures.snapshot_sha256 == report.sha256
    assert figures.published_at == datetime(2024, 2, 14, 17, 46, 45, tzinfo=UTC)
    assert [entry.numbers[contest.places["suara_03"]] for entry in history] == [4, 3]


async def test_a_snapshot_keeps_its_hash_its_notes_and_a_log_entry(sessions: Sessions) -> None:
    report = await import_files(sessions, {TPS[0]: make_document(mode="hhcw"), UNKNOWN: make_document()})
    assert report.tps_unknown == 1
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        (snapshot,) = await list_snapshots(session, pemilihan_id=contest.id)
        entry = await session.get(LogEntry, snapshot.log_entry_id)
        kept = await get_official(session, pemilihan_id=contest.id, tps_kode=UNKNOWN)
    assert (snapshot.sha256, snapshot.tps_count, snapshot.changed_count) == (report.sha256, 2, 2)
    assert snapshot.notes["remarks"]["unknown mode"] == 1
    assert snapshot.notes["unknown_tps"] == {"count": 1, "first": [UNKNOWN]}
    assert entry is not None
    assert entry.kind == "official"
    assert entry.payload["sha256"] == report.sha256
    assert kept is not None


async def test_changed_tps_of_the_hierarchy_are_queued_for_comparison_and_noted_in_the_tally(
    sessions: Sessions,
) -> None:
    await import_files(sessions, {TPS[0]: make_document(), TPS[1]: make_document(), UNKNOWN: make_document()})
    await import_files(sessions, {TPS[0]: make_document(), TPS[1]: make_document(ts="2024-02-16 00:00:00")})
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        jobs = await waiting_jobs(session)
        noted = (await session.scalars(text("SELECT tps_kode FROM result WHERE has_official ORDER BY 1"))).all()
    # The second import changed a time and no number: there is nothing new to compare.
    assert jobs == [{"pemilihan_id": contest.id, "tps_kodes": [TPS[0], TPS[1]]}]
    assert noted == [TPS[0], TPS[1]]


async def test_figures_older_than_what_is_known_never_become_the_latest(sessions: Sessions) -> None:
    await import_files(sessions, {TPS[0]: make_document((1, 2, 3), ts="2024-02-18 00:00:00")})
    report = await import_files(sessions, {TPS[0]: make_document((9, 9, 9), ts="2024-02-17 23:59:59")})
    assert report.tps_changed == 0
    assert report.notes["older_than_current"] == 1
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        figures = await get_official(session, pemilihan_id=contest.id, tps_kode=TPS[0])
    assert figures is not None
    assert figures.numbers[contest.places["suara_01"]] == 1


async def test_one_wrong_figure_undoes_the_whole_import(sessions: Sessions) -> None:
    with pytest.raises(OfficialFileError):
        await import_files(sessions, {TPS[0]: make_document(), TPS[1]: make_document((-1, 2, 3))})
    assert await count_rows(sessions) == 0
    async with sessions.begin() as session:
        assert (await session.scalars(select(func.count()).select_from(OfficialSnapshot))).one() == 0
        assert await waiting_jobs(session) == []


async def test_a_csv_is_imported_like_any_other_publication(sessions: Sessions) -> None:
    source = make_csv(f"kode_tps,suara_01,suara_02,suara_03\n{TPS[0]},1,2,3\n{TPS[1]},,,\n")
    report = await import_source(sessions, source)
    assert (report.tps_read, report.tps_changed) == (2, 2)
    assert report.notes["tps_without_figures"] == 1


async def test_a_tps_outside_the_contest_is_listed_as_unknown(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        elsewhere = dataclasses.replace(contest, wilayah=(TPS[2][:6],))
        report = await import_publication(
            session, contest=elsewhere, source=make_tar({f"{kode}.json": make_document() for kode in TPS})
        )
    assert report.notes["unknown_tps"]["first"] == [kode for kode in TPS if not kode.startswith(TPS[2][:6])]
