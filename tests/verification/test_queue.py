"""The queue, as people meet it."""

import uuid

import pytest
from sqlalchemy import func, select, text

from app.core.access import Role
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.tally.service import open_round
from app.verification.models import Reading, Task
from app.verification.queue import LeaseExpiredError, answer_task, deal_task, get_task, skip_task, undo_answer
from app.web import figures
from tests.verification.readings import TRUTH, changed
from tests.verification.world import World, tps


async def test_asking_again_gives_the_same_task(world: World) -> None:
    for number in (1, 2, 3):
        await world.read(tps(number))
    person = await world.person()
    first, again = await world.deal(person), await world.deal(person)
    assert first is not None
    assert first == again


async def test_nobody_is_dealt_a_tps_he_sent_a_photo_of(world: World) -> None:
    await world.read(tps(1))
    assert await world.deal(world.uploader) is None
    other = await world.person()
    await world.photo(tps(1), 1, uploader=other)
    assert await world.deal(other) is None, "not even when his photo is of another page"
    assert await world.deal(await world.person()) is not None


async def test_nobody_gets_a_section_twice(world: World) -> None:
    await world.read(tps(1), confidence=0.5, sure=False)
    person = await world.person()
    await world.answer(person)
    assert await world.deal(person) is None
    assert await world.deal(await world.person()) is not None


async def test_a_section_is_held_by_one_person_at_a_time(world: World) -> None:
    await world.read(tps(1))
    assert await world.deal(await world.person()) is not None
    assert await world.deal(await world.person()) is None


async def test_an_expired_lease_goes_to_somebody_else_and_its_holder_is_told(world: World) -> None:
    await world.read(tps(1))
    late = await world.person()
    task = await world.deal(late, lease=0)
    assert task is not None
    next_one = await world.deal(await world.person())
    assert next_one is not None
    with pytest.raises(LeaseExpiredError):
        await answer_task(world.session, task_id=task.id, account_id=late, numbers=TRUTH)
    with pytest.raises(LeaseExpiredError):
        await get_task(world.session, task_id=task.id, account_id=late)
    assert await world.deal(late) is None


async def test_reviews_are_dealt_to_reviewers_only_and_first(world: World) -> None:
    section = await world.read(tps(1), confidence=0.5, sure=False)
    await world.answer(await world.person(), changed(suara_01=None))
    assert (await world.section(section)).wanted == "review"
    await world.read(tps(2))
    volunteer = await world.deal(await world.person())
    assert volunteer is not None
    assert volunteer.mode == "confirm"
    assert await world.deal(await world.person()) is None
    reviewer = await world.deal(await world.person(Role.REVIEWER), Role.REVIEWER)
    assert reviewer is not None
    assert reviewer.mode == "review"
    assert reviewer.shown is None
    assert [page.page for page in reviewer.pages] == [2, 3], "page 3 is still open: one person is not enough"


async def test_a_reader_of_the_section_does_not_review_it(world: World) -> None:
    await world.read(tps(1), confidence=0.5, sure=False)
    reviewer = await world.person(Role.REVIEWER)
    await world.answer(reviewer, changed(suara_01=None), Role.REVIEWER)
    assert await world.deal(reviewer, Role.REVIEWER) is None


async def test_one_reviewer_is_kept_while_volunteers_are_left(world: World) -> None:
    """With two reviewers among the readers who do not agree the section would wait for nobody."""
    section = await world.read(tps(1), confidence=0.5, sure=False)
    volunteers = [await world.person() for _ in range(3)]
    first, second = await world.person(Role.REVIEWER), await world.person(Role.REVIEWER)
    await world.answer(first, changed(suara_01=50), Role.REVIEWER)
    assert await world.deal(second, Role.REVIEWER) is None
    for number, person in enumerate(volunteers[:2]):
        await world.answer(person, changed(suara_01=51 + number))
    assert (await world.section(section)).wanted == "review"
    task = await world.deal(second, Role.REVIEWER)
    assert task is not None
    assert task.mode == "review"


