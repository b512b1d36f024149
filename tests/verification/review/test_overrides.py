"""Disputes, looks and overrides, from the rule's verdict to the result."""

from collections.abc import Mapping

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, ForbiddenError, InvalidInputError
from app.intake.service import get_photo
from app.verification.review.case_view import view_case
from app.verification.review.cases import close_case, open_case, reopen_case
from app.verification.review.desk import assign_case, note_case
from app.verification.review.look import begin_look
from app.verification.review.may_review import NotImpartialError
from app.verification.review.overrides import end_override, state_override
from app.verification.service import MachineReading, note_machine_readings, settle
from app.verification.stored_inputs import inputs_from_json
from tests.verification.readings import TRUTH
from tests.verification.review.desk import OTHER, cases, decision, dispute, events, link, look, reviewer
from tests.verification.world import World, machine_fields, tps

REASON = "Foto kedua menunjukkan kotak yang ditimpa; foto pertama jelas."


async def test_a_dispute_opens_one_case_and_an_acceptance_settles_it(world: World) -> None:
    section = await dispute(world, tps(1))
    await settle(world.session, section_id=section)
    (case,) = await cases(world)
    assert (case.kind, case.reason, case.state, case.subject) == (
        "dispute", "photos_differ", "open", f"section/{section}",
    )  # fmt: skip
    assert (case.tps_kode, case.wilayah) == (None, "1101"), "which TPS it is is not told to who has not looked"
    gone = text("UPDATE photo SET state = 'rejected' WHERE id = ANY(:ids)")
    other = [photo for (_, _, who), photo in world.photos.items() if who != world.uploader]
    await world.session.execute(gone, {"ids": other})
    await settle(world.session, section_id=section)
    assert (await decision(world, section)).outcome == "accept"
    assert not await cases(world)
    (closed,) = await cases(world, closed=True)
    assert (closed.id, closed.state) == (case.id, "resolved")
    assert await events(world, case.id) == ["opened", "settled"]


async def test_a_reviewer_sees_the_picture_before_any_number(world: World) -> None:
    section = await dispute(world, tps(1))
    (case,) = await cases(world)
    person = await reviewer(world)
    before = await view_case(world.session, case_id=case.id, account_id=person)
    assert before.evidence is None
    assert before.facts is None
    assert before.tps_kode is None
    with pytest.raises(ForbiddenError, match="Lihat gambarnya dahulu"):
        await state_override(world.session, case_id=case.id, account_id=person, reason=REASON)
    await look(world, case.id, person)
    after = await view_case(world.session, case_id=case.id, account_id=person)
    assert after.evidence is not None
    assert after.tps_kode == tps(1)
    assert {one.uploader_id for one in after.evidence.photos} == {world.uploader, *_other_uploaders(world)}
    read = [one.numbers for one in after.evidence.readings if one.account_id == person]
    assert {name: value for one in read for name, value in one.items()} == TRUTH
    assert after.state == "looked_at"
    assert (await world.section(section)).state == "disputed", "one reviewer does not end a dispute between photos"
    with pytest.raises(ConflictError, match="sudah membaca"):
        await begin_look(world.session, case_id=case.id, account_id=person, lease_seconds=600)


def _other_uploaders(world: World) -> set[int]:
    return {who for _, _, who in world.photos} - {world.uploader}


