"""What the drill kills, and what it prepares: the same for the same seed, and every kind often enough."""

from collections import Counter

import pytest

from workers.drill.kill.killer import SHARES, plan_kills
from workers.drill.kill.plan import PAGES, Plan, Size


def test_the_same_seed_kills_the_same_things_at_the_same_points() -> None:
    assert plan_kills(40, 7) == plan_kills(40, 7)
    assert plan_kills(40, 7) != plan_kills(40, 8)


@pytest.mark.parametrize("count", [7, 8, 40, 200])
def test_every_kind_is_killed(count: int) -> None:
    kinds = Counter(kill.kind for kill in plan_kills(count, 1))
    assert kinds.total() == count
    assert kinds.keys() == SHARES.keys()
    assert count < 40 or min(kinds.values()) >= 3


def test_kills_are_spread_over_the_work() -> None:
    moments = [kill.after for kill in plan_kills(200, 3)]
    assert moments == sorted(moments)
    assert moments[0] < 0.1
    assert moments[-1] > 0.85


def test_papers_close_and_lie_in_two_provinces() -> None:
    papers = Plan(Size(kills=40, uploads=1000, readings=5000, seed=1)).papers
    assert {paper.tps_kode[:2] for paper in papers} == {"11", "34"}
    assert len({paper.tps_kode for paper in papers}) == len(papers)
    for paper in papers:
        votes = sum(paper.numbers[name] for name in PAGES[2])
        assert paper.numbers["suara_sah"] == votes
        assert paper.numbers["suara_total"] == votes + paper.numbers["suara_tidak_sah"]
