"""Many people at once against a real PostgreSQL: the unique indices hold, nobody waits in a circle, nothing is lost."""

import asyncio
import random
from collections import Counter

from sqlalchemy import func, select

from app.core.access import Role
from app.core.database import Sessions
from app.verification.models import Decision, Reading, Task, TpsSection
from app.verification.queue import answer_task, deal_task
from tests.verification.readings import TRUTH
from tests.verification.world import make_world, settle_waiting, tps

SECTIONS = 24
PEOPLE = 8


async def lay_ground(sessions: Sessions) -> list[int]:
    """Sections that need two blind readings each, and the people's numbers."""
    async with sessions.begin() as session:
        world = await make_world(session)
        for number in range(1, SECTIONS + 1):
            await world.read(tps(number), confidence=0.5, sure=False)
        return [await world.person() for _ in range(PEOPLE)]


async def work(sessions: Sessions, person: int, seed: int) -> Counter[str]:
    """Take and answer tasks until none has come for a while, now and then twice at once, as an impatient thumb does."""
    seen: Counter[str] = Counter()
    chance = random.Random(seed)
    idle = 0
    while idle < 3:
        dealt = await asyncio.gather(*(deal(sessions, person) for _ in range(chance.choice((1, 1, 2)))))
        tasks = {task.id: task for task in dealt if task is not None}
        assert len(tasks) <= 1, "two leases for one person"
        if not tasks:
            idle += 1
            await asyncio.sleep(0.05)
            continue
        idle = 0
        (task,) = tasks.values()
        await asyncio.gather(*(answer(sessions, person, task.id) for _ in range(chance.choice((1, 1, 2)))))
        seen["answered"] += 1
    return seen


async def keep_settling(sessions: Sessions, over: asyncio.Event) -> None:
    """Be one of the settlers."""
    while not over.is_set():
        await settle_waiting(sessions)
        await asyncio.sleep(0.01)


async def deal(sessions: Sessions, person: int):  # type: ignore[no-untyped-def] # noqa: ANN201
    async with sessions.begin() as session:
        return await deal_task(session, account_id=person, role=Role.VOLUNTEER, lease_seconds=600)


async def answer(sessions: Sessions, person: int, task_id) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    async with sessions.begin() as session:
        await answer_task(session, task_id=task_id, account_id=person, numbers=TRUTH)


async def test_eight_people_at_once(sessions: Sessions) -> None:
    people, over = await lay_ground(sessions), asyncio.Event()
    settlers = [asyncio.create_task(keep_settling(sessions, over)) for _ in range(2)]
    done = await asyncio.gather(*(work(sessions, person, seed) for seed, person in enumerate(people)))
    over.set()
    await asyncio.gather(*settlers)
    assert sum(one["answered"] for one in done) == 2 * SECTIONS
    async with sessions.begin() as session:
        states = Counter((await session.execute(select(TpsSection.state))).scalars())
        assert states == {"accepted": SECTIONS}
        twice = (
            select(Task.section_id, Task.account_id).group_by(Task.section_id, Task.account_id).having(func.count() > 1)
        )
        assert (await session.execute(twice)).all() == []
        assert set((await session.execute(select(Task.state))).scalars()) == {"answered"}
        readers = select(func.count(func.distinct(Reading.account_id))).group_by(Reading.section_id)
        assert set((await session.execute(readers)).scalars()) == {2}
        current = select(Decision.section_id).filter_by(state="current", outcome="accept")
        assert len(set((await session.execute(current)).scalars())) == SECTIONS