async def test_two_unlinked_reviewers_override_and_a_third_undoes_it(world: World) -> None:
    section = await dispute(world, tps(1))
    (case,) = await cases(world)
    first, second, third = [await reviewer(world) for _ in range(3)]
    await look(world, case.id, first)
    with pytest.raises(InvalidInputError, match="Alasan"):
        await state_override(world.session, case_id=case.id, account_id=first, reason="  ")
    proposed = await state_override(world.session, case_id=case.id, account_id=first, reason=REASON)
    assert not proposed.stands
    assert (await decision(world, section)).outcome == "dispute"
    with pytest.raises(ConflictError, match="sudah menyatakannya"):
        await state_override(world.session, case_id=case.id, account_id=first, reason=REASON)
    unseen = await view_case(world.session, case_id=case.id, account_id=second)
    assert unseen.evidence is None
    assert all(not one.note for one in unseen.events), "a proposal's words may name its numbers"

    await look(world, case.id, second)
    assert (await state_override(world.session, case_id=case.id, account_id=second, reason=REASON)).stands
    stands = await decision(world, section)
    assert (stands.outcome, stands.numbers) == ("accept", TRUTH)
    assert "override" in stands.flags
    assert stands.source_class == "one_uploader"
    again = inputs_from_json(stands.inputs).decide()
    assert again.numbers == TRUTH, "anybody computes the override again"  # type: ignore[union-attr]
    result = (await world.session.execute(text("SELECT state, flags FROM result"))).one()
    assert result.state == "accepted"
    assert "override" in result.flags
    logged = text("SELECT payload ->> 'event' FROM log_entry WHERE kind = 'override' ORDER BY id")
    assert list((await world.session.execute(logged)).scalars()) == ["proposed", "proposed", "stands"]
    assert not await cases(world)

    with pytest.raises(ConflictError, match="ditutup"):
        await end_override(world.session, case_id=case.id, account_id=first, reason=REASON)
    await reopen_case(world.session, case_id=case.id, by=third, note="Foto baru dari saksi.", why="asked")
    with pytest.raises(ForbiddenError, match="pernyataan Anda sendiri"):
        await end_override(world.session, case_id=case.id, account_id=first, reason=REASON)
    with pytest.raises(ForbiddenError, match="Lihat gambarnya dahulu"):
        await end_override(world.session, case_id=case.id, account_id=third, reason=REASON)
    await look(world, case.id, third)
    await end_override(world.session, case_id=case.id, account_id=third, reason="Kedua foto ternyata sama-sama asli.")
    assert (await decision(world, section)).outcome == "dispute"
    assert "undone" in await events(world, case.id)
    ended = await world.session.execute(text("SELECT DISTINCT by_account_id FROM override_end"))
    assert list(ended.scalars()) == [third]


async def test_what_is_read_otherwise_or_taken_back_does_not_override(world: World) -> None:
    section = await dispute(world, tps(1))
    (case,) = await cases(world)
    people = [await reviewer(world) for _ in range(3)]
    read: tuple[Mapping[str, int | None], ...] = (TRUTH, OTHER, TRUTH)
    for person, numbers in zip(people, read, strict=True):
        await look(world, case.id, person, numbers)
    first, other, second = people
    for person in (first, other):
        assert not (await state_override(world.session, case_id=case.id, account_id=person, reason=REASON)).stands
    await end_override(world.session, case_id=case.id, account_id=first, reason="Saya keliru.")
    assert not (await state_override(world.session, case_id=case.id, account_id=second, reason=REASON)).stands
    assert (await decision(world, section)).outcome == "dispute"


async def test_an_override_falls_with_its_reviewers_reading(world: World) -> None:
    section = await dispute(world, tps(1))
    (case,) = await cases(world)
    people = [await reviewer(world) for _ in range(2)]
    for person in people:
        await look(world, case.id, person)
        await state_override(world.session, case_id=case.id, account_id=person, reason=REASON)
    assert "override" in (await decision(world, section)).flags
    withdraw = text(
        "INSERT INTO reading_withdrawal (reading_id, reason) SELECT id, 'banned' FROM reading WHERE account_id = :who"
    )
    await world.session.execute(withdraw, {"who": people[1]})
    await settle(world.session, section_id=section)
    assert (await decision(world, section)).outcome == "dispute"
    (reopened,) = await cases(world)
    assert reopened.id == case.id, "a section has one case of disputes, with its whole history"
    assert (await events(world, case.id))[-1] == "reopened"


