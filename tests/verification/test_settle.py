"""From readings to a result, as the database shows it."""

import json
from hashlib import sha256

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.accounts.service import make_account
from app.core.access import Role
from app.intake.triage.place import move_photo
from app.tally.service import get_result
from app.transparency.canonical import canonical_json
from app.transparency.models import LogEntry
from app.verification.consensus import decide
from app.verification.models import Decision, Reading
from app.verification.service import record_machine_reading, settle, view_sections, withdraw_reader
from app.verification.stored_inputs import inputs_from_json
from tests.http_ground import PASSWORD
from tests.verification.readings import PAGES, TRUTH, changed
from tests.verification.world import World, machine_fields, tps


async def decisions(world: World, section: int) -> list[Decision]:
    query = select(Decision).filter_by(section_id=section).order_by(Decision.id)
    found = await world.session.execute(query.execution_options(populate_existing=True))
    return list(found.scalars())


async def log_of(world: World, kind: str) -> list[LogEntry]:
    return list((await world.session.execute(select(LogEntry).filter_by(kind=kind).order_by(LogEntry.id))).scalars())


async def test_a_confirmed_form_becomes_the_result(world: World) -> None:
    section = await world.read(tps(1))
    assert (await world.section(section)).wanted == "confirm"
    assert (await get_result(world.session, contest=world.contest, tps_kode=tps(1))).state == "waiting"
    task = await world.answer(await world.person())
    assert task.mode == "confirm"
    assert task.shown == TRUTH
    row = await world.section(section)
    assert (row.state, row.wanted, row.photo_ids) == ("accepted", None, [])
    result = await get_result(world.session, contest=world.contest, tps_kode=tps(1))
    assert result.state == "accepted"
    assert result.source_class == "one_uploader"
    assert {name: result.numbers[name] for name in TRUTH} == TRUTH


async def test_settling_again_writes_nothing(world: World) -> None:
    section = await world.read(tps(1))
    await world.answer(await world.person())
    entries = len(await log_of(world, "decision"))
    assert not (await settle(world.session, section_id=section)).changed
    assert len(await log_of(world, "decision")) == entries == 1
    assert len(await decisions(world, section)) == 1


async def test_a_decision_can_be_computed_again_from_what_is_stored(world: World) -> None:
    section = await world.read(tps(1), confidence=0.98, sure=False)
    await world.answer(await world.person())
    (decision,) = await decisions(world, section)
    inputs = inputs_from_json(json.loads(json.dumps(decision.inputs)))
    outcome = decide(inputs.readings, inputs.checks, inputs.policy, inputs.section)
    assert outcome.numbers == decision.numbers  # type: ignore[union-attr]
    assert outcome.posterior_wrong == decision.explanation["posterior_wrong"]  # type: ignore[union-attr]


async def test_values_are_committed_at_once_and_opened_with_the_decision(world: World) -> None:
    await world.read(tps(1))
    before = await log_of(world, "reading")
    assert len(before) == 2
    assert all(set(one.payload) == {"commitment", "mode", "photo", "reader"} for one in before)
    await world.answer(await world.person())
    (opened,) = await log_of(world, "decision")
    committed = {one.payload["commitment"] for one in await log_of(world, "reading")}
    assert {one["commitment"] for one in opened.payload["readings"]} == committed
    for one in opened.payload["readings"]:
        said = canonical_json({"numbers": one["numbers"], "photo": one["photo"]})
        assert sha256(bytes.fromhex(one["salt"]) + said).hexdigest() == one["commitment"]


async def test_the_public_sees_no_value_before_the_decision(world: World) -> None:
    await world.read(tps(1), confidence=0.5, sure=False)
    await world.answer(await world.person())
    (before,) = await view_sections(world.session, contest=world.contest, tps_kode=tps(1))
    assert before.state == "waiting"
    assert before.decision is None
    assert len(before.commitments) == 4
    await world.answer(await world.person())
    (after,) = await view_sections(world.session, contest=world.contest, tps_kode=tps(1))
    assert after.decision is not None
    assert after.decision.numbers == TRUTH
    assert len(after.decision.readings) == 6


async def test_the_same_machine_reading_again_adds_nothing(world: World) -> None:
    await world.read(tps(1))
    photo = world.photos[tps(1), 2, world.uploader]
    again = {"contest": world.contest, "photo_id": photo, "fields": machine_fields(2), "details": {"model_sha256": "m"}}
    assert await record_machine_reading(world.session, **again) == ()  # type: ignore[arg-type]
    other = {**again, "fields": machine_fields(2, changed(suara_01=128))}
    assert len(await record_machine_reading(world.session, **other)) == 1  # type: ignore[arg-type]
    machine = await world.session.execute(select(Reading).filter_by(photo_id=photo))
    assert len(list(machine.scalars())) == 2
    assert len(await log_of(world, "reading")) == 3, "the refused one left no entry"


async def test_a_second_uploaders_photo_is_compared(world: World) -> None:
    section = await world.read(tps(1))
    await world.answer(await world.person())
    await world.read(tps(1), uploader=await world.person())
    first, second = await decisions(world, section)
    assert (first.state, first.source_class) == ("superseded", "one_uploader")
    assert first.ended_at is not None
    assert (second.state, second.source_class) == ("current", "two_uploaders")


