"""What is counted of readers, and what follows from it, as the database has it."""

from typing import Any

import pytest
from sqlalchemy import text

from app.accounts.link_accounts import link_accounts
from app.accounts.models import AccountSignal
from app.core.access import Role
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.verification.skill import SkillCounts
from app.verification.trust.count import count_readers
from app.verification.trust.estimate import estimate_due, estimate_readers
from app.verification.trust.pauses import (
    end_pause,
    find_pause,
    list_pauses,
    object_to_pause,
    pause_reader,
    uphold_pause,
)
from app.verification.trust.redeal import redeal_confirmations
from app.verification.trust.shared_sections import settle_shared
from tests.verification.readings import TRUTH, changed
from tests.verification.world import World, tps

ALTERED = {**TRUTH, "suara_01": 128, "suara_02": 269}

PLANT = text(
    """WITH d AS (SELECT id, section_id, numbers, explanation FROM decision WHERE section_id = :section),
       i AS (INSERT INTO planted_item (section_id, decision_id, mode, photo_ids, truth, shown, state)
             SELECT section_id, id, :mode, '{}', numbers, CAST(:shown AS jsonb), 'retired' FROM d
             ON CONFLICT (section_id, mode) DO UPDATE SET shown = excluded.shown RETURNING id, section_id),
       t AS (INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until, state, plant_id, answered_at)
             SELECT section_id, :account, :mode, '{}', now(), 'answered', id, clock_timestamp() FROM i
             RETURNING id, plant_id)
       INSERT INTO plant_answer (task_id, plant_id, account_id, numbers, reading_ids, at)
       SELECT id, plant_id, :account, CAST(:numbers AS jsonb), '{}', clock_timestamp() FROM t"""
)

EARLIER = text("UPDATE plant_answer SET at = now() - interval '1 hour' WHERE numbers ->> 'suara_01' = '123'")
QUEUED = text("SELECT convert_from(payload, 'UTF8') FROM pgqueuer WHERE entrypoint = 'settle'")


async def answer_plants(world: World, account: int, sections: list[int], *, caught: bool) -> None:
    """Let a person meet altered values in these decided sections, and correct them or not."""
    for section in sections:
        values = {"section": section, "mode": "confirm", "account": account, "shown": json(ALTERED)}
        await world.session.execute(PLANT, {**values, "numbers": json(TRUTH if caught else ALTERED)})


def json(numbers: object) -> str:
    return str(numbers).replace("'", '"').replace("None", "null")


async def decide(world: World, number: int, reader: int, numbers: dict[str, int | None] | None = None) -> int:
    """A sure section, confirmed by this person."""
    section = await world.read(tps(number))
    await world.answer(reader, numbers or dict(TRUTH))
    return section


async def count(world: World, account: int) -> SkillCounts:
    return (await count_readers(world.session, accounts=[account]))[account]


async def test_blind_readings_are_counted_against_what_was_decided(world: World) -> None:
    person = await world.person()
    section = await world.read(tps(1), confidence=0.5, sure=False)
    await world.answer(person, changed(suara_01=124))
    assert await count(world, person) == SkillCounts(), "nothing is decided yet"
    other = person
    while (await world.section(section)).state != "accepted":
        role = Role.REVIEWER if (await world.section(section)).wanted == "review" else Role.VOLUNTEER
        other = await world.person(role)
        await world.answer(other, role=role)
    assert await count(world, person) == SkillCounts(blind_fields=6, blind_wrong=1)
    assert await count(world, other) == SkillCounts(blind_fields=len(await asked(world, other)))


async def asked(world: World, account: int) -> list[str]:
    query = text("SELECT jsonb_object_keys(numbers) FROM reading WHERE account_id = :id")
    return list((await world.session.execute(query, {"id": account})).scalars())


async def test_planted_items_are_counted_one_an_item(world: World) -> None:
    sections = [await decide(world, number, await world.person()) for number in (1, 2, 3)]
    person = await world.person()
    await answer_plants(world, person, sections[:2], caught=True)
    await answer_plants(world, person, sections[2:], caught=False)
    counts = await count(world, person)
    assert (counts.plants_shown, counts.plants_caught) == (3, 2)
    assert (counts.good_shown, counts.good_changed) == (12, 0)
    await world.session.execute(text("UPDATE plant_answer SET undone_at = now() WHERE numbers ->> 'suara_01' = '128'"))
    assert (await count(world, person)).plants_shown == 2
    await world.session.execute(text("UPDATE decision SET state = 'withdrawn', ended_at = now()"))
    assert await count(world, person) == SkillCounts(), "what no longer stands measures nobody"


async def test_taking_planted_answers_back_spares_nobody_for_long(world: World) -> None:
    """Whoever finds out by the log which answers became no reading takes just those back."""
    sections = [await decide(world, number, await world.person()) for number in (1, 2, 3)]
    person = await world.person()
    await answer_plants(world, person, sections, caught=False)
    undo = "UPDATE plant_answer SET undone_at = now() WHERE task_id IN (SELECT task_id FROM plant_answer LIMIT :most)"
    for undone, counted in ((1, 2), (2, 3), (3, 3)):
        await world.session.execute(text(undo), {"most": undone})
        counts = await count(world, person)
        assert (counts.plants_shown, counts.plants_caught) == (counted, 0)


