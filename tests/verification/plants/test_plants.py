"""Planted items in the queue: dealt like a task, answered like one, and never a reading."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.accounts.models import LinkedAccount
from app.core.access import Role
from app.core.errors import ConflictError
from app.core.statements import share
from app.transparency.service import append_entry
from app.verification.held_task import HeldTask
from app.verification.plants.make import plant_more, set_ready
from app.verification.plants.service import lease_plant
from app.verification.plants.share import TIMES_MAX
from app.verification.queue import Answered, answer_task, deal_task, get_task, skip_task, undo_answer
from app.verification.service import settle
from tests.verification.readings import TRUTH, changed
from tests.verification.world import World, tps

LEASE = timedelta(minutes=10)


async def decide_blind(world: World, number: int) -> int:
    """A section that the machine is sure of and one person has read blind: certain enough to be planted."""
    section = await world.read(tps(number), dice=0.01)
    await world.answer(await world.person())
    assert (await world.section(section)).state == "accepted"
    return section


async def plant(world: World, *, mode: str = "blind", altered: bool = False) -> int:
    """Make the sections of three TPS into items until one is of this kind; return its number, the others retired."""
    for seed in range(60):
        await plant_more(world.session, rng=random.Random(seed))
        found = await world.session.execute(
            text(
                "SELECT id FROM planted_item WHERE mode = :mode AND (shown IS DISTINCT FROM truth) = :altered LIMIT 1"
            ),
            {"mode": mode, "altered": altered or mode == "blind"},
        )
        if (item := found.scalar_one_or_none()) is not None:
            await set_ready(world.session, plant_id=item)
            return int(item)
        await world.session.execute(text("DELETE FROM planted_item"))
    raise AssertionError("no such item was made")


async def lease_one(world: World, account: int) -> HeldTask | None:
    """Ask as often as chance may say no."""
    for _ in range(150):
        held = await lease_plant(await share(world.session), account_id=account, lease=LEASE)
        if held is not None:
            return held
    return None


async def next_entry(world: World) -> int:
    """Write a log entry and return its number, as a receipt names it."""
    return await append_entry(world.session, kind="test", subject="test", payload={})


async def answer(world: World, held: HeldTask, numbers: dict[str, int | None]) -> Answered:
    return await answer_task(world.session, task_id=held.id, account_id=held.account_id, numbers=numbers)


@pytest.fixture
async def decided(world: World) -> None:
    for number in (1, 2, 3, 4, 5):
        await decide_blind(world, number)
    await world.read(tps(9), confidence=0.5, sure=False)  # somebody is still asked for something: the contest is on


async def test_a_planted_item_is_a_task_and_its_answer_no_reading(world: World, decided: None) -> None:
    await plant(world)
    person = await world.person()
    held = await lease_one(world, person)
    assert held is not None
    task = await get_task(world.session, task_id=held.id, account_id=person)
    ordinary = await world.deal(await world.person())
    assert ordinary is not None
    assert (task.mode, task.fields, task.sums) == (ordinary.mode, ordinary.fields, ordinary.sums)
    count = text("SELECT count(*) FROM reading")
    entry = await next_entry(world)
    before = (await world.session.execute(count)).scalar_one()
    answered = await answer(world, held, changed(suara_01=1))
    assert (answered.first, len(answered.reading_ids)) == (True, 2)
    again = await answer(world, held, changed(suara_01=1))
    assert (again.first, again.reading_ids) == (False, answered.reading_ids)
    with pytest.raises(ConflictError, match="angka lain"):
        await answer(world, held, dict(TRUTH))
    assert (await world.session.execute(count)).scalar_one() == before
    assert await next_entry(world) == entry + 2 + 1, "a receipt tells no difference"
    await settle(world.session, section_id=held.section_id)
    assert (await world.section(held.section_id)).state == "accepted"
    said = await world.session.execute(text("SELECT numbers ->> 'suara_01' FROM plant_answer"))
    assert said.scalars().all() == ["1"]


async def test_confirm_items_show_right_or_wrong_values_and_their_sums_close(world: World, decided: None) -> None:
    for altered in (True, False):
        await plant(world, mode="confirm", altered=altered)
        held = await lease_one(world, await world.person())
        assert held is not None
        assert held.shown is not None
        assert (dict(held.shown) != TRUTH) is altered
        assert held.shown["suara_sah"] == sum(held.shown[f"suara_0{number}"] for number in (1, 2, 3))
        await world.session.execute(text("UPDATE task SET state = 'expired'"))
        await world.session.execute(text("DELETE FROM task WHERE plant_id IS NOT NULL"))
        await world.session.execute(text("DELETE FROM planted_item"))


async def test_nobody_is_shown_what_he_or_somebody_of_his_group_has_touched(world: World, decided: None) -> None:
    item = await plant(world)
    section = text("SELECT section_id FROM planted_item WHERE id = :id")
    planted = (await world.session.execute(section, {"id": item})).scalar_one()
    reader = text("SELECT account_id FROM reading WHERE section_id = :id AND account_id IS NOT NULL LIMIT 1")
    touched = (await world.session.execute(reader, {"id": planted})).scalar_one()
    friend, cousin = await world.person(), await world.person()
    world.session.add_all(LinkedAccount(account_id=one, group_id=1, why=[]) for one in (friend, touched))
    world.session.add_all(LinkedAccount(account_id=one, group_id=2, why=[]) for one in (cousin, world.uploader))
    await world.session.flush()
    for one in (touched, friend, world.uploader, cousin):
        assert await lease_one(world, one) is None
    assert await lease_one(world, await world.person()) is not None


async def test_an_item_is_seen_by_few_and_never_by_two_at_once(world: World, decided: None) -> None:
    await plant(world)
    for _ in range(TIMES_MAX):
        held = await lease_one(world, await world.person())
        assert held is not None
        assert await lease_one(world, await world.person()) is None, "it is on somebody's screen"
        await answer(world, held, dict(TRUTH))
    assert await lease_one(world, await world.person()) is None


async def test_whoever_holds_a_task_gets_that_one(world: World, decided: None) -> None:
    await plant(world)
    person = await world.person()
    task = await world.deal(person)
    assert task is not None
    for _ in range(40):
        again = await deal_task(world.session, account_id=person, role=Role.VOLUNTEER, lease_seconds=600)
        assert again == task


async def test_an_item_whose_decision_fell_is_not_dealt(world: World, decided: None) -> None:
    await plant(world)
    await world.session.execute(text("UPDATE decision SET state = 'withdrawn', ended_at = now()"))
    assert await lease_one(world, await world.person()) is None
    await plant_more(world.session, rng=random.Random(1))
    states = await world.session.execute(text("SELECT DISTINCT state FROM planted_item"))
    assert states.scalars().all() == ["retired"]


async def test_skips_and_second_thoughts_about_an_item_reach_no_decision(world: World, decided: None) -> None:
    await plant(world)
    sections = []
    for number in range(2):
        person = await world.person()
        held = await lease_one(world, person)
        assert held is not None
        sections.append(held.section_id)
        if number:
            await answer(world, held, changed(suara_02=3))
            await undo_answer(world.session, task_id=held.id, account_id=person)
        else:
            await skip_task(world.session, task_id=held.id, account_id=person, reason="not_a_form")
    inputs = text("SELECT id, inputs FROM decision WHERE section_id = :id AND state = 'current'")
    before = (await world.session.execute(inputs, {"id": sections[0]})).one()
    await settle(world.session, section_id=sections[0])
    assert (await world.session.execute(inputs, {"id": sections[0]})).one() == before
    undone = await world.session.execute(text("SELECT undone_at IS NOT NULL FROM plant_answer"))
    assert undone.scalars().all() == [True]


async def test_nothing_is_planted_that_is_not_certain_or_when_nobody_reads(world: World) -> None:
    for number in (1, 2, 3, 4, 5):
        await world.read(tps(number))
        await world.answer(await world.person())  # a confirmation only
    await world.read(tps(9))
    assert await plant_more(world.session, rng=random.Random(1)) == 0
    await world.answer(await world.person())
    for number in range(11, 16):
        await decide_blind(world, number)
    await world.read(tps(10))
    assert await plant_more(world.session, rng=random.Random(1)) > 0
    assert await plant_more(world.session, rng=random.Random(1)) == 0, "the pool is full"
    await world.session.execute(text("DELETE FROM planted_item"))
    await world.session.execute(text("UPDATE tps_section SET wanted = NULL"))
    assert await plant_more(world.session, rng=random.Random(1)) == 0, "the night is over"
