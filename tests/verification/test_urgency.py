"""In what order sections are dealt."""

import random

import pytest
from sqlalchemy import text

from app.verification.urgency import SPREAD, TURN, draw_wait, name_region
from tests.verification.readings import TRUTH, changed
from tests.verification.world import World, tps

DRAWS = 4000


@pytest.mark.parametrize(("mode", "why"), [("review", "still_differing"), ("blind", "differing")])
def test_what_is_disputed_goes_before_the_rest_four_times_out_of_five(mode: str, why: str) -> None:
    chance = random.Random(7)
    first = sum(draw_wait(mode, why, chance) < draw_wait("blind", "not_sure", chance) for _ in range(DRAWS))
    assert first / DRAWS == pytest.approx(4 / (4 + 1), abs=0.03)


def test_an_ordinary_wait_is_a_day_on_average() -> None:
    chance = random.Random(7)
    mean = sum(draw_wait("confirm", "sure", chance) for _ in range(DRAWS)) / DRAWS
    assert mean == pytest.approx(SPREAD.total_seconds(), rel=0.05)


def test_the_region_that_counts_is_the_kabupaten() -> None:
    assert name_region("3173011005001") == "3173"


@pytest.mark.parametrize(("accepted", "wait"), [(24, 1000.0), (25, 4000.0), (90, 4000.0)])
async def test_a_region_that_is_behind_waits_a_quarter(world: World, accepted: int, wait: float) -> None:
    """The nation has half of its results; behind is who has less than half of that."""
    section = await world.read(tps(1))
    for kode, expected, done in (("1101", 100, accepted), ("0", 1000, 500)):
        await world.session.execute(
            text(
                "INSERT INTO tally (pemilihan_id, kode, sums, tps_expected, tps_accepted, tps_photo, tps_disputed,"
                " tps_paper, tps_official, source_one, source_two, source_official)"
                " VALUES (:contest, :kode, '{}', :expected, :done, 0, 0, 0, 0, 0, 0, 0)"
                " ON CONFLICT (pemilihan_id, kode) DO UPDATE SET tps_expected = :expected, tps_accepted = :done"
            ),
            {"contest": world.contest.id, "kode": kode, "expected": expected, "done": done},
        )
    place = (
        f"SELECT {TURN} - extract(epoch FROM now()) FROM tps_section s, (VALUES (4000.0, '1101')) said (wait, region)"  # noqa: S608
    )
    found = await world.session.execute(text(f"{place} WHERE s.id = :id"), {"id": section})
    assert float(found.scalar_one()) == pytest.approx(wait)


async def test_what_was_begun_keeps_its_place_or_gets_a_better_one(world: World) -> None:
    section = await world.read(tps(1), confidence=0.5, sure=False)
    first = (await world.section(section)).turn
    for numbers in (TRUTH, changed(suara_01=128)):
        before = (await world.section(section)).turn
        await world.answer(await world.person(), numbers)
        row = await world.section(section)
        assert row.wanted is not None
        assert row.turn <= before
    await world.session.execute(text("UPDATE tps_section SET turn = 1 WHERE id = :id"), {"id": section})
    await world.answer(await world.person(), changed(suara_01=129))
    assert (await world.section(section)).turn == 1 < first


async def test_the_first_in_the_queue_is_dealt_first(world: World) -> None:
    sections = [await world.read(tps(number)) for number in (1, 2, 3)]
    for turn, section in enumerate((sections[1], sections[2], sections[0])):
        await world.session.execute(
            text("UPDATE tps_section SET turn = :turn WHERE id = :id"), {"turn": turn, "id": section}
        )
    dealt = [await world.deal(await world.person()) for _ in range(3)]
    query = text("SELECT section_id FROM task WHERE id = :id")
    order = [(await world.session.execute(query, {"id": one.id})).scalar_one() for one in dealt if one is not None]
    assert order == [sections[1], sections[2], sections[0]]
