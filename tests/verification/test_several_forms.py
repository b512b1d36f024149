"""Papers of two forms of one TPS: whichever part they show, they agree or differ as any two photographs do."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.tally.service import ResultView, get_result
from app.verification.service import record_machine_reading, settle
from app.verification.views import SectionView, view_sections
from tests.verification.readings import TRUTH
from tests.verification.world import World, make_world, tps

COPY = "C.HASIL SALINAN-PPWP 2024"
OTHERWISE = {**TRUTH, "suara_01": TRUTH["suara_01"] + 10, "suara_02": TRUTH["suara_02"] - 10}
"""Another paper whose sums close as well."""


async def read_copy(
    world: World,
    place: str,
    *,
    uploader: int | None = None,
    numbers: Mapping[str, int] = TRUTH,
    dice: float = 0.5,
    sure: bool = True,
) -> tuple[int, int]:
    """Photograph and machine-read page 2 of the A4 copy; return photograph and section."""
    photo = await world.photo(place, 2, uploader=uploader)
    await world.session.execute(text("UPDATE photo SET form = :form WHERE id = :id"), {"form": COPY, "id": photo})
    fields = {name: {"value": numbers[name], "confidence": 0.9999 if sure else 0.999, "sure": sure} for name in TRUTH}
    details = {"model_sha256": "m"}
    (section,) = await record_machine_reading(
        world.session, contest=world.contest, photo_id=photo, fields=fields, details=details
    )
    await world.session.execute(
        text("UPDATE tps_section SET dice = :dice WHERE id = :id"), {"dice": dice, "id": section}
    )
    await settle(world.session, section_id=section)
    return photo, section


async def look(world: World, place: str) -> tuple[SectionView, ResultView]:
    (view,) = await view_sections(world.session, contest=world.contest, tps_kode=place)
    return view, await get_result(world.session, contest=world.contest, tps_kode=place)


def votes(result: ResultView, contest: Contest) -> dict[str, int | None]:
    return {name: result.numbers[name] for name in contest.section("suara").fields}


async def test_a_copy_alone_carries_all_votes_and_no_other_page_is_asked_for(session: AsyncSession) -> None:
    world = await make_world(session)
    photo, section = await read_copy(world, tps(1))
    row = await world.section(section)
    assert (row.wanted, row.why, row.photo_ids) == ("confirm", "sure", [photo])

    task = await world.answer(await world.person())
    assert [(page.form, page.form_page, page.photo_id) for page in task.pages] == [(COPY, 2, photo)]
    assert task.fields == world.contest.section("suara").fields
    assert task.shown == TRUTH

    view, result = await look(world, tps(1))
    assert view.decision is not None
    assert (result.state, view.decision.flags, set(view.decision.photos.values())) == ("accepted", (), {photo})
    assert votes(result, world.contest) == TRUTH
    assert [one.numbers for one in view.decision.readings] == [TRUTH, TRUTH], "each reading is opened once, as it was"


async def test_wall_sheet_and_copy_of_two_people_carry_one_another(session: AsyncSession) -> None:
    world = await make_world(session)
    await world.read(tps(1))
    await read_copy(world, tps(1), uploader=await world.person())
    await world.answer(await world.person())

    view, result = await look(world, tps(1))
    assert (result.state, result.source_class) == ("accepted", "two_uploaders")
    assert view.decision is not None
    assert view.decision.sentences == ("by_confirmation", "copies_agree")


async def test_a_copy_with_other_numbers_is_a_dispute(session: AsyncSession) -> None:
    world = await make_world(session)
    await world.read(tps(1))
    photo, section = await read_copy(world, tps(1), uploader=await world.person(), numbers=OTHERWISE, dice=0.01)
    for _ in range(4):
        person = await world.person()
        task = await world.deal(person)
        if task is None:
            break
        await world.answer(person, OTHERWISE if task.find_photo("suara_01") == photo else TRUTH)

    assert ((row := await world.section(section)).state, row.why) == ("disputed", "photos_differ")
    assert (await look(world, tps(1)))[1].state == "disputed"


async def test_a_page_of_one_form_and_the_rest_on_another_are_read_blind_each_number_once(
    session: AsyncSession,
) -> None:
    world = await make_world(session)
    copy, section = await read_copy(world, tps(1), sure=False)
    await world.read(tps(1), pages=(2,), uploader=(other := await world.person()))
    sheet = world.photos[tps(1), 2, other]
    row = await world.section(section)
    assert (row.wanted, row.why) == ("blind", "mixed_forms"), "the machine is surer of the wall sheet's page 2"

    task = await world.answer(await world.person())
    assert [(page.page, page.photo_id, page.form_page, page.fields) for page in task.pages] == [
        (2, sheet, 2, ("suara_01", "suara_02", "suara_03")),
        (3, copy, 2, ("suara_sah", "suara_tidak_sah", "suara_total")),
    ]
    view, result = await look(world, tps(1))
    assert view.decision is not None
    assert (result.state, view.decision.photos) == ("accepted", {2: sheet, 3: copy})
    assert votes(result, world.contest) == TRUTH


async def test_votes_accepted_without_their_sums_get_them_from_a_copy(session: AsyncSession) -> None:
    world = await make_world(session)
    await world.read(tps(1), pages=(2,))
    await world.session.execute(text("UPDATE tps_section SET ready_at = now()"))
    await world.answer(await world.person())
    view, _ = await look(world, tps(1))
    assert view.decision is not None
    assert view.decision.flags == ("incomplete",)

    await read_copy(world, tps(1), uploader=await world.person())
    task = await world.answer(await world.person())
    assert task.fields == world.contest.section("suara").fields
    view, result = await look(world, tps(1))
    assert view.decision is not None
    assert (result.state, view.decision.flags) == ("accepted", ())
    assert votes(result, world.contest) == TRUTH