async def test_a_reviewer_is_kept_from_what_another_sent(world: World) -> None:
    sender, other = await world.person(Role.ADMIN), await world.person(Role.REVIEWER)
    await world.read(tps(1), uploader=sender)
    assert await world.deal(other, Role.REVIEWER) is None
    assert await world.deal(await world.person()) is not None


@pytest.mark.parametrize(
    "why",
    [
        "UPDATE account SET reading = 'paused' WHERE role = 'volunteer'",
        "UPDATE account SET state = 'suspended' WHERE role = 'volunteer'",
        "UPDATE tps_section SET ready_at = now() - interval '61 min'",
        "UPDATE account SET role = 'monitor' WHERE role = 'volunteer' AND name <> 'orang-sender'",
    ],
)
async def test_reviewers_read_what_no_volunteer_is_left_for(world: World, why: str) -> None:
    await world.read(tps(1), confidence=0.5, sure=False)
    await world.person()
    first, second = await world.person(Role.REVIEWER), await world.person(Role.REVIEWER)
    await world.answer(first, changed(suara_01=50), Role.REVIEWER)
    assert await world.deal(second, Role.REVIEWER) is None
    await world.session.execute(text("UPDATE account SET name = 'orang-sender' WHERE id = :id"), {"id": world.uploader})
    await world.session.execute(text(why))
    assert await world.deal(second, Role.REVIEWER) is not None


async def test_reviewers_read_what_every_volunteer_has_read(world: World) -> None:
    await world.read(tps(1), confidence=0.5, sure=False)
    await world.answer(await world.person())
    first, second = await world.person(Role.REVIEWER), await world.person(Role.REVIEWER)
    await world.answer(first, changed(suara_01=50), Role.REVIEWER)
    assert await world.deal(second, Role.REVIEWER) is not None


async def test_sections_that_no_reviewer_is_left_for_are_counted(world: World) -> None:
    (count,) = (one for one in figures.SLOW if one.metrics[0][0] == "runut_sections_without_reviewer")
    section = await world.read(tps(1), confidence=0.5, sure=False)
    reviewer = await world.person(Role.REVIEWER)
    await world.answer(await world.person(), changed(suara_01=None))
    assert (await world.section(section)).wanted == "review"

    async def left_over() -> int:
        return int((await world.session.execute(text(count.statement))).scalar_one())

    assert await left_over() == 0
    await world.photo(tps(1), 1, uploader=reviewer)
    assert await left_over() == 1
    await world.person(Role.ADMIN)
    assert await left_over() == 0


async def test_a_round_that_a_revote_superseded_is_read_no_more(world: World) -> None:
    await world.read(tps(1))
    await open_round(world.session, contest=world.contest, tps_kode=tps(1), reason="PSU")
    assert await world.deal(await world.person()) is None
    await world.read(tps(2))
    assert await world.deal(await world.person()) is not None, "other TPS are"


async def test_blind_tasks_show_nothing_and_confirm_tasks_show_the_machine(world: World) -> None:
    await world.read(tps(1), dice=0.01)
    blind = await world.deal(await world.person())
    assert blind is not None
    assert (blind.mode, blind.shown) == ("blind", None)
    await world.read(tps(2), dice=0.5)
    confirm = await world.deal(await world.person())
    assert confirm is not None
    assert (confirm.mode, confirm.shown) == ("confirm", TRUTH)


async def test_the_same_answer_twice_is_one_answer(world: World) -> None:
    await world.read(tps(1))
    person = await world.person()
    task = await world.deal(person)
    assert task is not None
    first = await answer_task(world.session, task_id=task.id, account_id=person, numbers=TRUTH)
    again = await answer_task(world.session, task_id=task.id, account_id=person, numbers=TRUTH)
    assert (first.first, again.first) == (True, False)
    assert again.reading_ids == first.reading_ids
    with pytest.raises(ConflictError, match="angka lain"):
        await answer_task(world.session, task_id=task.id, account_id=person, numbers=changed(suara_01=5))
    human = select(func.count()).select_from(Reading).where(Reading.account_id == person)
    assert (await world.session.execute(human)).scalar_one() == 2


