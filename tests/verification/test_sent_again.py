"""A program whose connection died after the commit sends again: it gets the first answer, and nothing counts twice."""

import asyncio

import httpx
import pytest
from sqlalchemy import func, select, text

from app.core.database import Sessions
from app.transparency.models import LogEntry
from app.verification.models import Decision, Reading, Task
from tests.http_ground import SignInAs
from tests.verification.readings import TRUTH, changed
from tests.verification.world import make_world, tps


@pytest.fixture
async def sections(sessions: Sessions) -> list[int]:
    """Three sections that the machine is sure of."""
    async with sessions.begin() as session:
        world = await make_world(session)
        return [await world.read(tps(number)) for number in (1, 2, 3)]


async def take(client: httpx.AsyncClient) -> str:
    answer = await client.post("/api/v1/tasks")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def count(sessions: Sessions) -> dict[str, int]:
    """How many rows of each kind there are."""
    async with sessions.begin() as session:
        models = (Reading, Task, Decision, LogEntry)
        return {
            model.__tablename__: (await session.execute(select(func.count()).select_from(model))).scalar_one()
            for model in models
        }


async def test_the_same_answer_again_gets_the_first_reply(
    sign_in_as: SignInAs, sessions: Sessions, sections: list[int]
) -> None:
    reader = await sign_in_as("sari")
    path = f"/api/v1/tasks/{await take(reader)}/reading"
    first = await reader.post(path, json={"numbers": TRUTH})
    before = await count(sessions)
    again = await reader.post(path, json={"numbers": TRUTH})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "first": False}
    assert await count(sessions) == before


async def test_the_same_answer_sent_five_times_at_once_counts_once(
    sign_in_as: SignInAs, sessions: Sessions, sections: list[int]
) -> None:
    reader = await sign_in_as("sari")
    path = f"/api/v1/tasks/{await take(reader)}/reading"
    replies = await asyncio.gather(*(reader.post(path, json={"numbers": TRUTH}) for _ in range(5)))
    assert sorted(one.status_code for one in replies) == [200, 200, 200, 200, 201]
    assert len({tuple(one.json()["reading_ids"]) for one in replies}) == 1
    async with sessions.begin() as session:
        human = select(func.count()).select_from(Reading).where(Reading.account_id.is_not(None))
        assert (await session.execute(human)).scalar_one() == len(replies[0].json()["reading_ids"]) == 2


async def test_other_numbers_are_refused_and_the_first_stand(
    sign_in_as: SignInAs, sessions: Sessions, sections: list[int]
) -> None:
    reader = await sign_in_as("sari")
    path = f"/api/v1/tasks/{await take(reader)}/reading"
    await reader.post(path, json={"numbers": TRUTH})
    before = await count(sessions)
    for numbers in (changed(suara_01=5), changed(suara_01=None), {"suara_01": 123}):
        other = await reader.post(path, json={"numbers": numbers})
        assert (other.status_code, other.json()["code"]) == (409, "already_answered")
    skipped = await reader.post(path.replace("reading", "skip"), json={"reason": "unreadable"})
    assert (skipped.status_code, skipped.json()["code"]) == (409, "task_done")
    assert await count(sessions) == before


@pytest.mark.parametrize(
    "meanwhile",
    ["UPDATE task SET leased_until = now() - interval '1 hour'", "UPDATE photo SET state = 'moved', page = NULL"],
)
async def test_whatever_happened_since_the_same_answer_gets_the_first_reply(
    sign_in_as: SignInAs, sessions: Sessions, sections: list[int], meanwhile: str
) -> None:
    reader = await sign_in_as("sari")
    path = f"/api/v1/tasks/{await take(reader)}/reading"
    first = await reader.post(path, json={"numbers": TRUTH})
    async with sessions.begin() as session:
        await session.execute(text(meanwhile))
    again = await reader.post(path, json={"numbers": TRUTH})
    assert (again.status_code, again.json()["reading_ids"]) == (200, first.json()["reading_ids"]), again.text


async def test_the_same_skip_again_changes_nothing(
    sign_in_as: SignInAs, sessions: Sessions, sections: list[int]
) -> None:
    reader = await sign_in_as("sari")
    task = await take(reader)
    skip = f"/api/v1/tasks/{task}/skip"
    assert (await reader.post(skip, json={"reason": "unreadable"})).status_code == 204
    async with sessions.begin() as session:
        await session.execute(text("UPDATE task SET leased_until = now() - interval '1 hour'"))
    before = await count(sessions)
    assert (await reader.post(skip, json={"reason": "unreadable"})).status_code == 204
    other = await reader.post(skip, json={"reason": "later"})
    assert (other.status_code, other.json()["code"]) == (409, "task_done")
    answered = await reader.post(f"/api/v1/tasks/{task}/reading", json={"numbers": TRUTH})
    assert (answered.status_code, answered.json()["code"]) == (409, "task_done")
    assert await count(sessions) == before


async def test_taking_again_gives_the_held_task(sign_in_as: SignInAs, sessions: Sessions, sections: list[int]) -> None:
    reader = await sign_in_as("sari")
    taken = await asyncio.gather(*(take(reader) for _ in range(5)))
    assert len({*taken, await take(reader)}) == 1
    assert (await count(sessions))["task"] == 1
    await reader.post(f"/api/v1/tasks/{taken[0]}/reading", json={"numbers": TRUTH})
    assert await take(reader) != taken[0]
