"""Deals as the API asks for them: each a statement that stands alone, many at the same moment."""

import asyncio

from sqlalchemy import text

from app.core.access import Role
from app.core.database import Sessions
from app.core.statements import look
from app.verification.queue import DealtTask, answer_task, deal_task
from app.verification.queue_window import measure_window
from tests.verification.readings import TRUTH
from tests.verification.world import make_world, tps

PLACES = 8


async def deal_alone(sessions: Sessions, person: int) -> DealtTask | None:
    async with look(sessions) as statements:
        return await deal_task(statements, account_id=person, role=Role.VOLUNTEER, lease_seconds=60)


async def lay_places(sessions: Sessions, people: int) -> list[int]:
    """Open the section of several TPS, measure the queue, and return people to read them."""
    async with sessions.begin() as session:
        world = await make_world(session)
        for number in range(PLACES):
            sure = number % 2 == 0  # to be confirmed, or else read blind: whichever is looked for first is there
            await world.read(tps(number + 1), sure=sure, confidence=0.99 if sure else 0.5)
        readers = [await world.person() for _ in range(people)]
        # First of all is where every deal begins: whoever asks at the same moment meets the same section there.
        await session.execute(text("UPDATE tps_section SET turn = id"))
    async with look(sessions) as statements:
        await measure_window(statements, every=-1)
        await statements.row("UPDATE queue_window SET turns = ARRAY[0, 0.5]")
    return readers


async def test_who_asks_twice_at_once_holds_one_task(sessions: Sessions) -> None:
    (person,) = await lay_places(sessions, 1)
    waits = text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid')")
    async with asyncio.timeout(60):
        async with sessions.begin() as session:
            first = await deal_task(session, account_id=person, role=Role.VOLUNTEER, lease_seconds=60)
            second = asyncio.create_task(deal_alone(sessions, person))
            while not (await session.execute(waits)).scalar_one():  # noqa: ASYNC110 - the database says when
                await asyncio.sleep(0.02)
        assert first is not None
        assert await second == first, "the index refused another; he is told what he holds"


async def test_many_who_ask_at_once_are_dealt_different_sections(sessions: Sessions) -> None:
    people = await lay_places(sessions, PLACES)
    dealt = await asyncio.gather(*(deal_alone(sessions, one) for one in people))
    assert None not in dealt
    for person, task in zip(people, dealt, strict=True):
        assert task is not None
        said = {name: TRUTH[name] for name in task.fields}
        async with look(sessions) as statements:
            await answer_task(statements, task_id=task.id, account_id=person, numbers=said)
    async with sessions.begin() as session:
        held = text("SELECT count(DISTINCT section_id), count(*), min(state), max(state) FROM task")
        assert tuple((await session.execute(held)).one()) == (PLACES, PLACES, "answered", "answered")
