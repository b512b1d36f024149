import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.pemilu.definition import Contest
from app.tally import service as tally
from tests.tally.contests import lay_contests

TPS = "1101012001001"
VOTES = {"suara_01": 10, "suara_02": 20, "suara_03": 30, "suara_sah": 60, "suara_tidak_sah": 1, "suara_total": 61}


async def accept(session: AsyncSession, contest: Contest, tps: str = TPS, **numbers: int | None) -> None:
    await tally.set_result(
        session,
        contest=contest,
        tps_kode=tps,
        round=1,
        numbers={**VOTES, **numbers},
        state="accepted",
        source_class="one_uploader",
    )


async def test_a_tps_of_which_nothing_is_known_waits_with_no_numbers(session: AsyncSession, ppwp: Contest) -> None:
    result = await tally.get_result(session, contest=ppwp, tps_kode=TPS)
    assert (result.state, result.round, result.source_class, result.has_photo) == ("waiting", 1, None, False)
    assert set(result.numbers) == set(ppwp.fields)
    assert set(result.numbers.values()) == {None}


async def test_what_is_accepted_is_seen_and_a_correction_replaces_it(session: AsyncSession, ppwp: Contest) -> None:
    await accept(session, ppwp)
    await accept(session, ppwp, suara_02=21, suara_sah=None)
    result = await tally.get_result(session, contest=ppwp, tps_kode=TPS)
    assert (result.numbers["suara_02"], result.numbers["suara_sah"]) == (21, None)
    assert (result.state, result.source_class) == ("accepted", "one_uploader")


async def test_zero_is_a_number_and_none_is_not(session: AsyncSession, ppwp: Contest) -> None:
    await accept(session, ppwp, suara_01=0)
    result = await tally.get_result(session, contest=ppwp, tps_kode=TPS)
    assert result.numbers["suara_01"] == 0
    assert result.numbers["pengguna_total_j"] is None


async def test_numbers_of_an_accepted_section_count_while_the_required_one_waits(
    session: AsyncSession, ppwp: Contest
) -> None:
    numbers = {"pengguna_total_j": 61}
    await tally.set_result(
        session, contest=ppwp, tps_kode=TPS, numbers=numbers, state="waiting", source_class="one_uploader"
    )
    await tally.roll_up(session)
    view = await tally.get_tally(session, contest=ppwp, kode="0")
    assert (view.sums["pengguna_total_j"], view.sums["suara_01"]) == (61, 0)
    assert (view.tps_accepted, view.source_one) == (0, 0)


async def test_what_is_taken_back_counts_no_longer_but_its_photo_stays_known(
    session: AsyncSession, ppwp: Contest
) -> None:
    await tally.note_photo(session, contest=ppwp, tps_kode=TPS)
    await accept(session, ppwp)
    await tally.clear_result(session, contest=ppwp, tps_kode=TPS)
    await tally.roll_up(session)
    view = await tally.get_tally(session, contest=ppwp, kode="1101")
    assert (view.sums["suara_02"], view.tps_accepted, view.tps_photo) == (0, 0, 1)


async def test_a_revote_supersedes_what_was_accepted_and_the_old_round_stays(
    session: AsyncSession, ppwp: Contest
) -> None:
    await accept(session, ppwp)
    await tally.note_official(session, pemilihan_id=ppwp.id, tps_kodes=[TPS])
    number = await tally.open_round(session, contest=ppwp, tps_kode=TPS, reason="PSU, decree 1/2024", account_id=None)
    await tally.roll_up(session)
    view = await tally.get_tally(session, contest=ppwp, kode="0")
    assert (number, view.tps_accepted, view.sums["suara_01"], view.tps_official) == (2, 0, 0, 1)
    old = await session.execute(text("SELECT numbers[1], current FROM result WHERE round = 1"))
    assert old.one() == (10, False)
    logged = await session.execute(text("SELECT subject, payload->>'reason' FROM log_entry WHERE kind = 'round'"))
    assert logged.one() == (f"tps/{TPS}/ppwp-2024", "PSU, decree 1/2024")


async def test_a_revote_has_the_old_differences_looked_at_again(session: AsyncSession, ppwp: Contest) -> None:
    await tally.open_round(session, contest=ppwp, tps_kode=TPS, reason="PSU")

    query = "SELECT convert_from(payload, 'UTF8') FROM pgqueuer WHERE entrypoint = 'compare'"
    assert [json.loads(one) for one in await session.scalars(text(query))] == [
        {"pemilihan_id": ppwp.id, "tps_kode": TPS}
    ]


