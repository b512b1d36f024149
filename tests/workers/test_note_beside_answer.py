"""A machine's reading that is noted while somebody answers a task of the same photograph: neither waits in a circle."""

import asyncio

from sqlalchemy import text

from app.core.database import Sessions
from app.intake.service import get_photo, lock_batch
from app.verification.queue import answer_task
from app.verification.service import MachineReading, note_machine_readings
from tests.verification.readings import TRUTH
from tests.verification.world import World, machine_fields, make_world, settle_waiting, tps


async def test_who_answers_does_not_wait_for_the_photograph_that_a_noter_holds(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        world = await make_world(session)
        section = await world.read(tps(1))
        photos = [await get_photo(session, photo_id=world.photos[tps(1), page, world.uploader]) for page in (2, 3)]
        person = await world.person()
        task = await world.deal(person)
        assert task is not None

    async with sessions.begin() as noting:
        assert await lock_batch(noting, batch=tuple(photos), again=True)
        async with sessions.begin() as answering:
            await answering.execute(text("SET LOCAL lock_timeout = '5s'"))
            said = {name: TRUTH[name] for name in task.fields}
            await answer_task(answering, task_id=task.id, account_id=person, numbers=said)
            readings = [
                MachineReading(one, machine_fields(one.page or 0, TRUTH), {"model_sha256": "2"}) for one in photos
            ]
            note = asyncio.create_task(note_machine_readings(noting, contest=world.contest, readings=readings))
            blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            async with asyncio.timeout(60):
                while not (await answering.execute(blocked)).scalar_one():  # noqa: ASYNC110 - the database says when
                    await asyncio.sleep(0.01)
        await note

    await settle_waiting(sessions)
    async with sessions.begin() as session:
        own = World(session, world.contest, world.uploader)
        assert (await own.section(section)).state == "accepted"
        modes = await session.execute(text("SELECT mode, count(*) FROM reading GROUP BY mode ORDER BY mode"))
        assert [tuple(row) for row in modes] == [("confirm", 2), ("machine", 4)]