async def test_what_newcomers_sent_is_one_source_until_somebody_who_is_known_sends_it_too(world: World) -> None:
    async def newcomer(name: str, invited_by: int | None = None) -> int:
        made = await make_account(
            world.session, name=name, password=PASSWORD, role=Role.VOLUNTEER, registered=True, invited_by=invited_by
        )
        return made.id

    section = await world.read(tps(1), uploader=await newcomer("baru-1"))
    await world.answer(await world.person())
    await world.read(tps(1), uploader=await newcomer("baru-2"))
    assert (await decisions(world, section))[-1].source_class == "one_uploader"
    await world.read(tps(1), uploader=await newcomer("baru-3", invited_by=await world.person(Role.REVIEWER)))
    assert (await decisions(world, section))[-1].source_class == "two_uploaders"


async def test_a_photo_that_says_otherwise_takes_the_result_back_until_somebody_has_read_it(world: World) -> None:
    section = await world.read(tps(1))
    await world.answer(await world.person())
    other = changed(suara_01=423, suara_sah=729, suara_total=737)
    await world.read(tps(1), uploader=await world.person(), numbers=other)
    row = await world.section(section)
    assert (row.state, row.wanted, row.why) == ("waiting", "blind", "copy_differs")
    result = await get_result(world.session, contest=world.contest, tps_kode=tps(1))
    assert result.state == "waiting"
    assert [one.state for one in await decisions(world, section)] == ["withdrawn"]
    task = await world.answer(await world.person(), other)
    assert [page.page for page in task.pages] == [2]
    assert (await world.section(section)).state == "disputed"
    result = await get_result(world.session, contest=world.contest, tps_kode=tps(1))
    assert result.state == "disputed"
    assert set(result.numbers.values()) == {None}


async def test_a_withdrawn_reader_is_as_if_he_had_never_read(world: World) -> None:
    section = await world.read(tps(1))
    reader = await world.person()
    await world.answer(reader)
    admin = await world.person(Role.ADMIN)
    withdrawal = await withdraw_reader(world.session, account_id=reader, by=admin, reason="kolusi")
    assert (withdrawal.readings, withdrawal.sections) == (2, 1)
    await world.withdraw_queued()
    row = await world.section(section)
    assert (row.state, row.wanted) == ("waiting", "confirm")
    assert [one.state for one in await decisions(world, section)] == ["withdrawn"]
    result = await get_result(world.session, contest=world.contest, tps_kode=tps(1))
    assert result.state == "waiting"
    await world.answer(await world.person())
    assert (await world.section(section)).state == "accepted"


async def test_a_moved_photo_takes_its_readings_with_it(world: World) -> None:
    section = await world.read(tps(1))
    await world.answer(await world.person())
    await world.session.execute(text("UPDATE photo SET state = 'moved'"))
    await settle(world.session, section_id=section)
    row = await world.section(section)
    assert (row.state, row.wanted, row.why) == ("waiting", None, "page_missing")


async def test_a_photo_that_is_moved_back_brings_its_readings_and_the_result(world: World) -> None:
    section = await world.read(tps(1))
    await world.answer(await world.person())
    came_in = "UPDATE photo SET quality = '{}', log_entry_id = (SELECT min(id) FROM log_entry)"
    await world.session.execute(text(came_in))
    photo, by = world.photos[tps(1), 2, world.uploader], await world.person(Role.REVIEWER)

    away = await move_photo(world.session, photo_id=photo, tps=tps(2), by=by, reason="TPS 2")
    await settle(world.session, section_id=section)
    assert (await world.section(section)).state == "waiting"
    back = await move_photo(world.session, photo_id=away.photo_id, tps=tps(1), by=by, reason="TPS 1")
    await settle(world.session, section_id=section)

    assert (back.photo_id, back.state) == (photo, "read")
    assert (await world.section(section)).state == "accepted"
    result = await get_result(world.session, contest=world.contest, tps_kode=tps(1))
    assert (result.state, {name: result.numbers[name] for name in TRUTH}) == ("accepted", TRUTH)


async def test_page_two_alone_is_kept_back_a_moment_for_its_sums(world: World) -> None:
    section = await world.read(tps(1), pages=(2,))
    row = await world.section(section)
    assert (row.wanted, row.why) == ("blind", "page_without_sum")
    assert await world.deal(await world.person()) is None
    await world.read(tps(1), pages=(3,))
    task = await world.deal(await world.person())
    assert task is not None
    assert (task.mode, task.fields) == ("confirm", (*PAGES[2], *PAGES[3]))


async def test_a_paper_that_does_not_close_carries_its_flag(world: World) -> None:
    paper = changed(suara_sah=430, suara_total=438)
    section = await world.read(tps(1), numbers=paper)
    await world.answer(await world.person(), paper)
    assert (await world.section(section)).why == "paper"
    await world.answer(await world.person(), paper)
    result = await get_result(world.session, contest=world.contest, tps_kode=tps(1))
    assert list(result.flags) == ["paper"]
    assert result.numbers["suara_sah"] == 430


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reading SET numbers = '{}'",
        "DELETE FROM reading",
        "TRUNCATE reading CASCADE",
        "UPDATE decision SET numbers = '{}'",
        "UPDATE decision SET state = 'superseded'",
        "UPDATE decision SET state = 'superseded', ended_at = now(), flags = '{x}'",
        "DELETE FROM decision",
    ],
)
async def test_the_database_refuses_to_change_evidence(world: World, statement: str) -> None:
    await world.read(tps(1))
    await world.answer(await world.person())
    with pytest.raises(IntegrityError, match="insert-only"):
        await world.session.execute(text(statement))
