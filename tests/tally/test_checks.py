"""The oracle at work: what it finds, that it keeps nobody waiting, and that a count in full swing is no drift."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.database import Sessions
from app.core.storage import LocalStore
from app.pemilu.definition import Contest
from app.tally import service as tally
from app.tally.checks import CheckView, check_still, find_due, get_check
from tests.tally.contests import lay_contests
from tests.tally.test_roll_up import PLACES, accept
from workers.job import Context
from workers.oracle import check_tally_once
from workers.reader_pool import ReaderPool


async def lay_sums(sessions: Sessions, folder: Path) -> Contest:
    async with sessions.begin() as session:
        ppwp, _ = await lay_contests(session, folder)
        await accept(session, ppwp, PLACES[0], 5)
        await tally.rebuild(session, contest=ppwp)
    return ppwp


async def look(sessions: Sessions, contest: Contest) -> CheckView | None:
    async with sessions.begin() as session:
        return await get_check(session, contest=contest)


async def test_a_worker_notes_what_the_oracle_says(sessions: Sessions, tmp_path: Path) -> None:
    ppwp = await lay_sums(sessions, tmp_path)
    assert await look(sessions, ppwp) is None
    with ReaderPool(1) as readers:
        context = Context(sessions, Settings(home=tmp_path), LocalStore(tmp_path), readers)
        await check_tally_once(context)
        first = await look(sessions, ppwp)
        assert first is not None
        assert (first.drifts, first.first_kode) == (0, None)
        async with sessions.begin() as session:
            await session.execute(text("UPDATE tally SET sums[1] = 6 WHERE kode IN ('1101', '11')"))
        await check_tally_once(context)  # it rests for ten minutes
        assert await look(sessions, ppwp) == first
        async with sessions.begin() as session:
            await session.execute(text("UPDATE tally_check SET checked_at = now() - interval '11 minutes'"))
        await check_tally_once(context)
    second = await look(sessions, ppwp)
    assert second is not None
    assert (second.drifts, second.first_kode) == (2, "11")


async def test_one_worker_checks_at_a_time(sessions: Sessions, tmp_path: Path) -> None:
    ppwp = await lay_sums(sessions, tmp_path)
    async with sessions.begin() as first, sessions.begin() as second:
        assert await find_due(first) == ppwp.id
        assert await find_due(second) is None


async def test_a_check_waits_for_nobody_and_sees_one_moment(sessions: Sessions, tmp_path: Path) -> None:
    ppwp = await lay_sums(sessions, tmp_path)
    async with sessions.begin() as reader:
        await reader.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        await reader.execute(text("SELECT 1 FROM tally LIMIT 1"))
        async with sessions.begin() as writer:
            await accept(writer, ppwp, PLACES[3], 7)
        async with sessions.begin() as roller:  # a roller holds the contest's lock meanwhile
            await accept(roller, ppwp, PLACES[5], 1)
            assert await tally.roll_up(roller) > 0
            drifts, _ = await check_still(reader, contest=ppwp)
    assert drifts == []


async def test_a_result_with_another_number_of_fields_is_named(session: AsyncSession, ppwp: Contest) -> None:
    await accept(session, ppwp, PLACES[0], 5)
    await accept(session, ppwp, PLACES[1], 7)
    await tally.roll_up(session)
    await session.execute(text("UPDATE result SET numbers = numbers[1:3] WHERE tps_kode = :tps"), {"tps": PLACES[0]})
    first, *others = await tally.verify(session, contest=ppwp)
    assert (first.kode, first.column, first.stored, first.right) == (PLACES[0][:10], "width", 3, len(ppwp.fields))
    assert {(one.kode, one.column, one.stored, one.right) for one in others if one.column == "suara_01"} == {
        (kode, "suara_01", 12, 7) for kode in ("1101012001", "110101", "1101", "11", "0")
    }