async def test_confirming_right_values_tells_who_changes_them(world: World) -> None:
    person = await world.person()
    await decide(world, 1, person)
    assert await count(world, person) == SkillCounts(good_shown=6)


async def test_estimates_are_kept_with_a_version_that_grows(world: World) -> None:
    person = await world.person()
    section = await decide(world, 1, person)
    assert await estimate_due(world.session) == 1
    assert await estimate_due(world.session) == 0, "there is no news"
    first = await skill(world, person)
    await answer_plants(world, person, [await decide(world, 2, await world.person())], caught=True)
    await estimate_readers(world.session, accounts=[person])
    second = await skill(world, person)
    assert (first.version, second.version) == (1, 2)
    assert second.catch_rate > first.catch_rate
    await estimate_readers(world.session, accounts=[person])
    assert (await skill(world, person)).version == 2
    assert section


async def skill(world: World, account: int) -> Any:
    query = text("SELECT * FROM reader_skill WHERE account_id = :id")
    return (await world.session.execute(query, {"id": account})).one()


async def test_who_lets_wrong_values_stand_is_paused_and_his_confirmations_are_dealt_again(world: World) -> None:
    others = [await decide(world, number, await world.person()) for number in range(1, 25)]
    careless = await world.person()
    own = [await decide(world, number, careless) for number in (31, 32)]
    await answer_plants(world, careless, others[:1], caught=True)
    await answer_plants(world, careless, others[1:], caught=False)
    await estimate_readers(world.session, accounts=[careless])
    pause = await find_pause(world.session, account_id=careless)
    assert pause is not None
    assert pause.reason == "catch"
    assert pause.facts["counts"]["plants_shown"] == 24
    assert await redeal_confirmations(world.session, account_id=careless) == 0, "he found one after them"
    await world.session.execute(EARLIER)
    while await redeal_confirmations(world.session, account_id=careless):
        pass
    assert [(await world.section(one)).state for one in (others[0], *own)] == ["accepted", "waiting", "waiting"]
    assert [(await world.section(one)).wanted for one in own] == ["confirm", "confirm"]
    entries = text("SELECT payload ->> 'event' FROM log_entry WHERE kind = 'reader'")
    assert (await world.session.execute(entries)).scalars().all() == ["paused"]


async def test_a_good_reader_is_not_paused_by_a_few_mistakes(world: World) -> None:
    sections = [await decide(world, number, await world.person()) for number in range(1, 21)]
    person = await world.person()
    await answer_plants(world, person, sections[:16], caught=True)
    await answer_plants(world, person, sections[16:], caught=False)
    await estimate_readers(world.session, accounts=[person])
    assert await find_pause(world.session, account_id=person) is None


async def test_a_paused_reader_objects_and_an_admin_answers(world: World) -> None:
    reader, admin = await world.person(), await world.person(Role.ADMIN)
    await decide(world, 1, reader)
    await estimate_readers(world.session, accounts=[reader])
    await world.read(tps(2))
    assert await world.deal(reader) is not None
    assert await pause_reader(world.session, account_id=reader, reason="catch", facts={})
    assert not await pause_reader(world.session, account_id=reader, reason="error", facts={})
    leased = await world.session.execute(text("SELECT count(*) FROM task WHERE state = 'leased'"))
    assert leased.scalar_one() == 0
    with pytest.raises(InvalidInputError):
        await object_to_pause(world.session, account_id=reader, words=" ")
    await object_to_pause(world.session, account_id=reader, words="Saya membaca dengan teliti.")
    with pytest.raises(ConflictError):
        await object_to_pause(world.session, account_id=reader, words="Lagi.")
    (pause,) = await list_pauses(world.session)
    assert (pause.account_id, pause.objection) == (reader, "Saya membaca dengan teliti.")
    await uphold_pause(world.session, account_id=reader, by=admin, answer="Masih kami lihat.")
    await end_pause(world.session, account_id=reader, by=admin, answer="Terima kasih, silakan lanjut.")
    found = await find_pause(world.session, account_id=reader)
    assert found is not None
    assert (found.ended_at is not None, found.answer) == (True, "Terima kasih, silakan lanjut.")
    assert await list_pauses(world.session) == ()
    assert await count(world, reader) == SkillCounts(), "he is counted afresh"
    with pytest.raises(NotFoundError):
        await end_pause(world.session, account_id=reader, by=admin, answer="Lagi.")
    cases = text("SELECT state FROM review_case WHERE kind = 'appeal'")
    assert (await world.session.execute(cases)).scalars().all() == ["rejected"]


async def test_what_linked_accounts_have_read_together_is_settled_again(world: World) -> None:
    one, other = await world.person(), await world.person()
    section = await world.read(tps(1), confidence=0.5, sure=False)
    await world.answer(one)
    await world.answer(other)
    await decide(world, 2, one)
    world.session.add_all(AccountSignal(account_id=each, kind="device", hash=b"d") for each in (one, other))
    await world.session.flush()
    (group,) = await link_accounts(world.session)
    assert group == (one, other)
    assert await link_accounts(world.session) == (), "nothing new"
    assert await settle_shared(world.session, groups=[group]) == 1
    queued = await world.session.execute(
        text("SELECT convert_from(payload, 'UTF8') FROM pgqueuer WHERE entrypoint = 'settle'")
    )
    assert queued.scalars().all() == [f'{{"section_ids":[{section}]}}']
