"""One job looks at all kelurahan that wait; one of them that fails does not hold up the others."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from app.core.config import Settings
from app.core.database import Sessions
from app.core.jobs import decode_payload, enqueue
from app.core.storage import LocalStore
from app.discrepancy.kinds import Kind
from tests.discrepancy.test_compare import publish
from tests.official.places import TPS, prepare_contest
from workers.compare import compare, compare_region
from workers.job import Context
from workers.reader_pool import ReaderPool

TWINS = (TPS[0], TPS[1])


@pytest.fixture
def context(sessions: Sessions, settings: Settings) -> Iterator[Context]:
    with ReaderPool(0) as readers:
        yield Context(sessions, settings, LocalStore(settings.objects), readers)


async def lay_twins(context: Context) -> int:
    """Two neighbours with the same figures, and their kelurahan and all others waiting; return the contest's number."""
    async with context.sessions.begin() as session:
        contest = await prepare_contest(session)
        for tps in TWINS:
            await publish(session, contest, (40, 50, 60), tps)
    await compare(context, {"pemilihan_id": contest.id, "tps_kodes": list(TPS)})
    return contest.id


async def list_waiting(context: Context) -> list[dict[str, Any]]:
    async with context.sessions.begin() as session:
        rows = await session.execute(text("SELECT payload FROM pgqueuer WHERE entrypoint = 'compare_regions'"))
        return [decode_payload(payload) for payload in rows.scalars()]


async def list_kinds(context: Context) -> list[str]:
    async with context.sessions.begin() as session:
        return list((await session.execute(text("SELECT kind FROM discrepancy WHERE state = 'open'"))).scalars())


async def test_one_job_does_all_that_wait(context: Context) -> None:
    contest = await lay_twins(context)
    waiting = await list_waiting(context)
    assert {one["wilayah"] for one in waiting} == {tps[:10] for tps in TPS}
    last = max(waiting, key=lambda one: one["wilayah"])
    assert last["wilayah"] != TWINS[0][:10], "the twins are among those that are taken along"
    await compare_region(context, {**last, "pemilihan_id": contest})
    assert await list_waiting(context) == []
    assert await list_kinds(context) == [Kind.IDENTICAL_NEIGHBOURS]


async def test_one_that_fails_waits_for_its_own_turn(context: Context) -> None:
    contest = await lay_twins(context)
    broken = {"pemilihan_id": contest, "level": "kelurahan", "wilayah": 7}
    async with context.sessions.begin() as session:
        await enqueue(session, "compare_regions", broken)
    mine = {"pemilihan_id": contest, "level": "kelurahan", "wilayah": TWINS[0][:10]}
    await compare_region(context, mine)
    assert await list_kinds(context) == [Kind.IDENTICAL_NEIGHBOURS]
    assert broken in await list_waiting(context)


async def test_a_whole_kabupaten_takes_nothing_along(context: Context) -> None:
    contest = await lay_twins(context)
    before = await list_waiting(context)
    await compare_region(context, {"pemilihan_id": contest, "wilayah": TWINS[0][:4]})
    assert await list_kinds(context) == [Kind.IDENTICAL_NEIGHBOURS]
    assert await list_waiting(context) == before
