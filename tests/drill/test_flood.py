"""The flood in small, and that its checks see what they are there for."""

from dataclasses import replace
from pathlib import Path

import pytest

from workers.drill.flood.checks import Findings, judge
from workers.drill.flood.pictures import make_picture
from workers.drill.flood.plan import Size, name_places, plan_sendings
from workers.drill.flood.run import flood_on

pytestmark = [pytest.mark.slow(25), pytest.mark.timeout(240)]

SMALL = Size(copies=26, pictures=3, genuine=10, others=4, seed=5)


def test_the_same_seed_sends_the_same_pictures_and_everything_is_sent() -> None:
    planned = plan_sendings(SMALL)
    assert planned == plan_sendings(SMALL)
    assert len(planned) == 40
    assert len({one.picture for one in planned if one.kind == "copy"}) == 3
    copies = [one for one in planned if one.kind == "copy" and one.picture == 0][:2]
    pictures = [make_picture(SMALL, one) for one in copies]
    assert pictures[0] != pictures[1]
    assert pictures[0] == make_picture(SMALL, copies[0])
    assert len(list(name_places(SMALL))) == 5


async def test_a_flood_costs_one_look_a_picture_and_no_genuine_form(database: str, tmp_path: Path) -> None:
    outcome = await flood_on(database, tmp_path, SMALL, lambda *_: None)
    assert outcome.wrong == []
    assert outcome.found is not None
    assert 1 <= outcome.found.items["clusters"] <= 3
    assert outcome.found.states["genuine: read"] + outcome.found.unreadable == 10
    assert sum(outcome.found.states.values()) == 40


async def test_where_copies_are_not_looked_for_the_drill_fails(database: str, tmp_path: Path) -> None:
    size = Size(copies=20, pictures=2, genuine=2, others=0, seed=5, find_copies=False)
    outcome = await flood_on(database, tmp_path, size, lambda *_: None)
    assert len(outcome.wrong) == 1
    assert "stand as photographs" in outcome.wrong[0]


def test_every_bound_can_be_broken() -> None:
    size = Size(10_000, 50, 3_000, 2_000, 1)
    fine = Findings(items={"clusters": 60}, states={}, lost=3, unreadable=9, counted=500, left=0)
    assert judge(fine, size) == []
    for broken in (
        replace(fine, items={"clusters": 50, "cases": 11}),
        replace(fine, lost=4),
        replace(fine, counted=501),
        replace(fine, left=1),
    ):
        assert len(judge(broken, size)) == 1