async def test_guessed_and_other_peoples_tasks_do_not_exist(world: World) -> None:
    await world.read(tps(1))
    task = await world.deal(await world.person())
    assert task is not None
    stranger = await world.person()
    for task_id in (task.id, uuid.uuid4()):
        with pytest.raises(NotFoundError):
            await get_task(world.session, task_id=task_id, account_id=stranger)
        with pytest.raises(NotFoundError):
            await answer_task(world.session, task_id=task_id, account_id=stranger, numbers=TRUTH)
        with pytest.raises(NotFoundError):
            await skip_task(world.session, task_id=task_id, account_id=stranger, reason="later")


@pytest.mark.parametrize(
    ("numbers", "named"),
    [
        ({name: number for name, number in TRUTH.items() if name != "suara_02"}, "suara_02"),
        ({**TRUTH, "suara_04": 1}, "suara_04"),
        ({**TRUTH, "suara_01": 1000}, "suara_01 = 1000"),
        ({**TRUTH, "suara_01": -1}, "suara_01 = -1"),
    ],
)
async def test_an_answer_has_exactly_the_fields_asked_for(
    world: World, numbers: dict[str, int | None], named: str
) -> None:
    await world.read(tps(1))
    person = await world.person()
    task = await world.deal(person)
    assert task is not None
    with pytest.raises(InvalidInputError, match=named):
        await answer_task(world.session, task_id=task.id, account_id=person, numbers=numbers)
    await answer_task(world.session, task_id=task.id, account_id=person, numbers=TRUTH)


async def test_two_people_who_cannot_read_it_call_a_reviewer(world: World) -> None:
    section = await world.read(tps(1))
    for reason in ("unreadable", "later", "not_a_form"):
        assert (await world.section(section)).wanted == "confirm"
        person = await world.person()
        task = await world.deal(person)
        assert task is not None
        await skip_task(world.session, task_id=task.id, account_id=person, reason=reason)
        await skip_task(world.session, task_id=task.id, account_id=person, reason=reason)
        await world.settle()
        assert await world.deal(person) is None
    assert (await world.section(section)).why == "skipped"
    reviewer = await world.person(Role.REVIEWER)
    task = await world.deal(reviewer, Role.REVIEWER)
    assert task is not None
    await skip_task(world.session, task_id=task.id, account_id=reviewer, reason="unreadable")
    await world.settle()
    row = await world.section(section)
    assert (row.state, row.wanted, row.why) == ("disputed", None, "reviewer_cannot_read")


async def test_an_unknown_reason_is_refused(world: World) -> None:
    await world.read(tps(1))
    person = await world.person()
    task = await world.deal(person)
    assert task is not None
    with pytest.raises(InvalidInputError, match="bosan"):
        await skip_task(world.session, task_id=task.id, account_id=person, reason="bosan")


@pytest.mark.parametrize("settled", [True, False])
async def test_the_last_answer_can_be_taken_back_for_half_a_minute(world: World, settled: bool) -> None:  # noqa: FBT001
    section = await world.read(tps(1))
    person = await world.person()
    task = await world.answer(person, settled=settled)
    assert (await world.section(section)).state == ("accepted" if settled else "waiting")
    await undo_answer(world.session, task_id=task.id, account_id=person)
    await world.settle()
    row = await world.section(section)
    assert (row.state, row.wanted) == ("waiting", "confirm")
    assert await world.deal(person) is None, "it goes to somebody else"
    assert await world.deal(await world.person()) is not None
    with pytest.raises(ConflictError):
        await undo_answer(world.session, task_id=task.id, account_id=person)


