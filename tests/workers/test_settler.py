"""The settler: what people answer is looked at a moment later, whatever happens to a neighbour."""

import asyncio

from sqlalchemy import text

from app.core.access import Role
from app.core.config import Settings
from app.core.database import Sessions
from app.core.storage import LocalStore
from app.verification.queue import answer_task, deal_task
from tests.verification.readings import TRUTH
from tests.verification.world import World, make_world, tps
from workers.job import Context
from workers.reader_pool import ReaderPool
from workers.runner import run_worker
from workers.settler import keep_queue, settle_answers


async def answer_places(sessions: Sessions, *numbers: int) -> tuple[World, list[int]]:
    """Let one person confirm these TPS; the rule has not looked yet."""
    async with sessions.begin() as session:
        world = await make_world(session)
        sections = [await world.read(tps(number)) for number in numbers]
        person = await world.person()
        for _ in numbers:
            task = await world.deal(person)
            assert task is not None
            said = {name: TRUTH[name] for name in task.fields}
            await answer_task(session, task_id=task.id, account_id=person, numbers=said)
    return world, sections


async def states(sessions: Sessions) -> list[tuple[str, bool]]:
    """State of each section, and whether it is listed."""
    query = text("SELECT state, unsettled_since IS NOT NULL FROM tps_section ORDER BY id")
    async with sessions.begin() as session:
        return [tuple(row) for row in await session.execute(query)]


async def test_a_worker_settles_what_was_answered(database: str, sessions: Sessions, settings: Settings) -> None:
    await answer_places(sessions, 1, 2)
    assert await states(sessions) == [("waiting", True)] * 2
    context = Context(sessions, settings, LocalStore(settings.objects), ReaderPool(0))
    stopping = asyncio.Event()
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(run_worker(database, context, {}, stopping, readers=0))
        while await states(sessions) != [("accepted", False)] * 2:  # noqa: ASYNC110 - the database says when
            await asyncio.sleep(0.02)
        stopping.set()


async def test_a_section_that_cannot_be_settled_does_not_stop_the_others(sessions: Sessions) -> None:
    _, sections = await answer_places(sessions, 1, 2, 3)
    async with sessions.begin() as session:
        broken = text("UPDATE tps_section SET section = 'lain' WHERE id = :id")
        await session.execute(broken, {"id": sections[1]})
    await settle_answers(sessions)
    assert await states(sessions) == [("accepted", False), ("waiting", False), ("accepted", False)]
    async with sessions.begin() as session:
        queued = text("SELECT convert_from(payload, 'UTF8') FROM pgqueuer WHERE entrypoint = 'settle'")
        assert (await session.execute(queued)).scalars().all() == [f'{{"section_id":{sections[1]}}}']
    assert await settle_answers(sessions) == 0


async def test_a_lease_that_ran_out_is_given_back_and_the_queue_is_measured(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        world = await make_world(session)
        for number in (1, 2, 3):
            await world.read(tps(number))
        late = await world.person()
        assert await world.deal(late, lease=0) is not None
        await session.execute(text("UPDATE queue_window SET at = now() - interval '1 minute'"))
        await session.execute(text("UPDATE tps_section SET turn = 'infinity' WHERE tps_kode = :tps"), {"tps": tps(2)})
    assert await keep_queue(sessions) == 1
    async with sessions.begin() as session:
        turns = text("SELECT turns FROM queue_window WHERE wanted = 'confirm'")
        places = text("SELECT array_agg(turn ORDER BY turn) FROM tps_section WHERE wanted = 'confirm'")
        measured = (await session.execute(turns)).scalar_one()
        assert measured == (await session.execute(places)).scalar_one()
        assert max(measured) < float("inf"), "one without a place was given one"
        assert (await session.execute(text("SELECT state FROM task"))).scalar_one() == "expired"
        world.session = session
        assert (
            await deal_task(session, account_id=await world.person(), role=Role.VOLUNTEER, lease_seconds=60) is not None
        )
