"""The list of differences follows results and official figures, whatever happens to both."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.discrepancy.models import Discrepancy
from app.discrepancy.rules.catalogue import find_all
from app.discrepancy.rules.figures import lay_figures
from app.discrepancy.service import CompareReport, compare_many, compare_tps, rules_of
from app.official.service import get_official, import_publication
from app.pemilu.definition import Contest
from app.tally.models import Result
from app.tally.service import clear_result, open_round, set_result
from app.transparency.models import LogEntry
from tests.official.factory import make_document, make_tar
from tests.official.places import TPS, prepare_contest

Votes = tuple[int | None, int | None, int | None]
HERE = TPS[0]


async def publish(session: AsyncSession, contest: Contest, votes: Votes, tps: str = HERE) -> None:
    source = make_tar({f"{tps}.json": make_document(votes)})
    await import_publication(session, contest=contest, source=source)


async def accept(session: AsyncSession, contest: Contest, votes: Sequence[int], tps: str = HERE) -> None:
    numbers = {f"suara_0{place + 1}": vote for place, vote in enumerate(votes)}
    valid = sum(votes)
    numbers |= {"suara_sah": valid, "suara_tidak_sah": 3, "suara_total": valid + 3}
    await set_result(
        session, contest=contest, tps_kode=tps, numbers=numbers, state="accepted", source_class="one_uploader"
    )


async def list_rows(session: AsyncSession, state: str) -> list[Discrepancy]:
    statement = select(Discrepancy).where(Discrepancy.state == state).order_by(Discrepancy.id)
    return list(await session.scalars(statement.execution_options(populate_existing=True)))


async def test_a_difference_is_opened_once_and_logged(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        await accept(session, contest, (72, 109, 35))
        await publish(session, contest, (72, 109, 36))
        first = await compare_tps(session, contest=contest, tps_kode=HERE)
        again = await compare_tps(session, contest=contest, tps_kode=HERE)
    assert (first, again) == (CompareReport(3, 0, 0), CompareReport(0, 3, 0))
    async with sessions.begin() as session:
        rows = await list_rows(session, "open")
        entry = await session.get(LogEntry, rows[0].opened_entry_id)
    assert [(row.field, row.ours, row.official, row.difference) for row in rows] == [
        ("suara_03", 35, 36, 1),
        ("suara_sah", 216, 217, 1),
        ("suara_total", 219, 220, 1),
    ]
    assert entry is not None
    assert (entry.kind, entry.subject) == ("discrepancy", f"tps/{HERE}/ppwp-2024")
    assert entry.payload == {
        "event": "opened",
        "kind": "number",
        "field": "suara_03",
        "ours": 35,
        "official": 36,
        "difference": 1,
    }


async def test_each_way_to_close_a_difference_says_so(sessions: Sessions) -> None:
    reasons = []
    for ending in ("official", "result", "withdrawn", "round"):
        async with sessions.begin() as session:
            contest = await prepare_contest(session)
            await accept(session, contest, (72, 109, 35), TPS[1])
            await publish(session, contest, (70, 109, 37), TPS[1])
            await compare_tps(session, contest=contest, tps_kode=TPS[1])
            if ending == "official":
                await publish(session, contest, (72, 109, 35), TPS[1])
            elif ending == "result":
                await accept(session, contest, (70, 109, 37), TPS[1])
            elif ending == "withdrawn":
                await clear_result(session, contest=contest, tps_kode=TPS[1])
            else:
                await open_round(session, contest=contest, tps_kode=TPS[1], reason="PSU")
            report = await compare_tps(session, contest=contest, tps_kode=TPS[1])
            assert (report.opened, report.closed) == (0, 2)
            closed = await list_rows(session, "closed")
            entry = await session.get(LogEntry, closed[-1].closed_entry_id)
            assert closed[-1].closed_at is not None
            assert entry is not None
            assert entry.payload["event"] == "closed"
            assert entry.payload["reason"] == closed[-1].closed_reason
            reasons.append(closed[-1].closed_reason)
    assert reasons == ["official_changed", "result_changed", "result_withdrawn", "result_withdrawn"]


async def test_another_official_figure_is_another_difference(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        await accept(session, contest, (1, 2, 3))
        await publish(session, contest, (1, 2, 4))
        await compare_tps(session, contest=contest, tps_kode=HERE)
        await publish(session, contest, (1, 2, 5))
        report = await compare_tps(session, contest=contest, tps_kode=HERE)
        assert report == CompareReport(3, 0, 3)
        assert [row.official for row in await list_rows(session, "closed")] == [4, 7, 10]
        assert [row.official for row in await list_rows(session, "open")] == [5, 8, 11]


async def test_many_are_compared_together_and_those_without_official_figures_are_passed_over(
    sessions: Sessions,
) -> None:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        for tps in TPS[:3]:
            await accept(session, contest, (1, 2, 3), tps)
        for tps in TPS[1:4]:
            await publish(session, contest, (1, 2, 3) if tps == TPS[1] else (1, None, 7), tps)
        report = await compare_many(session, contest=contest, tps_kodes=[*TPS, TPS[2], "9999999999999"])
        assert report == CompareReport(1, 0, 0)
        assert [(row.tps_kode, row.field) for row in await list_rows(session, "open")] == [(TPS[2], "suara_03")]


async def test_the_database_forbids_a_second_open_difference_of_one_field(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        await accept(session, contest, (1, 2, 3))
        await publish(session, contest, (1, 2, 4))
        await compare_tps(session, contest=contest, tps_kode=HERE)
    async with sessions() as session:
        row = (await list_rows(session, "open"))[0]
        session.add(
            Discrepancy(
                pemilihan_id=row.pemilihan_id,
                tps_kode=row.tps_kode,
                kind=row.kind,
                field=row.field,
                difference=9,
                official_row_id=row.official_row_id,
                opened_entry_id=row.opened_entry_id,
            )
        )
        with pytest.raises(IntegrityError, match="uq_discrepancy_open"):
            await session.flush()


async def test_comparisons_of_one_tps_at_once_wait_for_each_other(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        for tps in TPS[:3]:
            await accept(session, contest, (1, 2, 3), tps)
            await publish(session, contest, (1, 2, 4), tps)

    async def compare_in(order: Sequence[str]) -> CompareReport:
        async with sessions.begin() as session:
            return await compare_many(session, contest=contest, tps_kodes=order)

    reports = await asyncio.gather(*(compare_in(order) for order in (TPS[:3], TPS[2::-1], TPS[1:3], TPS[:2]) * 2))
    assert sum(report.opened for report in reports) == 9
    assert sum(report.closed for report in reports) == 0


vote = st.integers(0, 3)
accepted = st.tuples(st.just("accept"), st.tuples(vote, vote, vote))
withdrawn = st.tuples(st.just("withdraw"), st.none())
published = st.tuples(st.just("publish"), st.tuples(*[st.none() | vote] * 3))
revoted = st.tuples(st.just("revote"), st.none())
compared = st.tuples(st.just("compare"), st.none())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(accepted | withdrawn | published | revoted | compared, min_size=1, max_size=8))
async def test_after_any_history_the_open_differences_are_those_of_the_present(
    sessions: Sessions, steps: list[tuple[str, Votes]]
) -> None:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
    async with sessions() as session:
        round_, ours = 1, None
        for step, votes in [*steps, ("compare", (None, None, None))]:
            if step == "accept":
                await accept_round(session, contest, votes, round_)
            elif step == "withdraw":
                await clear_result(session, contest=contest, tps_kode=HERE, round=round_)
            elif step == "revote":
                round_ = await open_round(session, contest=contest, tps_kode=HERE, reason="PSU")
            elif step == "publish":
                await publish(session, contest, votes)
            else:
                await compare_tps(session, contest=contest, tps_kode=HERE)
            ours = votes if step == "accept" else None if step in {"withdraw", "revote"} else ours
        official = await get_official(session, pemilihan_id=contest.id, tps_kode=HERE)
        stated = {HERE: official.numbers} if official else {}
        figures = lay_figures(contest.fields, {HERE: arrange(contest, ours)}, stated)
        wanted = find_all(figures, contest, rules_of(contest, scope="tps"))
        found = await list_rows(session, "open")
        assert {(row.kind, row.field, row.ours, row.official, row.difference) for row in found} == {
            (item.code, item.field, item.ours, item.official, item.difference) for item in wanted
        }
        flagged = (await session.scalars(select(Result.flagged).where(Result.tps_kode == HERE, Result.current))).all()
        assert sum(flagged) == sum(item.side != "ours" for item in wanted)
        await session.rollback()


async def accept_round(session: AsyncSession, contest: Contest, votes: Votes, round_: int) -> None:
    numbers = {f"suara_0{place + 1}": vote for place, vote in enumerate(votes)}
    await set_result(
        session,
        contest=contest,
        tps_kode=HERE,
        round=round_,
        numbers=numbers,
        state="accepted",
        source_class="one_uploader",
    )


def arrange(contest: Contest, votes: Votes | None) -> list[int | None]:
    numbers = {} if votes is None else {f"suara_0{place + 1}": vote for place, vote in enumerate(votes)}
    return [numbers.get(field) for field in contest.fields]
