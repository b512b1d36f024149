import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest
from app.tally import service as tally
from app.tally.rebuild import lock_tally
from app.wilayah.service import import_wilayah
from tests.lock_waits import wait_until_kept_out
from tests.tally.contests import PILKADA, import_text, lay_contests
from tests.wilayah.editions import ACEH, HEADING, JAKARTA

PLACES = ("1101012001001", "1101012001002", "1101012001003", "1101012002001", "1102042001001", "3173011005001")


async def accept(session: AsyncSession, contest: Contest, place: str, votes: int) -> None:
    await tally.set_result(
        session,
        contest=contest,
        tps_kode=place,
        numbers={"suara_01": votes},
        state="accepted",
        source_class="two_uploaders",
    )


async def test_the_first_roll_lays_every_row_and_sums_reach_the_nation(session: AsyncSession, ppwp: Contest) -> None:
    for votes, place in enumerate(PLACES, start=1):
        await accept(session, ppwp, place, votes)
    assert await tally.roll_up(session) == len(PLACES)
    assert await tally.roll_up(session) == 0
    sums = {
        kode: (await tally.get_tally(session, contest=ppwp, kode=kode)).sums["suara_01"]
        for kode in ("1101012001", "110101", "1101", "11", "31", "99", "0")
    }
    assert sums == {"1101012001": 6, "110101": 10, "1101": 10, "11": 15, "31": 6, "99": 0, "0": 21}


async def test_only_as_many_changes_as_asked_are_taken(session: AsyncSession, ppwp: Contest) -> None:
    await tally.rebuild(session, contest=ppwp)
    for place in PLACES[:3]:
        await accept(session, ppwp, place, 1)
    assert [await tally.roll_up(session, limit=2) for _ in range(3)] == [2, 1, 0]


async def test_a_contest_of_one_kabupaten_expects_only_its_tps_up_to_the_top(
    session: AsyncSession, bupati: Contest
) -> None:
    before = await tally.get_tally(session, contest=bupati, kode="0")
    await tally.rebuild(session, contest=bupati)
    await accept(session, bupati, PLACES[0], 5)
    await tally.roll_up(session)
    top = await tally.get_tally(session, contest=bupati, kode="0")
    assert (before.tps_expected, before.sums["suara_01"]) == (7, 0)
    assert (top.tps_expected, top.sums["suara_01"], top.source_two) == (7, 5, 1)
    assert top.coverage == pytest.approx(1 / 7)
    children = await tally.list_tally(session, contest=bupati, induk="11")
    assert [(one.kode, one.nama, one.votes(bupati)) for one in children] == [("1101", "ACEH SELATAN", (5, 0))]
    with pytest.raises(tally.OutsideContestError):
        await tally.get_tally(session, contest=bupati, kode="1102")


async def test_results_of_an_ended_kelurahan_still_count_after_a_rebuild(session: AsyncSession, ppwp: Contest) -> None:
    for place in (PLACES[0], PLACES[5]):
        await accept(session, ppwp, place, 4)
    await tally.roll_up(session)
    await import_wilayah(session, lines=[HEADING, *JAKARTA], name="2025")
    assert await tally.rebuild(session, contest=ppwp) > 0
    top = await tally.get_tally(session, contest=ppwp, kode="0")
    assert (top.sums["suara_01"], top.tps_accepted, top.tps_expected) == (8, 2, 4)
    assert [one.kode for one in await tally.list_tally(session, contest=ppwp, induk="0")] == ["11", "31"]
    assert await tally.verify(session, contest=ppwp) == []


async def test_a_new_edition_is_followed_by_a_rebuild(session: AsyncSession, ppwp: Contest) -> None:
    await tally.rebuild(session, contest=ppwp)
    await import_wilayah(session, lines=[HEADING, *ACEH], name="2025")
    await tally.rebuild(session, contest=ppwp)
    assert (await tally.get_tally(session, contest=ppwp, kode="0")).tps_expected == 9
    assert await tally.verify(session, contest=ppwp) == []


async def test_a_rebuild_follows_a_contest_whose_regions_changed(
    session: AsyncSession, bupati: Contest, tmp_path: Path
) -> None:
    await accept(session, bupati, PLACES[0], 5)
    await tally.roll_up(session)
    await import_text(session, PILKADA.replace('["1101"]', '["1102"]'), tmp_path)
    moved = await get_contest(session, kode=bupati.kode)
    await tally.note_official(session, pemilihan_id=moved.id, tps_kodes=[PLACES[4]])
    await tally.rebuild(session, contest=moved)
    assert [one.kode for one in await tally.list_tally(session, contest=moved, induk="11")] == ["1102"]
    assert (await tally.get_tally(session, contest=moved, kode="0")).sums["suara_01"] == 0
    assert await tally.verify(session, contest=moved) == []