async def test_nobody_reviews_what_is_his_own(world: World) -> None:
    section = await dispute(world, tps(1))
    (case,) = await cases(world)
    looked, uploaded, read, *friends = [await reviewer(world) for _ in range(5)]
    await look(world, case.id, looked)
    await world.photo(tps(1), 2, uploader=uploaded)
    lease = "INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until, state, answered_at) "
    lease += "VALUES (:section, :account, 'blind', '{}', now(), 'answered', now())"
    await world.session.execute(text(lease), {"section": section, "account": read})
    await link(world, world.uploader, friends[0])
    await link(world, looked, friends[1])
    for person in (uploaded, read, *friends):
        with pytest.raises(NotImpartialError):
            await begin_look(world.session, case_id=case.id, account_id=person, lease_seconds=600)
        seen = await view_case(world.session, case_id=case.id, account_id=person)
        assert seen.obstacle is not None
        assert seen.evidence is None


async def test_an_override_of_two_who_turn_out_to_be_linked_falls(world: World) -> None:
    section = await dispute(world, tps(1))
    (case,) = await cases(world)
    people = [await reviewer(world) for _ in range(3)]
    for person in people:
        await look(world, case.id, person)
    for person in people[:2]:
        await state_override(world.session, case_id=case.id, account_id=person, reason=REASON)
    assert "override" in (await decision(world, section)).flags
    await link(world, *people)
    await settle(world.session, section_id=section)
    assert (await decision(world, section)).outcome == "dispute"
    with pytest.raises(NotImpartialError):
        await state_override(world.session, case_id=case.id, account_id=people[2], reason=REASON)


async def test_a_photograph_that_comes_later_reopens_the_case(world: World) -> None:
    await dispute(world, tps(1))
    (case,) = await cases(world)
    person = await reviewer(world)
    await look(world, case.id, person)
    await close_case(world.session, case_id=case.id, by=person, state="rejected", answer="Keduanya tampak asli.")
    await close_case(world.session, case_id=case.id, by=person, state="rejected", answer="Keduanya tampak asli.")
    with pytest.raises(ConflictError, match="ditutup"):
        await close_case(world.session, case_id=case.id, by=person, state="resolved", answer="Lain.")
    await photograph_once_more(world, tps(1))
    (again,) = await cases(world)
    assert again.id == case.id
    assert await events(world, case.id) == ["opened", "looked", "rejected", "reopened"]


async def photograph_once_more(world: World, place: str) -> None:
    """Let another person's photograph come in and be read, as the worker notes it."""
    photo = await world.photo(place, 2, uploader=await world.person())
    read = MachineReading(await get_photo(world.session, photo_id=photo), machine_fields(2), {"model_sha256": "m"})
    await note_machine_readings(world.session, contest=world.contest, readings=[read])


async def test_cases_are_taken_noted_and_released(world: World) -> None:
    section = await dispute(world, tps(1))
    (case,) = await cases(world)
    first, second = await reviewer(world), await reviewer(world)
    await assign_case(world.session, case_id=case.id, by=first, take=True)
    with pytest.raises(ConflictError, match="diambil peninjau lain"):
        await assign_case(world.session, case_id=case.id, by=second, take=True)
    await note_case(world.session, case_id=case.id, by=second, note="Saya tanya KPPS.")
    await assign_case(world.session, case_id=case.id, by=first, take=False)
    assert await events(world, case.id) == ["opened", "assigned", "noted", "released"]
    same = await open_case(
        world.session,
        kind="dispute",
        subject=f"section/{section}",
        facts={"fields": ["suara_02"]},
        reason="photos_differ",
    )
    assert same == case.id
    assert (await events(world, case.id))[-1] == "again"


async def test_the_history_cannot_be_changed(session: AsyncSession) -> None:
    query = text(
        """SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (
             'review_event'::regclass, 'override_statement'::regclass, 'override_end'::regclass)"""
    )
    assert (await session.execute(query)).scalar_one() == 6
