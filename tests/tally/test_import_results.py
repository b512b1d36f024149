import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, InvalidInputError
from app.pemilu.definition import Contest
from app.tally.import_results import CountedTps, import_results
from app.tally.service import get_tally, roll_up, set_result


def _count(contest: Contest, kode: str, votes: int) -> CountedTps:
    return CountedTps(kode, tuple(votes if field == "suara_01" else None for field in contest.fields), complete=True)


async def test_an_imported_collection_is_added_up(session: AsyncSession, ppwp: Contest) -> None:
    counted = [_count(ppwp, "1101012001001", 11), _count(ppwp, "1101012001002", 31)]
    assert await import_results(session, contest=ppwp, counted=counted, name="others") == 2
    await roll_up(session)
    tally = await get_tally(session, contest=ppwp, kode="1101012001")
    assert (tally.sums["suara_01"], tally.tps_accepted, tally.source_one) == (42, 2, 2)


async def test_an_imported_collection_overwrites_no_decision(session: AsyncSession, ppwp: Contest) -> None:
    kode = "1101012001001"
    await set_result(
        session, contest=ppwp, tps_kode=kode, numbers={"suara_01": 7}, state="accepted", source_class="two_uploaders"
    )
    with pytest.raises(ConflictError, match=kode):
        await import_results(session, contest=ppwp, counted=[_count(ppwp, kode, 8)], name="others")


@pytest.mark.parametrize(
    ("kode", "votes", "times"), [("1101012001999", 1, 1), ("1101012001001", -1, 1), ("1101012001001", 1, 2)]
)
async def test_a_collection_that_does_not_fit_is_refused(
    session: AsyncSession, ppwp: Contest, kode: str, votes: int, times: int
) -> None:
    with pytest.raises(InvalidInputError, match=kode):
        await import_results(session, contest=ppwp, counted=[_count(ppwp, kode, votes)] * times, name="others")
