"""The range around shares: against a simulation, and where it has nothing to say."""

import dataclasses
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.tally import service as tally
from app.tally.poststratify import Stratum, estimate_shares
from app.tally.ranges import get_range, measure_ranges


def make_stratum(votes: "np.ndarray[tuple[int, int], np.dtype[np.int64]]", expected: int) -> Stratum:
    """``votes``: one line a covered TPS."""
    totals = votes.sum(axis=1)
    return Stratum(
        expected=expected,
        covered=len(votes),
        votes=tuple(votes.sum(axis=0).tolist()),
        squares=tuple((votes**2).sum(axis=0).tolist()),
        products=tuple((votes * totals[:, None]).sum(axis=0).tolist()),
        total_squares=int((totals**2).sum()),
    )


def test_with_everything_covered_there_is_no_range_left() -> None:
    votes = np.array([[10, 30], [20, 20], [0, 40]])
    first, second = estimate_shares([make_stratum(votes, 3)]) or ()
    assert (first.low, first.share, first.high) == (0.25, 0.25, 0.25)
    assert second.share == pytest.approx(0.75)


def test_a_kabupaten_counts_by_its_tps_not_by_what_is_covered_of_it() -> None:
    strata = [make_stratum(np.array([[100, 0]] * 2), 100), make_stratum(np.array([[0, 100]] * 50), 100)]
    first, _ = estimate_shares(strata) or ()
    assert first.share == pytest.approx(0.5)


def test_the_range_holds_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(7)
    kinds = [(300, 0.3), (500, 0.5), (120, 0.8)]
    held = 0
    for _ in range(300):
        nation, strata = [], []
        for size, lean in kinds:
            turnout = random.integers(100, 300, size)
            ours = random.binomial(turnout, np.clip(random.normal(lean, 0.1, size), 0, 1))
            votes = np.column_stack([ours, turnout - ours])
            nation.append(votes)
            strata.append(make_stratum(votes[random.permutation(size)[:30]], size))
        everything = np.vstack(nation)
        truth = everything[:, 0].sum() / everything.sum()
        first, _ = estimate_shares(strata) or ()
        held += first.low <= truth <= first.high
    assert 270 <= held <= 297  # 95 of 100, give or take what 300 tries leave open


@pytest.mark.parametrize(
    "strata",
    [
        [],
        [make_stratum(np.array([[5, 5], [3, 4]]), 10), make_stratum(np.zeros((0, 2), np.int64), 4)],
        [make_stratum(np.array([[5, 5]]), 10)],
        [make_stratum(np.zeros((3, 2), np.int64), 10)],
    ],
)
def test_it_says_nothing_where_a_kabupaten_is_missing_or_too_little_is_covered(strata: list[Stratum]) -> None:
    assert estimate_shares(strata) is None


def test_thin_kabupaten_are_put_together() -> None:
    thin = [make_stratum(np.array([[5, 5]]), 10), make_stratum(np.array([[9, 1]]), 10)]
    first, _ = estimate_shares(thin) or ()
    assert first.share == pytest.approx(0.7)
    assert first.low < 0.7 < first.high


async def test_ranges_are_kept_for_contests_that_ask_for_them_and_never_while_numbers_are_held(
    session: AsyncSession, ppwp: Contest
) -> None:
    places = {"1101012001001": 30, "1101012001002": 50, "1101012002001": 40, "1102042001001": 10, "3173011005001": 20}
    places |= {"1102042001002": 20, "3173011005002": 20, "9901010001001": 5, "9901010001002": 5, "9901010002026": 5}
    for place, votes in places.items():
        numbers = {"suara_01": votes, "suara_02": 100 - votes, "suara_03": 0}
        await tally.set_result(
            session,
            contest=ppwp,
            tps_kode=place,
            numbers=numbers,
            state="accepted",
            source_class="one_uploader",
        )
    await tally.rebuild(session, contest=ppwp)
    assert await measure_ranges(session, contest=ppwp) == 0
    asking = dataclasses.replace(ppwp, poststratified_range=True)
    assert await measure_ranges(session, contest=asking) == 4  # the nation, two provinces, abroad
    aceh = await get_range(session, contest=asking, kode="11")
    assert aceh is not None
    # Seven TPS of 1101 with 40 of 100 votes, two of 1102 with 15: weighed by TPS, not by what is covered.
    assert aceh.choices[0].share == pytest.approx((7 * 0.4 + 2 * 0.15) / 9)
    assert aceh.choices[0].low < aceh.choices[0].share < aceh.choices[0].high
    assert await get_range(session, contest=ppwp, kode="11") is None
    held = dataclasses.replace(asking, publish_not_before=datetime.now(UTC) + timedelta(hours=1))
    assert await get_range(session, contest=held, kode="11") is None
    assert await measure_ranges(session, contest=held) == 0
    assert await get_range(session, contest=asking, kode="11") is None
