"""Official votes of TPS with and without an accepted result: per region, once per change, and never mixed up."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.official.coverage_bias import find_due_bias, measure_bias
from app.official.service import import_publication
from app.pemilu.definition import Contest
from app.tally.bias import get_bias
from app.tally.service import clear_result, rebuild, roll_up, set_result
from tests.official.factory import make_document, make_tar
from tests.official.places import TPS, prepare_contest

VOTES = {TPS[0]: (10, 20, 30), TPS[1]: (40, 0, 0), TPS[2]: (1, 2, 3), TPS[4]: (5, 5, 0)}


async def lay_official(session: AsyncSession, **more: Any) -> Contest:
    contest = await prepare_contest(session)
    files = {f"{kode}.json": make_document(votes) for kode, votes in VOTES.items()} | more
    await import_publication(session, contest=contest, source=make_tar(files))
    await rebuild(session, contest=contest)
    return contest


async def accept(session: AsyncSession, contest: Contest, tps_kode: str) -> None:
    numbers = dict.fromkeys(("suara_01", "suara_02", "suara_03"), 7)
    await set_result(
        session, contest=contest, tps_kode=tps_kode, numbers=numbers, state="accepted", source_class="one_uploader"
    )
    await roll_up(session)


async def test_both_groups_are_summed_in_every_region_from_kecamatan_up(session: AsyncSession) -> None:
    unread = {f"{TPS[3]}.json": make_document((None, 4, 4))}  # a choice is missing: it belongs to neither group
    contest = await lay_official(session, **unread)
    await accept(session, contest, TPS[0])
    await accept(session, contest, TPS[3])
    await measure_bias(session, contest=contest)
    seen = {}
    for kode in ("110101", "110102", "1101", "34", "0"):
        bias = await get_bias(session, contest=contest, kode=kode)
        assert bias is not None
        seen[kode] = (bias.covered.tps, bias.covered.votes, bias.uncovered.tps, bias.uncovered.votes)
    nothing = (0, (0, 0, 0))
    assert seen == {
        "110101": (1, (10, 20, 30), 1, (40, 0, 0)),
        "110102": (*nothing, 1, (1, 2, 3)),
        "1101": (1, (10, 20, 30), 2, (41, 2, 3)),
        "34": (*nothing, 1, (5, 5, 0)),
        "0": (1, (10, 20, 30), 3, (46, 7, 3)),
    }
    kecamatan = await get_bias(session, contest=contest, kode="110101")
    assert kecamatan is not None
    assert kecamatan.difference(0) == pytest.approx(1 / 6 - 1)
    without = await get_bias(session, contest=contest, kode="34")
    assert without is not None
    assert (without.is_telling, without.difference(0)) == (False, None)


async def test_it_is_measured_again_only_when_something_changed(session: AsyncSession) -> None:
    contest = await lay_official(session)
    assert await find_due_bias(session) == contest.id
    await measure_bias(session, contest=contest)
    later = text("UPDATE tally_bias SET computed_at = now() - interval '11 minutes'")
    await session.execute(later)
    assert await find_due_bias(session) is None
    await accept(session, contest, TPS[0])
    assert await find_due_bias(session) == contest.id
    await measure_bias(session, contest=contest)
    assert await find_due_bias(session) is None
    await session.execute(later)
    await clear_result(session, contest=contest, tps_kode=TPS[0])
    await roll_up(session)
    await measure_bias(session, contest=contest)
    bias = await get_bias(session, contest=contest, kode="0")
    assert bias is not None
    assert bias.covered.tps == 0
