"""A reader is withdrawn in batches: whatever he touched is decided again, whatever else happens meanwhile."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest
from sqlalchemy import select, text

from app.core.access import Role
from app.core.database import Sessions
from app.core.errors import NotFoundError
from app.tally.service import get_result
from app.verification import withdraw
from app.verification.models import Decision, ReadingWithdrawal
from app.verification.queue import answer_task, deal_task, skip_task
from app.verification.service import (
    list_linked,
    settle,
    withdraw_from_sections,
    withdraw_reader,
    withdraw_readers,
)
from tests.lock_waits import wait_until_kept_out
from tests.verification.readings import TRUTH, changed
from tests.verification.world import World, make_world, tps

PLACES = [tps(number) for number in range(1, 8)]


async def read_all(world: World, reader: int, places: Sequence[str] = PLACES) -> list[int]:
    sections = [await world.read(place) for place in places]
    for _ in sections:
        await world.answer(reader)
    return sections


async def test_every_section_he_touched_is_decided_again_in_batches(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdraw, "BATCH", 3)
    reader, admin = await world.person(), await world.person(Role.ADMIN)
    sections = await read_all(world, reader)
    withdrawal = await withdraw_reader(world.session, account_id=reader, by=admin, reason="kolusi")
    assert (withdrawal.readings, withdrawal.sections) == (14, 7)
    assert await world.withdraw_queued() == 3
    assert [(await world.section(one)).state for one in sections] == ["waiting"] * 7
    gone = (await world.session.scalars(select(ReadingWithdrawal))).all()
    assert {(one.by_account_id, one.reason) for one in gone} == {(admin, "kolusi")}
    assert len(gone) == 14
    for place in PLACES:
        result = await get_result(world.session, contest=world.contest, tps_kode=place)
        assert (result.state, set(result.numbers.values())) == ("waiting", {None})


async def test_a_group_is_withdrawn_at_once_and_its_sections_are_decided_once(world: World) -> None:
    liars, honest, admin = [await world.person(), await world.person()], await world.person(), await world.person()
    section = await world.read(tps(1), confidence=0.5, sure=False)
    for one in liars:
        await world.answer(one, changed(suara_01=900))
    assert (await world.section(section)).wanted is not None or (await world.section(section)).state == "accepted"
    link = text("INSERT INTO linked_account (account_id, group_id, why) VALUES (:account, 5, '[]')")
    for one in liars:
        await world.session.execute(link, {"account": one})
    group = await list_linked(world.session, group_id=5)
    withdrawal = await withdraw_readers(world.session, account_ids=group, by=admin, reason="kolusi")
    assert (withdrawal.readings, withdrawal.sections) == (4, 1)
    assert await world.withdraw_queued() == 1
    for one in (honest, await world.person()):
        await world.answer(one)
    result = await get_result(world.session, contest=world.contest, tps_kode=tps(1))
    assert (result.state, result.numbers["suara_01"]) == ("accepted", TRUTH["suara_01"])
    states = text("SELECT state FROM account WHERE id = ANY(:ids)")
    assert set((await world.session.execute(states, {"ids": liars})).scalars()) == {"suspended"}


async def test_nobody_is_withdrawn_when_one_is_unknown(world: World) -> None:
    reader = await world.person()
    with pytest.raises(NotFoundError):
        await withdraw_readers(world.session, account_ids=[reader, reader + 1000], by=reader, reason="kolusi")
    states = text("SELECT state FROM account WHERE id = :id")
    assert (await world.session.execute(states, {"id": reader})).scalar_one() == "active"


async def test_what_others_say_stays(world: World) -> None:
    section = await world.read(tps(1), numbers=changed(suara_01=None))
    honest, liar, admin = await world.person(), await world.person(), await world.person(Role.ADMIN)
    await world.answer(liar, changed(suara_01=900))
    await world.answer(honest)
    assert (await world.section(section)).state == "waiting"
    await withdraw_reader(world.session, account_id=liar, by=admin, reason="kolusi")
    await world.withdraw_queued()
    await world.answer(await world.person())
    assert (await world.section(section)).state == "accepted"
    result = await get_result(world.session, contest=world.contest, tps_kode=tps(1))
    assert dict(result.numbers) | TRUTH == dict(result.numbers)


async def test_his_skips_no_longer_count(world: World) -> None:
    section = await world.read(tps(1))
    pair = [await world.person(), await world.person()]
    for one in pair:
        task = await world.deal(one)
        assert task is not None
        await skip_task(world.session, task_id=task.id, account_id=one, reason="unreadable")
        await world.settle()
    assert (await world.section(section)).wanted == "review"
    await withdraw_reader(world.session, account_id=pair[0], by=await world.person(Role.ADMIN), reason="kolusi")
    await world.withdraw_queued()
    assert (await world.section(section)).wanted == "confirm"


async def test_batches_with_the_sections_of_one_tps_never_wait_in_a_circle(sessions: Sessions) -> None:
    """Sections of two TPS, in batches that each hold one of both: whole TPS are locked, in one order."""
    async with sessions.begin() as session:
        world = await make_world(session)
        first = {place: await world.read(place) for place in PLACES[:2]}
        others = (
            "INSERT INTO tps_section (pemilihan_id, tps_kode, section) VALUES (:c, :p, 'administrasi') RETURNING id"
        )
        second = [
            (await session.execute(text(others), {"c": world.contest.id, "p": place})).scalar_one()
            for place in reversed(PLACES[:2])
        ]
        reader, admin = await world.person(), await world.person(Role.ADMIN)
    batches = [[first[PLACES[0]], second[0]], [first[PLACES[1]], second[1]], list(first.values()), second]

    async def withdraw_one(batch: list[int]) -> None:
        async with sessions.begin() as session:
            await withdraw_from_sections(session, account_ids=[reader], by=admin, reason="kolusi", section_ids=batch)

    for _ in range(10):
        await asyncio.wait_for(asyncio.gather(*(withdraw_one(batch) for batch in batches)), 30)
    async with sessions.begin() as session:
        assert not (await settle(session, section_id=second[0])).changed
        assert (await session.scalars(select(Decision))).all() == []


async def test_what_he_is_dealt_meanwhile_is_withdrawn_too(sessions: Sessions) -> None:
    """He asks for a task just before, and again while he is being withdrawn: no answer of his is forgotten."""
    async with sessions.begin() as session:
        world = await make_world(session)
        for place in PLACES[:2]:
            await world.read(place)
        reader, admin = await world.person(), await world.person(Role.ADMIN)
    async with asyncio.timeout(60), sessions() as dealing:
        task = await deal_task(dealing, account_id=reader, role=Role.VOLUNTEER, lease_seconds=600)
        assert task is not None

        async def withdraw_him() -> None:
            async with sessions.begin() as session:
                found = await withdraw_reader(session, account_id=reader, by=admin, reason="kolusi")
                assert found.sections == 1, "the task that was being dealt is known"
                with pytest.raises(asyncpg.LockNotAvailableError):
                    await record_meanwhile()

        async def record_meanwhile() -> None:
            async with sessions.begin() as session:
                await session.execute(text("SET LOCAL lock_timeout = '200ms'"))
                numbers = {name: TRUTH[name] for name in task.fields}
                await answer_task(session, task_id=task.id, account_id=reader, numbers=numbers)

        withdrawing = asyncio.create_task(withdraw_him())
        await wait_until_kept_out(dealing, withdrawing)
        await dealing.commit()
        await withdrawing
    async with sessions.begin() as session:  # one that was let in before, and comes only now
        await skip_task(session, task_id=task.id, account_id=reader, reason="unreadable")
    async with sessions.begin() as session:
        world.session = session
        assert await world.withdraw_queued() == 1
        states = (await session.execute(text("SELECT state FROM task"))).scalars().all()
        assert states == ["expired"]