async def test_official_figures_that_come_during_a_revote_are_noted_for_the_new_round(
    sessions: Sessions, tmp_path: Path
) -> None:
    async with sessions.begin() as session:
        contest, _ = await lay_contests(session, tmp_path)
        await accept(session, contest)

    async def note() -> None:
        async with sessions.begin() as session:
            await tally.note_official(session, pemilihan_id=contest.id, tps_kodes=[TPS])

    async with sessions.begin() as session:
        await tally.open_round(session, contest=contest, tps_kode=TPS, reason="PSU")
        noting = asyncio.create_task(note())
        waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not (await session.execute(waits)).scalar_one():  # noqa: ASYNC110 - the database says when
            await asyncio.sleep(0.01)
    await noting

    async with sessions.begin() as session:
        result = await tally.get_result(session, contest=contest, tps_kode=TPS)
    assert (result.round, result.has_official) == (2, True)


async def test_a_late_decision_on_the_old_round_is_kept_and_not_counted(session: AsyncSession, ppwp: Contest) -> None:
    await tally.open_round(session, contest=ppwp, tps_kode=TPS, reason="PSU")
    await accept(session, ppwp)
    await tally.roll_up(session)
    assert (await tally.get_tally(session, contest=ppwp, kode="0")).tps_accepted == 0
    assert (await tally.get_result(session, contest=ppwp, tps_kode=TPS)).round == 2


async def test_a_round_that_was_not_opened_is_refused(session: AsyncSession, ppwp: Contest) -> None:
    with pytest.raises(ConflictError, match=r"It has no round 2 yet.*the round now\): 1"):
        await tally.note_photo(session, contest=ppwp, tps_kode=TPS, round=2)


async def test_a_revote_needs_a_reason(session: AsyncSession, ppwp: Contest) -> None:
    with pytest.raises(InvalidInputError, match="has no reason"):
        await tally.open_round(session, contest=ppwp, tps_kode=TPS, reason=" ")


async def test_the_database_refuses_two_current_rounds(session: AsyncSession, ppwp: Contest) -> None:
    await accept(session, ppwp)
    await tally.open_round(session, contest=ppwp, tps_kode=TPS, reason="PSU")
    with pytest.raises(IntegrityError, match="uq_result_current"):
        await session.execute(text("UPDATE result SET current = true"))


async def test_an_unknown_field_or_a_negative_number_is_refused(session: AsyncSession, ppwp: Contest) -> None:
    with pytest.raises(InvalidInputError, match="has no field 'suara_04'"):
        await accept(session, ppwp, suara_04=1)
    with pytest.raises(InvalidInputError, match="suara_01 is -1"):
        await accept(session, ppwp, suara_01=-1)


async def test_a_tps_outside_the_contest_is_refused(session: AsyncSession, bupati: Contest) -> None:
    for place in ("3173011005001", "1102042001001"):
        with pytest.raises(tally.OutsideContestError, match="does not vote in bupati-1101-2024"):
            await tally.note_photo(session, contest=bupati, tps_kode=place)
        with pytest.raises(tally.OutsideContestError):
            await tally.get_result(session, contest=bupati, tps_kode=place)


async def test_an_unknown_tps_is_refused(session: AsyncSession, ppwp: Contest) -> None:
    with pytest.raises(NotFoundError, match="No TPS has the code 1101012001004"):
        await accept(session, ppwp, tps="1101012001004")


async def test_official_figures_are_noted_once_and_only_where_the_contest_votes(
    session: AsyncSession, bupati: Contest
) -> None:
    await tally.note_photo(session, contest=bupati, tps_kode=TPS)
    codes = [TPS, "1101012001002", "1101012001002", "3173011005001", "1101012001999"]
    assert await tally.note_official(session, pemilihan_id=bupati.id, tps_kodes=codes) == 2
    assert await tally.note_official(session, pemilihan_id=bupati.id, tps_kodes=codes) == 0
    await tally.roll_up(session)
    view = await tally.get_tally(session, contest=bupati, kode="0")
    assert (view.tps_official, view.tps_photo) == (2, 1)


async def test_a_photo_that_is_no_news_leaves_no_change(session: AsyncSession, ppwp: Contest) -> None:
    await tally.note_photo(session, contest=ppwp, tps_kode=TPS)
    await tally.roll_up(session)
    await tally.note_photo(session, contest=ppwp, tps_kode=TPS)
    assert await tally.count_changes(session) == 0


async def test_all_tps_of_a_kelurahan_are_listed_by_number(session: AsyncSession, ppwp: Contest) -> None:
    await accept(session, ppwp, tps="1101012002901")
    found = await tally.list_results(session, contest=ppwp, kelurahan="1101012002")
    assert [(one.nomor, one.state) for one in found] == [
        (1, "waiting"),
        (2, "waiting"),
        (901, "accepted"),
        (902, "waiting"),
    ]
