"""Page 1 goes the way of the votes: dealt, read, decided, in the result and its sums. The votes never wait for it."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.tally.service import get_result, get_tally, roll_up
from tests.verification.readings import PAGE1_TRUTH, TRUTH
from tests.verification.world import make_world, tps


async def test_page_1_is_read_by_people_and_added_up(session: AsyncSession) -> None:
    world = await make_world(session)
    votes = await world.read(tps(1))
    page_1 = await world.read(tps(1), pages=(1,), numbers=PAGE1_TRUTH, confidence=0.9, sure=False)
    reader, other = await world.person(), await world.person()
    for person in (reader, other):
        for _ in range(2):
            if await world.deal(person) is not None:  # one's own lease is dealt once more
                await world.answer(person, {**TRUTH, **PAGE1_TRUTH})
    assert (await world.section(votes)).state == (await world.section(page_1)).state == "accepted"
    result = await get_result(session, contest=world.contest, tps_kode=tps(1))
    assert result.state == "accepted"
    assert result.numbers == {**TRUTH, **PAGE1_TRUTH}
    await roll_up(session)
    tally = await get_tally(session, contest=world.contest, kode="0")
    assert {name: tally.sums[name] for name in PAGE1_TRUTH} == PAGE1_TRUTH


async def test_votes_do_not_wait_for_page_1(session: AsyncSession) -> None:
    world = await make_world(session)
    votes = await world.read(tps(1))
    await world.read(tps(1), pages=(1,), numbers=PAGE1_TRUTH, confidence=0.9, sure=False)
    reader = await world.person()
    while (await world.section(votes)).state != "accepted":
        await world.answer(reader, {**TRUTH, **PAGE1_TRUTH})
    result = await get_result(session, contest=world.contest, tps_kode=tps(1))
    assert result.state == "accepted"
    assert {name: result.numbers[name] for name in TRUTH} == TRUTH
    assert {result.numbers[name] for name in PAGE1_TRUTH} == {None}


async def test_page_1_is_confirmed_where_the_machine_is_sure_and_its_sums_close(session: AsyncSession) -> None:
    world = await make_world(session)
    page_1 = await world.read(tps(1), pages=(1,), numbers=PAGE1_TRUTH)
    assert (await world.section(page_1)).wanted == "confirm"
    open_sum = {**PAGE1_TRUTH, "disabilitas_j": 2}
    other = await world.read(tps(2), pages=(1,), numbers=open_sum)
    assert (await world.section(other)).wanted == "blind"
