"""Many sections settled with one call come out as one by one: the same rows, but for their numbers, salts and times."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions, make_engine
from app.core.errors import NotFoundError
from app.verification.locks import lock_many_sections
from app.verification.service import Settled, record_machine_reading, settle, settle_many
from tests.verification.readings import PAGES, changed
from tests.verification.world import World, make_world, tps

SECTIONS = 6


@dataclass(frozen=True)
class Evidence:
    """What is there of one form: photographs' pages, the machine, what people read, and what happened afterwards."""

    pages: tuple[int, ...]
    sure: bool
    answers: tuple[int | None, ...]
    """What each reader states for suara_01, in blind entry."""
    gone: str
    """``no``, ``readings`` (all people's are withdrawn) or ``photo`` (page 2 was moved)."""


FORMS = st.builds(
    Evidence,
    pages=st.sampled_from([(2, 3), (2,), (3,)]),
    sure=st.booleans(),
    answers=st.lists(st.sampled_from([123, 128, None]), max_size=3).map(tuple),
    gone=st.sampled_from(["no", "no", "readings", "photo"]),
)


async def lay(world: World, number: int, form: Evidence) -> int:
    section = await world.read(tps(number), pages=form.pages, sure=form.sure, dice=0.5 if form.sure else 0.01)
    for value in form.answers:
        reader = await world.person()
        for page in form.pages:
            photo = world.photos[tps(number), page, world.uploader]
            await insert_reading(world, section, reader, photo=photo, page=page, value=value)
    await settle(world.session, section_id=section)
    if form.gone == "readings":
        await run(world, "INSERT INTO reading_withdrawal (reading_id, reason) SELECT id, 'x' FROM reading"
                  " WHERE section_id = :id AND account_id IS NOT NULL", id=section)  # fmt: skip
    elif form.gone == "photo":
        await run(world, "UPDATE photo SET state = 'moved' WHERE page = 2 AND tps_kode = :tps", tps=tps(number))
    return section


async def run(world: World, statement: str, **values: Any) -> None:
    await world.session.execute(text(statement), values)


async def insert_reading(world: World, section: int, reader: int, *, photo: int, page: int, value: int | None) -> None:
    """Let a person read a page, outside the queue: which tasks are dealt is not the subject here."""
    numbers = {name: number for name, number in changed(suara_01=value).items() if name in PAGES[page]}
    task = (
        "INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until, state)"
        " VALUES (:section, :reader, 'blind', ARRAY[CAST(:photo AS bigint)], now(), 'answered')"
        " ON CONFLICT (section_id, account_id) DO UPDATE SET state = 'answered' RETURNING id"
    )
    values = {"section": section, "reader": reader, "photo": photo}
    found = (await world.session.execute(text(task), values)).scalar_one()
    reading = (
        "INSERT INTO reading (section_id, photo_id, mode, account_id, task_id, numbers, details, salt, commitment)"
        " VALUES (:section, :photo, 'blind', :reader, :task, CAST(:numbers AS jsonb),"
        " '{\"shown\": null}', 'salt', 'commitment')"
    )
    said = str(numbers).replace("'", '"').replace("None", "null")
    await run(world, reading, **values, task=found, numbers=said)


async def one_by_one(session: AsyncSession, sections: Sequence[int]) -> tuple[Settled, ...]:
    return tuple([await settle(session, section_id=one) for one in sections])


async def at_once(session: AsyncSession, sections: Sequence[int]) -> tuple[Settled, ...]:
    return await settle_many(session, section_ids=sections)


WRITTEN = (
    "SELECT id, state, wanted, why, photo_ids FROM tps_section ORDER BY id",
    """SELECT section_id, outcome, state, numbers, inputs, explanation, rule_version, flags, source_class,
              ended_at IS NULL FROM decision ORDER BY section_id, id""",
    """SELECT subject, kind, payload - 'decision' - 'supersedes' FROM log_entry WHERE kind = 'decision'
       ORDER BY subject, id""",
    "SELECT tps_kode, round, numbers, state, source_class, flags FROM result ORDER BY tps_kode, round",
    "SELECT entrypoint, dedupe_key FROM pgqueuer ORDER BY dedupe_key, entrypoint",
    "SELECT DISTINCT kelurahan FROM tally_change",
)


async def try_out(
    session: AsyncSession, way: Callable[[AsyncSession, Sequence[int]], Any], sections: Sequence[int]
) -> tuple[Any, ...]:
    """Settle in this way, return what was said and written, and take it back."""
    savepoint = await session.begin_nested()
    said = await way(session, sections)
    written = [(await session.execute(text(statement))).all() for statement in WRITTEN]
    await savepoint.rollback()
    return said, written


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(forms=st.lists(FORMS, min_size=SECTIONS, max_size=SECTIONS))
def test_many_at_once_are_as_one_by_one(shared_database: str, forms: list[Evidence]) -> None:
    asyncio.run(_compare(shared_database, forms))


async def _compare(url: str, forms: list[Evidence]) -> None:
    engine = make_engine(url)
    async with engine.connect() as connection:
        outer = await connection.begin()
        async with AsyncSession(connection, join_transaction_mode="create_savepoint") as session:
            world = await make_world(session)
            sections = [await lay(world, number, form) for number, form in enumerate(forms, start=1)]
            singly, together = [await try_out(session, way, sections) for way in (one_by_one, at_once)]
            assert together[0] == singly[0]
            assert together[1] == singly[1]
        await outer.rollback()
    await engine.dispose()


async def test_an_unknown_section_leaves_everything_as_it_was(world: World) -> None:
    section = await world.read(tps(1))
    await run(world, "UPDATE photo SET state = 'moved'")
    with pytest.raises(NotFoundError, match=str(section + 100)):
        await settle_many(world.session, section_ids=[section, section + 100])
    assert (await world.section(section)).wanted == "confirm"
    assert await settle_many(world.session, section_ids=[]) == ()


async def test_batches_that_share_tps_do_not_wait_in_a_circle(sessions: Sessions) -> None:
    """The first TPS has the first and the last section: locked one TPS after the other, the batches would deadlock."""
    async with sessions.begin() as session:
        world = await make_world(session)
        first, middle = await world.read(tps(1)), await world.read(tps(2))
        page = await world.photo(tps(1), 1)
        fields = {name: {"value": 0} for name in world.contest.section("administrasi").fields}
        (last,) = await record_machine_reading(
            session, contest=world.contest, photo_id=page, fields=fields, details={"model_sha256": "m"}
        )
    assert first < middle < last

    async def settle_batch(batch: list[int]) -> None:
        async with sessions.begin() as session:
            await settle_many(session, section_ids=batch)

    async with sessions.begin() as session:
        await lock_many_sections(session, section_ids=[first])
        waiting = [asyncio.create_task(settle_batch(batch)) for batch in ([first, middle], [middle, last])]
        blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')")
        while (await session.execute(blocked)).scalar_one() < len(waiting):  # noqa: ASYNC110 - the database says when
            await asyncio.sleep(0.01)
    await asyncio.wait_for(asyncio.gather(*waiting), 20)
