"""The machine against blind readers: planted disagreements count where they stand, and nothing undecided shows."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Role
from app.verification.drift import DriftCount, measure_drift
from app.verification.models import Reading, ReadingWithdrawal
from app.verification.service import record_machine_reading, settle
from tests.verification.readings import PAGE1_TRUTH, TRUTH
from tests.verification.world import World, machine_fields, make_world, tps


async def read_blind(
    world: World, place: str, seen: Mapping[str, int | None] = TRUTH, *, sharpness: float = 0.5, sure: bool = True
) -> int:
    """Have the machine see ``seen`` on both pages of a TPS, surely or not; the section is dealt blind."""
    sections: set[int] = set()
    for page in (2, 3):
        photo = await world.photo(place, page)
        fields: dict[str, dict[str, Any]] = machine_fields(page, seen, confidence=0.999, sure=sure)
        for name, one in fields.items():
            number = seen[name]
            one["digits"] = "___" if number is None else f"{number:X>3}"
        quality = {"sharpness": sharpness, "box_px": 21}
        details = {"model_sha256": "m" * 64, "layout_key": "c_hasil_ppwp_2024", "quality": quality}
        sections |= set(
            await record_machine_reading(
                world.session, contest=world.contest, photo_id=photo, fields=fields, details=details
            )
        )
    (section,) = sections
    await settle(world.session, section_id=section)
    return section


async def accept(world: World, section: int, people: list[int]) -> None:
    """Let people read until it is accepted; a reviewer is called where the machine is sure of another number."""
    for person in people:
        if (await world.section(section)).state == "waiting" and (await world.section(section)).wanted == "blind":
            await world.answer(person)
    if (await world.section(section)).wanted == "review":
        await world.answer(await world.person(Role.REVIEWER), role=Role.REVIEWER)
    assert (await world.section(section)).state == "accepted"


async def count(world: World, **query: Any) -> dict[tuple[str, str], DriftCount]:
    drift = await measure_drift(world.session, contest=world.contest, **query)
    return {(one.by, one.name): one for one in drift.counts}


async def test_planted_disagreements_are_counted_where_they_stand(session: AsyncSession) -> None:
    world = await make_world(session)
    people = [await world.person() for _ in range(3)]
    await accept(world, await read_blind(world, tps(1)), people)
    await accept(world, await read_blind(world, tps(2), {**TRUTH, "suara_02": 279}, sharpness=0.2), people)
    await accept(world, await read_blind(world, tps(3), {**TRUTH, "suara_sah": None}, sharpness=0.2), people)
    await accept(world, await read_blind(world, tps(4), {**TRUTH, "suara_tidak_sah": 3}, sure=False), people)
    found = await count(world)
    assert found["all", ""] == DriftCount("all", "", fields=24, told=23, sure=17, differing=2, wrong=2, sure_wrong=1)
    assert found["field", "suara_02"].sure_wrong == 1
    assert (found["field", "suara_tidak_sah"].wrong, found["field", "suara_tidak_sah"].sure_wrong) == (1, 0)
    assert found["class", "pilihan"].fields == found["class", "suara"].fields == 12
    assert found["model", "m" * 12].fields == found["form", "c_hasil_ppwp_2024"].fields == 24
    assert (found["sharpness", "0.15–0.3"].sure_wrong, found["sharpness", "0.45–"].sure_wrong) == (1, 0)
    assert found["box", "20.0–28.0"].fields == 24
    drift = await measure_drift(session, contest=world.contest)
    assert drift.boxes == 24 * 3
    assert {(one.machine, one.decided): one.count for one in drift.confusions} == {
        ("9", "4"): 1, ("3", "8"): 1, ("0", "4"): 1, ("0", "2"): 1, ("0", "9"): 1,
    }  # fmt: skip


async def test_nothing_undecided_is_counted(session: AsyncSession) -> None:
    world = await make_world(session)
    await read_blind(world, tps(1), {**TRUTH, "suara_02": 279})
    assert (await count(world))["all", ""].fields == 0
    person = await world.person()
    await world.answer(person)
    assert (await count(world))["all", ""].fields == 0, "one reader against the machine decides nothing"


async def test_a_confirmation_proves_nothing(session: AsyncSession) -> None:
    world = await make_world(session)
    section = await world.read(tps(1))
    await world.answer(await world.person())
    assert (await world.section(section)).state == "accepted"
    assert (await count(world))["all", ""].fields == 0


async def test_who_errs_himself_is_no_evidence_against_the_machine(session: AsyncSession) -> None:
    world = await make_world(session)
    people = [await world.person() for _ in range(3)]
    section = await read_blind(world, tps(1), sure=False)
    await world.answer(people[0], {**TRUTH, "suara_03": 82})
    await accept(world, section, people[1:])
    one = (await count(world))["field", "suara_03"]
    assert (one.differing, one.wrong) == (1, 0)


async def test_withdrawn_readings_do_not_count(session: AsyncSession) -> None:
    world = await make_world(session)
    people = [await world.person() for _ in range(2)]
    await accept(world, await read_blind(world, tps(1)), people)
    blind = [one for one in await _list_readings(session) if one.mode == "blind"]
    session.add_all(ReadingWithdrawal(reading_id=one.id, reason="test") for one in blind)
    await session.flush()
    assert (await count(world))["all", ""].fields == 0


async def test_decisions_that_no_longer_stand_do_not_count(session: AsyncSession) -> None:
    world = await make_world(session)
    people = [await world.person() for _ in range(2)]
    await accept(world, await read_blind(world, tps(1)), people)
    assert (await count(world))["all", ""].fields == 6
    await session.execute(text("UPDATE decision SET state = 'withdrawn', ended_at = now()"))
    assert (await count(world))["all", ""].fields == 0


async def test_a_photograph_on_which_nobody_saw_what_was_decided_tells_nothing(session: AsyncSession) -> None:
    world = await make_world(session)
    section = await read_blind(world, tps(1))
    await accept(world, section, [await world.person() for _ in range(2)])
    copy = await world.photo(tps(1), 2, uploader=await world.person())
    fields = machine_fields(2, {**TRUTH, "suara_01": 999})
    await record_machine_reading(
        session, contest=world.contest, photo_id=copy, fields=fields, details={"model_sha256": "m" * 64}
    )
    first = next(one for one in await _list_readings(session) if one.mode == "blind")
    session.add(
        Reading(
            section_id=section, photo_id=copy, mode="blind", account_id=first.account_id, task_id=first.task_id,
            numbers={**first.numbers, "suara_01": 999}, details={"shown": None}, salt=first.salt,
            commitment=first.commitment,
        )
    )  # fmt: skip
    await session.flush()
    found = await count(world)
    assert found["field", "suara_01"].fields == 1, "of the first photograph; the copy shows another number"
    assert found["field", "suara_02"].fields == 2
    assert found["all", ""].wrong == 0


async def test_only_the_newest_decisions_are_looked_at(session: AsyncSession) -> None:
    world = await make_world(session)
    people = [await world.person() for _ in range(2)]
    await accept(world, await read_blind(world, tps(1), {**TRUTH, "suara_02": 279}), [*people, await world.person()])
    await accept(world, await read_blind(world, tps(2)), people)
    assert (await count(world, last=1))["all", ""] == DriftCount("all", "", 6, 6, 6, 0, 0, 0)
    assert (await count(world))["all", ""].fields == 12


async def test_page_1_is_a_class_of_its_own(session: AsyncSession) -> None:
    world = await make_world(session)
    await world.read(tps(1), pages=(1,), numbers=PAGE1_TRUTH, confidence=0.9, sure=False)
    for _ in range(2):
        person = await world.person()
        if await world.deal(person) is not None:
            await world.answer(person, PAGE1_TRUTH)
    found = await count(world)
    assert found["class", "administrasi"].fields == 22
    assert found["sharpness", "?"].fields == 22, "of unknown sharpness"


async def _list_readings(session: AsyncSession) -> list[Reading]:
    return list((await session.execute(select(Reading))).scalars())