async def test_an_answer_of_a_minute_ago_stands(world: World) -> None:
    await world.read(tps(1))
    person = await world.person()
    task = await world.answer(person)
    await world.session.execute(text("UPDATE task SET answered_at = now() - interval '1 minute'"))
    world.session.expire_all()
    with pytest.raises(ConflictError, match="30"):
        await undo_answer(world.session, task_id=task.id, account_id=person)


async def test_only_the_last_answer_can_be_taken_back(world: World) -> None:
    for number in (1, 2):
        await world.read(tps(number))
    person = await world.person()
    first = await world.answer(person)
    # One transaction has one clock reading; outside tests each answer has its own.
    await world.session.execute(text("UPDATE task SET answered_at = answered_at - interval '1 second'"))
    await world.answer(person)
    world.session.expire_all()
    with pytest.raises(ConflictError):
        await undo_answer(world.session, task_id=first.id, account_id=person)


async def test_what_was_answered_is_dealt_to_nobody_before_the_rule_has_looked(world: World) -> None:
    section = await world.read(tps(1), confidence=0.5, sure=False)
    await world.answer(await world.person(), settled=False)
    row = await world.section(section)
    assert (row.state, row.wanted, row.unsettled_since is None) == ("waiting", None, False)
    assert await world.deal(await world.person()) is None
    await world.settle()
    row = await world.section(section)
    assert (row.state, row.wanted, row.unsettled_since) == ("waiting", "blind", None)
    assert await world.deal(await world.person()) is not None


async def test_people_who_belong_together_are_one_reader(world: World) -> None:
    await world.read(tps(1), confidence=0.5, sure=False)
    pair, uploader_s = [await world.person(), await world.person()], await world.person()
    link = text("INSERT INTO linked_account (account_id, group_id, why) VALUES (:account, :group, '[]')")
    for account, group in ((pair[0], 1), (pair[1], 1), (world.uploader, 2), (uploader_s, 2)):
        await world.session.execute(link, {"account": account, "group": group})
    await world.answer(pair[0])
    assert await world.deal(pair[1]) is None, "one of his group has read it"
    assert await world.deal(uploader_s) is None, "one of his group has sent it"
    assert await world.deal(await world.person()) is not None


async def test_a_reading_keeps_what_was_known_of_its_reader(world: World) -> None:
    await world.read(tps(1))
    known, unknown = await world.person(), await world.person()
    skill = (
        "INSERT INTO reader_skill (account_id, error_rate, error_low, error_high, catch_rate, catch_low, catch_high,"
        " alarm_rate, alarm_low, alarm_high, version) VALUES (:id, 0.02, 0, 1, 0.7, 0, 1, 0.01, 0, 1, 3)"
    )
    await world.session.execute(text(skill), {"id": known})
    await world.read(tps(2))
    for person in (known, unknown):
        await world.answer(person)
    query = select(Reading.account_id, Reading.details).where(Reading.account_id.is_not(None))
    details = {row.account_id: row.details for row in await world.session.execute(query)}
    assert details[known]["skill"] == {"error_rate": 0.02, "catch_rate": 0.7, "version": 3}
    assert set(details[unknown]) == {"shown"}


async def test_sections_come_in_random_order(world: World) -> None:
    for number in range(1, 31):
        await world.read(tps(number))
    await world.session.execute(text("UPDATE tps_section SET dice = 0.1 + random() * 0.9"))
    seen = set()
    for _ in range(30):
        task = await deal_task(world.session, account_id=await world.person(), role=Role.VOLUNTEER, lease_seconds=600)
        assert task is not None
        seen.add(task.id)
    query = select(Task.section_id).order_by(Task.leased_until, Task.at)
    order = list((await world.session.execute(query)).scalars())
    assert len(set(order)) == len(seen) == 30
    assert order != sorted(order)
