"""The storm in small: a kelurahan, and a thousand results; and that its checks see what they are there for."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.core.database import Sessions
from app.pemilu.service import get_contest
from workers.drill.storm.checks import add_up, check_decisions, check_sums
from workers.drill.storm.ground import CONTEST, Ground, invent_places
from workers.drill.storm.run import Outcome, Size, storm_on

pytestmark = [pytest.mark.slow(20), pytest.mark.timeout(240)]

# Where the rule has a reader left who counts: machine and one person agree everywhere on this ground.
_RESTING_ON_SOMEBODY = text(
    """SELECT count(*) FROM tps_section s
       WHERE EXISTS (SELECT FROM reading r WHERE r.section_id = s.id AND r.account_id IS NOT NULL
                     AND NOT EXISTS (SELECT FROM reading_withdrawal w WHERE w.reading_id = r.id))
         AND NOT EXISTS (SELECT FROM result revote WHERE revote.tps_kode = s.tps_kode AND revote.round > s.round)"""
)
_ENDED = text("SELECT state, count(*) FROM decision WHERE state <> 'current' GROUP BY state ORDER BY state")
NUMBERS = st.lists(st.one_of(st.none(), st.integers(0, 900)), min_size=3, max_size=3)


async def test_a_kelurahan_in_a_storm_and_checks_that_can_fail(
    database: str, sessions: Sessions, tmp_path: Path
) -> None:
    outcome = await storm_on(database, tmp_path, Size(60, 1, tps_each=60, workers=1, answers_min=8), print)
    expect_nothing_wrong(outcome)
    assert outcome.tally.corrected == 180
    async with sessions.begin() as session:
        ground = Ground(await get_contest(session, kode=CONTEST), 0, 0, 0, ())
        assert list(await check_sums(session, ground.contest)) == []
        await session.execute(text("UPDATE tally SET sums[1] = sums[1] + 1 WHERE kode = '11'"))
        (wrong,) = await check_sums(session, ground.contest)
        assert wrong.startswith("11: ")
        await session.execute(text("UPDATE result SET numbers[1] = coalesce(numbers[1], 0) + 1 WHERE current"))
        assert len(list(await check_decisions(session, ground))) == 5, "the first five of sixty"


async def test_a_thousand_results_in_a_storm(database: str, sessions: Sessions, tmp_path: Path) -> None:
    outcome = await storm_on(database, tmp_path, Size(1000, 2, rounds=2, batch=10, calm_sample=500), print)
    expect_nothing_wrong(outcome)
    assert outcome.tally.corrected == 2000
    assert outcome.tally.withdrawn_sections == 1050
    assert outcome.accepted["corrected"] == 1000
    async with sessions.begin() as session:
        ended = [tuple(row) for row in await session.execute(_ENDED)]
        resting = (await session.execute(_RESTING_ON_SOMEBODY)).scalar_one()
    # Three fifths had no other reader; two fifths, and among them the twentieth once more, went on with the others.
    assert ended == [("superseded", 450), ("withdrawn", 600)]
    assert outcome.accepted["withdrawn"] == resting, "how many people have read again by then is up to the machine"


def expect_nothing_wrong(outcome: Outcome) -> None:
    assert outcome.wrong == []
    assert outcome.tally.answered > 0
    assert outcome.tally.revotes == 5
    assert outcome.staleness["corrected"] < 60


@given(st.lists(NUMBERS, min_size=1, max_size=30))
def test_adding_up_by_code_is_adding_up_by_hand(numbers: list[list[int | None]]) -> None:
    lines = list(invent_places(len(numbers), 2))
    kelurahan = [line.split(",")[0] for line in lines if ",kelurahan," in line]
    kodes = [f"{kelurahan[place // 2]}{place % 2 + 1:03}" for place in range(len(numbers))]
    sums = add_up(kodes, numbers)
    for region, total in sums.items():
        inside = [own for kode, own in zip(kodes, numbers, strict=True) if region == "0" or kode.startswith(region)]
        assert total == [sum(one[place] or 0 for one in inside) for place in range(3)]
