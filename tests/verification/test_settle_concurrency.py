"""Two sections of one TPS that are decided at the same time."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.tally.service import get_result
from app.verification.locks import lock_sections
from app.verification.queue import answer_task
from app.verification.service import record_machine_reading, settle
from tests.verification.world import World, make_world, tps


async def decide_page_one(session: AsyncSession, world: World) -> None:
    """Photograph page 1 and have it read as noughts by two people."""
    own = World(session, world.contest, world.uploader)
    fields = world.contest.section("administrasi").fields
    photo = await own.photo(tps(1), 1)
    said = {name: {"value": 0, "confidence": 0.9999, "sure": True} for name in fields}
    (section,) = await record_machine_reading(
        session, contest=world.contest, photo_id=photo, fields=said, details={"model_sha256": "m"}
    )
    await settle(session, section_id=section)
    while (await own.section(section)).state == "waiting":
        person = await own.person()
        task = await own.deal(person)
        assert task is not None
        await answer_task(session, task_id=task.id, account_id=person, numbers=dict.fromkeys(task.fields, 0))
        await own.settle()


async def test_a_section_that_is_decided_while_another_waits_for_its_lock_stays_in_the_result(
    sessions: Sessions,
) -> None:
    async with sessions.begin() as session:
        world = await make_world(session)
        votes = await world.read(tps(1))
        await world.answer(await world.person())
        await session.execute(text("UPDATE photo SET state = 'moved'"))  # the votes are to be taken back

    async def take_votes_back() -> None:
        async with sessions.begin() as session:
            assert (await settle(session, section_id=votes)).changed

    async with sessions.begin() as session:
        await lock_sections(session, section_id=votes)
        waiting = asyncio.create_task(take_votes_back())
        blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')")
        while not (await session.execute(blocked)).scalar_one():  # noqa: ASYNC110 - the database says when
            await asyncio.sleep(0.01)
        await decide_page_one(session, world)
    await waiting

    async with sessions.begin() as session:
        result = await get_result(session, contest=world.contest, tps_kode=tps(1))
    assert result.numbers["suara_01"] is None
    assert {result.numbers[name] for name in world.contest.section("administrasi").fields} == {0}
