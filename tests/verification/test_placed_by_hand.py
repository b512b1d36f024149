"""A photograph that no machine has read: people are asked for it, and nothing counts a machine that said nothing."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.intake.models import Photo
from app.intake.service import get_photo
from app.intake.triage.by_hand import take_placement_back
from app.intake.triage.models import HandPlacement
from app.verification.consensus import decide
from app.verification.drift import measure_drift
from app.verification.evidence import Accept, Dispute, NeedPhoto, NeedReading, ReadingInput, UnreadPhoto
from app.verification.models import Decision, Reading
from app.verification.plants.fitness import is_fit
from app.verification.policies import POLICIES
from app.verification.recompute import recompute_decisions
from app.verification.service import note_placed_photo, settle, view_sections
from app.verification.stored_inputs import RuleInputs, inputs_as_json, inputs_from_json
from tests.verification.readings import CHECKS, changed, human, humans, machines, section
from tests.verification.world import World, tps

TWO = (UnreadPhoto(2, 2, "account/1"), UnreadPhoto(3, 3, "account/1"))


@pytest.mark.parametrize("name", POLICIES)
def test_it_is_read_with_empty_boxes_by_as_many_as_where_the_machine_is_sure_of_nothing(name: str) -> None:
    policy = POLICIES[name]
    assert isinstance(decide([], CHECKS, policy, section()), NeedPhoto)
    unsure = machines(numbers=dict.fromkeys(changed()), error=0.9)
    readings: list[ReadingInput] = []
    for who in range(7, 7 + policy.unsure_readers_needed):
        asked = decide(readings, CHECKS, policy, section(unread=TWO))
        assert isinstance(asked, NeedReading)
        assert (asked.mode, dict(asked.photos)) == ("blind", {2: 2, 3: 3})
        assert asked == decide([*unsure, *readings], CHECKS, policy, section())
        readings += humans(who)

    accepted = decide(readings, CHECKS, policy, section(unread=TWO))

    assert isinstance(accepted, Accept)
    assert accepted == decide([*unsure, *readings], CHECKS, policy, section())
    assert accepted.source_class == "one_uploader"


def test_one_that_differs_from_a_copy_that_was_read_is_not_passed_over() -> None:
    decided = [*humans(7), *humans(8)]
    other = UnreadPhoto(12, 2, "account/2")
    policy = POLICIES["default"]
    assert isinstance(decide(decided, CHECKS, policy, section()), Accept)

    asked = decide(decided, CHECKS, policy, section(unread=(other,)))

    assert isinstance(asked, NeedReading)
    assert (asked.why, dict(asked.photos)) == ("copy_differs", {2: 12})
    otherwise = [human(who, 2, changed(suara_01=132), photo=12, uploader="account/2") for who in (9, 10)]
    assert isinstance(decide([*decided, *otherwise], CHECKS, policy, section(unread=(other,))), Dispute)


def test_what_is_stored_beside_a_decision_says_so() -> None:
    linked = UnreadPhoto(3, 3, "account/1", uploader_group="account/1", newcomer=True)
    inputs = RuleInputs(tuple(humans(7)), CHECKS, POLICIES["default"], section(unread=(TWO[0], linked)))
    assert inputs_from_json(inputs_as_json(inputs)) == inputs
    bare = RuleInputs(tuple(humans(7)), CHECKS, POLICIES["default"], section())
    assert "unread" not in inputs_as_json(bare)["section"], "the inputs of all other decisions stay as they were"


def test_it_is_never_planted() -> None:
    numbers = {"suara_01": 123}
    read = [human(who, 2) for who in (7, 8)]
    assert is_fit(numbers, {"suara_01": 1e-6}, (), read)
    assert not is_fit(numbers, {"suara_01": 1e-6}, (), read, placed=True)


async def place(world: World, where: str, page: int, *, by: int, uploader: int | None = None) -> int:
    """Return a photograph that stands where a reviewer placed it, as the job leaves it."""
    photo = await world.photo(where, page, uploader=uploader)
    row = HandPlacement(
        photo_id=photo, account_id=by, form=world.contest.form_name, page=page, quarter_turns=0, cut=[0, 0, 0, 0]
    )
    world.session.add(row)
    await world.session.flush()
    (await world.session.get_one(Photo, photo)).placement_id = row.id
    await world.session.flush()
    await note_placed_photo(world.session, contest=world.contest, photo=await get_photo(world.session, photo_id=photo))
    return photo


async def test_one_page_read_by_machine_and_one_by_people_make_one_section(world: World, session: AsyncSession) -> None:
    reviewer, friend = await world.person(), await world.person()
    group = text("INSERT INTO linked_account (account_id, group_id, why) VALUES (:who, :group, '[]')")
    for who in (world.uploader, friend):
        await session.execute(group, {"who": who, "group": world.uploader})
    number = await world.read(tps(1), pages=(2,))
    photo = await place(world, tps(1), 3, by=reviewer)
    assert (await world.section(number)).wanted == "blind"
    assert await world.deal(world.uploader) is None
    assert await world.deal(friend) is None, "nor whoever is linked to the sender"

    first = await world.answer(await world.person())
    await world.answer(await world.person())

    assert {page.page: page.placement is not None for page in first.pages} == {2: False, 3: True}
    assert (await world.section(number)).state == "accepted"
    (view,) = await view_sections(session, contest=world.contest, tps_kode=tps(1))
    assert view.decision is not None
    assert view.decision.photos[3] == photo
    assert view.decision.placed == {photo}
    assert view.decision.reasons["suara_total"], "who read what is told of it as of any other"
    modes = select(Reading.mode).where(Reading.photo_id == photo)
    assert set((await session.scalars(modes)).all()) == {"blind"}
    assert [one.differing for one in await recompute_decisions(session)] == [()]
    counted = {(one.by, one.name): one for one in (await measure_drift(session, contest=world.contest)).counts}
    assert counted["all", ""].fields == 3, "page 2 alone: on page 3 there is no machine to be right or wrong"


async def test_taken_back_it_carries_no_decision_any_more(world: World, session: AsyncSession) -> None:
    rina, wati = await world.person(), await world.person()
    photos = [await place(world, tps(2), page, by=rina) for page in (2, 3)]
    for _ in range(2):
        await world.answer(await world.person())
    (decision,) = (await session.scalars(select(Decision))).all()
    assert decision.outcome == "accept"
    await take_placement_back(session, photo_id=photos[0], by=wati, reason="Bukan halaman 2")
    await settle(session, section_id=decision.section_id)

    await session.refresh(decision)
    assert decision.state == "withdrawn"
    assert (await session.get_one(Photo, photos[0])).state == "refused"
    assert await world.deal(await world.person()) is None, "without the page of the votes there is nothing to read"
