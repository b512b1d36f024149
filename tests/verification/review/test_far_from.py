"""What is far: the pure look, and the cases it opens and settles in a real database."""

from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.pemilu.definition import Contest
from app.tally.service import TpsResult, set_results
from app.verification.review.check_results import _Known, _look, check_results
from app.verification.review.far_from import NEIGHBOURS_MIN, Far, far_from, tail
from app.verification.review.flags import list_flags
from tests.verification.review.desk import cases, events
from tests.verification.world import World, tps

VILLAGE = [{"a": 120 + 3 * shift, "b": 70 - 2 * shift, "c": 20 + shift} for shift in (-5, -3, -2, 0, 0, 1, 2, 4)]
USUAL = {"a": 118, "b": 72, "c": 19}
SWAPPED = {"a": 19, "b": 72, "c": 118}


@pytest.mark.parametrize(
    ("votes", "official", "dpt", "near", "why", "fields"),
    [
        (USUAL, {}, None, [], None, ()),
        (USUAL, {"a": 118, "b": None}, 300, VILLAGE, None, ()),
        (USUAL, {"a": 118, "b": 71, "c": 19}, 300, VILLAGE, "official_differs", ("b",)),
        (USUAL, {}, 203, VILLAGE, "above_dpt", ("a", "b", "c")),
        (USUAL, {}, 204, VILLAGE, None, ()),  # 209 votes of 204 voters and two per cent: just what it gets
        (SWAPPED, {}, 300, VILLAGE, "unlike_neighbours", ("a",)),
        (SWAPPED, {}, 300, VILLAGE[: NEIGHBOURS_MIN - 1], None, ()),
        ({"a": 1, "b": 2, "c": 20}, {}, 300, VILLAGE, None, ()),  # 23 voters
    ],
)
def test_what_is_far(  # noqa: PLR0917 - one line a case
    votes: Mapping[str, int],
    official: Mapping[str, int | None],
    dpt: int | None,
    near: list[dict[str, int]],
    why: str | None,
    fields: tuple[str, ...],
) -> None:
    found = far_from(votes, official, dpt, near)
    assert (None if found is None else found.why) == why
    assert found is None or found.fields == fields


def test_one_odd_neighbour_hides_nothing_and_makes_nobody_odd() -> None:
    near = [*VILLAGE, SWAPPED]
    assert far_from(USUAL, {}, None, near) is None
    assert isinstance(far_from(SWAPPED, {}, None, near), Far)