async def test_a_drift_is_found_named_and_mended(session: AsyncSession, ppwp: Contest) -> None:
    await accept(session, ppwp, PLACES[0], 5)
    await tally.roll_up(session)
    await session.execute(text("UPDATE tally SET sums[1] = 6, tps_accepted = 0 WHERE kode = '1101'"))
    await session.execute(text("DELETE FROM tally WHERE kode = '9901010002'"))
    found = await tally.verify(session, contest=ppwp)
    assert {(one.kode, one.column, one.stored, one.right) for one in found} == {
        ("1101", "suara_01", 6, 5),
        ("1101", "tps_accepted", 0, 1),
        ("9901010002", "row", 0, 1),
    }
    assert await tally.rebuild(session, contest=ppwp) == 2
    assert await tally.verify(session, contest=ppwp) == []


async def test_a_result_that_was_changed_behind_our_back_is_drift(session: AsyncSession, ppwp: Contest) -> None:
    await accept(session, ppwp, PLACES[0], 5)
    await tally.roll_up(session)
    await session.execute(text("UPDATE result SET numbers[1] = 50"))
    found = await tally.verify(session, contest=ppwp)
    assert {one.kode for one in found} == {"0", "11", "1101", "110101", "1101012001"}
    assert {(one.stored, one.right) for one in found} == {(5, 50)}


async def test_a_change_that_waits_for_the_roller_is_no_drift(session: AsyncSession, ppwp: Contest) -> None:
    await tally.rebuild(session, contest=ppwp)
    await accept(session, ppwp, PLACES[0], 5)
    assert await tally.verify(session, contest=ppwp) == []


async def test_a_writer_who_commits_during_a_roll_is_not_lost(sessions: Sessions, tmp_path: Path) -> None:
    async with sessions.begin() as session:
        ppwp, _ = await lay_contests(session, tmp_path)
        await tally.rebuild(session, contest=ppwp)
        await accept(session, ppwp, PLACES[0], 5)
    async with sessions.begin() as roller:
        assert await tally.roll_up(roller) == 1
        # The roller has computed and not committed yet; another result of the same kelurahan comes in.
        async with sessions.begin() as writer:
            await accept(writer, ppwp, PLACES[1], 7)
    async with sessions.begin() as session:
        assert await tally.count_changes(session) == 1
        assert await tally.roll_up(session) == 1
        assert (await tally.get_tally(session, contest=ppwp, kode="0")).sums["suara_01"] == 12


async def test_two_rollers_at_once_do_not_lose_each_others_sums(sessions: Sessions, tmp_path: Path) -> None:
    async with sessions.begin() as session:
        ppwp, _ = await lay_contests(session, tmp_path)
        await tally.rebuild(session, contest=ppwp)
        await accept(session, ppwp, PLACES[0], 5)

    async def roll_second() -> int:
        async with sessions.begin() as session:
            await accept(session, ppwp, PLACES[3], 7)
        async with sessions.begin() as session:
            return await tally.roll_up(session)

    async with sessions.begin() as first:
        assert await tally.roll_up(first) == 1
        second = asyncio.create_task(roll_second())
        await wait_until_kept_out(first, second)
    assert await second == 1
    async with sessions.begin() as session:
        assert (await tally.get_tally(session, contest=ppwp, kode="110101")).sums["suara_01"] == 12
        assert await tally.verify(session, contest=ppwp) == []


@pytest.mark.parametrize("changes", [True, False])
async def test_who_computes_a_contest_keeps_others_out_until_he_commits(
    sessions: Sessions, tmp_path: Path, *, changes: bool
) -> None:
    async with sessions.begin() as session:
        ppwp, bupati = await lay_contests(session, tmp_path)
        if changes:
            await accept(session, ppwp, PLACES[0], 5)
    async with sessions() as second:
        async with sessions.begin() as first:
            await (tally.roll_up(first) if changes else tally.rebuild(first, contest=ppwp))
            await asyncio.wait_for(lock_tally(second, bupati.id), timeout=60)
            waiting = asyncio.create_task(lock_tally(second, ppwp.id))
            await wait_until_kept_out(first, waiting)
        await asyncio.wait_for(waiting, timeout=60)


async def test_many_writers_and_rollers_at_once_end_in_the_right_sums(sessions: Sessions, tmp_path: Path) -> None:
    async with sessions.begin() as session:
        ppwp, _ = await lay_contests(session, tmp_path)

    async def write(place: str) -> None:
        for votes in range(1, 9):
            async with sessions.begin() as session:
                await accept(session, ppwp, place, votes)

    async def roll() -> None:
        for _ in range(8):
            async with sessions.begin() as session:
                await tally.roll_up(session, limit=3)

    await asyncio.gather(*(write(place) for place in PLACES), roll(), roll())
    async with sessions.begin() as session:
        while await tally.roll_up(session):
            pass
        assert (await tally.get_tally(session, contest=ppwp, kode="0")).sums["suara_01"] == 8 * len(PLACES)
        assert await tally.verify(session, contest=ppwp) == []
        assert await tally.rebuild(session, contest=ppwp) == 0


async def test_a_crash_leaves_the_change_list_as_it_was(sessions: Sessions, tmp_path: Path) -> None:
    async with sessions.begin() as session:
        ppwp, _ = await lay_contests(session, tmp_path)
        await accept(session, ppwp, PLACES[0], 5)
    async with sessions() as session:
        assert await tally.roll_up(session) == 1
        await session.rollback()
    async with sessions.begin() as session:
        assert await tally.roll_up(session) == 1
