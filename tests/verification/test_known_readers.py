"""What is known of readers reaches the rule: frozen skill, newcomers, linked accounts; and stays with the decision."""

from sqlalchemy import text

from app.accounts.service import make_account
from app.core.access import Role
from app.verification.queue import skip_task
from app.verification.service import settle
from app.verification.stored_inputs import inputs_from_json
from tests.http_ground import PASSWORD
from tests.verification.test_settle import decisions
from tests.verification.world import World, tps

_LINK = text("INSERT INTO linked_account (account_id, group_id, why) VALUES (:account, :group, '[]')")
_SKILL = text(
    "INSERT INTO reader_skill (account_id, error_rate, error_low, error_high, catch_rate, catch_low, catch_high,"
    " alarm_rate, alarm_low, alarm_high) VALUES (:id, :error, 0, 1, :catch, 0, 1, 0.01, 0, 1)"
)


async def test_a_decision_keeps_what_was_known_of_its_readers(world: World) -> None:
    newcomer, known = await world.person(), await world.person()
    await world.session.execute(_SKILL, {"id": known, "error": 0.006, "catch": 0.85})
    section = await world.read(tps(1), confidence=0.5, sure=False)
    await world.answer(newcomer)
    await world.answer(known)
    (decision,) = await decisions(world, section)
    kept = {one["reader"]: one for one in decision.inputs["readings"] if one["kind"] == "human" and one["page"] == 2}
    assert kept[f"account/{newcomer}"]["error_rates"]["suara_01"] == 0.02
    assert kept[f"account/{newcomer}"]["catch_rate"] == 0.7
    assert kept[f"account/{known}"]["error_rates"]["suara_01"] == 0.006
    assert kept[f"account/{known}"]["catch_rate"] == 0.85
    await world.session.execute(text("UPDATE reader_skill SET error_rate = 0.4"))
    assert not (await settle(world.session, section_id=section)).changed, "what is learnt later changes nothing"


async def test_a_decision_keeps_who_was_new_when_he_read(world: World) -> None:
    new = await make_account(world.session, name="baru-1", password=PASSWORD, role=Role.VOLUNTEER, registered=True)
    known = await world.person()
    section = await world.read(tps(1), confidence=0.5, sure=False)
    await world.answer(new.id)
    await world.answer(known)
    (decision,) = await decisions(world, section)
    kept = {one["reader"]: one.get("new_reader") for one in decision.inputs["readings"] if one["page"] == 2}
    assert kept == {"machine": None, f"account/{new.id}": True, f"account/{known}": None}
    await world.session.execute(text("UPDATE account SET state = 'active' WHERE id = :id"), {"id": new.id})
    assert not (await settle(world.session, section_id=section)).changed


async def test_accounts_that_turn_out_to_be_linked_count_once(world: World) -> None:
    pair = [await world.person(), await world.person()]
    section = await world.read(tps(1), confidence=0.5, sure=False)
    for person in pair:
        await world.answer(person)
    assert (await world.section(section)).state == "accepted"
    for person in pair:
        await world.session.execute(_LINK, {"account": person, "group": pair[0]})
    assert (await settle(world.session, section_id=section)).changed
    row = await world.section(section)
    assert (row.state, row.wanted, row.why) == ("waiting", "blind", "too_few")


async def test_a_link_that_does_not_touch_the_section_changes_nothing(world: World) -> None:
    section = await world.read(tps(1))
    reader, stranger = await world.person(), await world.person()
    await world.answer(reader)
    for person in (reader, stranger):
        await world.session.execute(_LINK, {"account": person, "group": reader})
    assert not (await settle(world.session, section_id=section)).changed
    (decision,) = await decisions(world, section)
    assert all("group" not in one for one in decision.inputs["readings"])


async def test_linked_accounts_that_skip_a_photo_are_one_person(world: World) -> None:
    pair = [await world.person(), await world.person()]
    for person in pair:
        await world.session.execute(_LINK, {"account": person, "group": pair[0]})
    section = await world.read(tps(1))
    for person in (*pair, await world.person()):
        assert (await world.section(section)).wanted == "confirm"
        task = await world.deal(person)
        assert task is not None
        await skip_task(world.session, task_id=task.id, account_id=person, reason="unreadable")
        await world.settle()
    assert (await world.section(section)).why == "skipped"
    reviewer = await world.person(Role.REVIEWER)
    await world.answer(reviewer, role=Role.REVIEWER)
    (decision,) = await decisions(world, section)
    kept = {one["reader"]: one.get("group") for one in decision.inputs["section"]["skips"]}
    assert [kept[f"account/{one}"] for one in pair] == [f"account/{pair[0]}"] * 2
    assert inputs_from_json(decision.inputs).section.skips[0].group == f"account/{pair[0]}"