@given(st.integers(1, 400), st.floats(0.01, 0.99), st.floats(0.01, 0.5))
def test_the_tail_is_a_probability_and_falls_outwards(total: int, share: float, spread: float) -> None:
    middle = round(total * share)
    outwards = [tail(count, total, share, spread) for count in range(middle, total + 1, max(1, total // 7))]
    assert all(0.0 <= one <= 1.0 for one in outwards)
    assert all(one >= other - 1e-9 for one, other in pairwise(outwards[1:]))


async def set_votes(world: World, place: str, votes: tuple[int, int, int], source: str = "one_uploader") -> None:
    contest: Contest = world.contest
    numbers = dict(zip((one.field for one in contest.choices), votes, strict=True))
    result = TpsResult(place, 1, numbers, "accepted", source, ())
    await set_results(world.session, contest=contest, results=[result])
    section = text(
        """INSERT INTO tps_section (pemilihan_id, tps_kode, section, state) VALUES (:contest, :tps, 'suara', 'accepted')
           ON CONFLICT DO NOTHING"""
    )
    await world.session.execute(section, {"contest": contest.id, "tps": place})


async def test_an_odd_result_of_one_source_goes_to_a_reviewer_and_settles_itself(world: World) -> None:
    for number in range(1, 9):
        votes = (120 + number % 3, 70 - number % 4, 20 + number % 2)
        await set_votes(world, tps(number), votes)
        assert not await check_results(world.session, contest=world.contest, tps_kodes=[tps(number)])
    await set_votes(world, tps(9), (20, 70, 118))
    for _ in range(2):
        assert await check_results(world.session, contest=world.contest, tps_kodes=[tps(9)]) == 1
    (case,) = await cases(world)
    assert (case.kind, case.reason, case.state) == ("far_from_neighbours", "unlike_neighbours", "open")
    assert (await events(world, case.id)) == ["opened"]
    (flag,) = await list_flags(world.session, pemilihan_id=world.contest.id, tps_kode=tps(9))
    assert "jauh dari TPS lain" in flag.id
    assert not await list_flags(world.session, pemilihan_id=world.contest.id, tps_kode=tps(1))
    kept = text("SELECT numbers FROM result WHERE tps_kode = :tps")
    votes_there = (await world.session.execute(kept, {"tps": tps(9)})).scalar_one()
    assert [one for one in votes_there if one is not None] == [20, 70, 118], "no number changes by this"
    await set_votes(world, tps(9), (20, 70, 118), "two_uploaders")
    assert await check_results(world.session, contest=world.contest, tps_kodes=[tps(9)]) == 0
    assert not await cases(world)
    assert (await events(world, case.id)) == ["opened", "settled"]


async def test_the_first_of_a_village_is_looked_at_when_its_neighbours_have_come(world: World) -> None:
    await set_votes(world, tps(1), (20, 70, 118))
    assert not await check_results(world.session, contest=world.contest, tps_kodes=[tps(1)])
    for number in range(2, 7):
        await set_votes(world, tps(number), (120 + number, 70 - number, 20))
        await check_results(world.session, contest=world.contest, tps_kodes=[tps(number)])
    (case,) = await cases(world)
    place = text("SELECT s.tps_kode FROM review_case c JOIN tps_section s ON s.id = c.section_id WHERE c.id = :id")
    assert (await world.session.execute(place, {"id": case.id})).scalar_one() == tps(1)


async def test_official_figures_that_differ_and_then_do_not(world: World) -> None:
    await set_votes(world, tps(1), (120, 70, 20))
    await publish(world, tps(1), (120, 71, 20))
    assert await check_results(world.session, contest=world.contest, tps_kodes=[tps(1)]) == 1
    (case,) = await cases(world)
    assert (case.kind, case.reason) == ("far_from_official", "official_differs")
    await publish(world, tps(1), (120, 70, 20))
    assert await check_results(world.session, contest=world.contest, tps_kodes=[tps(1)]) == 0
    assert not await cases(world)


async def publish(world: World, place: str, votes: tuple[int, int, int]) -> None:
    """Make these the authority's latest votes for a TPS."""
    said = dict(zip((one.field for one in world.contest.choices), votes, strict=True))
    row = text(
        """WITH snapshot AS (
             INSERT INTO official_snapshot (pemilihan_id, kind, name, sha256, tps_count, changed_count, notes)
             VALUES (:contest, 'test', 'test', md5(random()::text), 1, 1, '{}') RETURNING id),
           row AS (
             INSERT INTO official_row (snapshot_id, pemilihan_id, tps_kode, numbers, extra)
             SELECT id, :contest, :tps, :numbers, '{}' FROM snapshot RETURNING id)
           INSERT INTO official_current (pemilihan_id, tps_kode, row_id) SELECT :contest, :tps, id FROM row
           ON CONFLICT (pemilihan_id, tps_kode) DO UPDATE SET row_id = excluded.row_id"""
    )
    numbers = [said.get(field) for field in world.contest.fields]
    await world.session.execute(row, {"contest": world.contest.id, "tps": place, "numbers": numbers})


def test_where_noken_is_used_nobody_is_compared_with_his_neighbours() -> None:
    def known(number: int, province: str, votes: dict[str, int]) -> _Known:
        kode = f"{province}71031004{number:03d}"
        return _Known(kode, kode[:10], 1, votes, None, one_source=True)

    for province, why in (("31", "unlike_neighbours"), ("94", None)):
        village = [known(number, province, {"suara_01": 0, "suara_02": 250}) for number in range(2, 10)]
        odd = known(1, province, {"suara_01": 250, "suara_02": 0})
        far = _look(odd, [odd, *village], {})
        assert (far and far.why) == why
