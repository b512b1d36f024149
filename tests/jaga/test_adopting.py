"""Adopted TPS: who is dealt what, limits, counts that always equal the promises, whoever adopts at once."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Account
from app.core.config import PROJECT
from app.core.database import Sessions
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.jaga.adopting import ADOPTED_MAX, adopt_emptiest, adopt_tps, give_back, list_guarded_tps
from app.jaga.coverage import get_coverage
from app.jaga.day import Day, get_day
from app.pemilu.service import SHIPPED, import_pemilu
from app.wilayah.service import import_wilayah
from tests.wilayah.editions import LINES

ACEH = "1101012001"  # 3 TPS
KAPUK = "3173011005"  # 4 TPS


async def set_up(session: AsyncSession, people: int = 3) -> tuple[Day, list[int]]:
    await import_wilayah(session, lines=LINES, name="test")
    await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=PROJECT / "ocr" / "layouts")
    rows = [Account(name=f"penjaga-{n}", display_name="", password_hash="-", role="volunteer") for n in range(people)]
    session.add_all(rows)
    await session.flush()
    return await get_day(session, pemilu="pemilu-2024"), [row.id for row in rows]


async def guards(session: AsyncSession, day: Day, kelurahan: str) -> list[int]:
    listed = await list_guarded_tps(session, day=day, kelurahan=kelurahan, account_id=None)
    return [guardians for _, guardians, _ in listed]


async def test_the_emptiest_are_dealt_first_and_never_one_twice(session: AsyncSession) -> None:
    day, (one, two, three) = await set_up(session)
    dealt = await adopt_emptiest(session, day=day, kelurahan=KAPUK, count=2, account_id=one)
    again = await adopt_emptiest(session, day=day, kelurahan=KAPUK, count=2, account_id=two)
    assert sorted({*dealt, *again}) == [f"{KAPUK}00{n}" for n in (1, 2, 3, 4)]
    rest = await adopt_emptiest(session, day=day, kelurahan=KAPUK, count=5, account_id=one)
    assert sorted(rest) == sorted(again)
    with pytest.raises(ConflictError, match="Semua TPS"):
        await adopt_emptiest(session, day=day, kelurahan=KAPUK, count=1, account_id=one)
    await adopt_tps(session, day=day, tps=f"{KAPUK}003", account_id=three)
    assert sum(await guards(session, day, KAPUK)) == 7


async def test_twice_is_once_and_giving_back_makes_it_empty_again(session: AsyncSession) -> None:
    day, (one, two, _) = await set_up(session)
    tps = f"{ACEH}002"
    for _time in range(2):
        assert await adopt_tps(session, day=day, tps=tps, account_id=one) == tps
    assert await guards(session, day, ACEH) == [0, 1, 0]
    with pytest.raises(NotFoundError, match="tidak sedang"):
        await give_back(session, day=day, tps=tps, account_id=two)
    await give_back(session, day=day, tps=tps, account_id=one)
    assert await guards(session, day, ACEH) == [0, 0, 0]
    assert (await get_coverage(session, day=day, kode=ACEH)).region.guardians == 0
    with pytest.raises(NotFoundError):
        await give_back(session, day=day, tps=tps, account_id=one)
    await adopt_tps(session, day=day, tps=tps, account_id=one)
    assert await guards(session, day, ACEH) == [0, 1, 0]


async def test_a_region_is_the_sum_of_what_lies_in_it_and_the_emptiest_comes_first(session: AsyncSession) -> None:
    day, (one, two, _) = await set_up(session)
    for account, tps in ((one, f"{ACEH}001"), (two, f"{ACEH}001"), (one, f"{KAPUK}001"), (one, f"{KAPUK}002")):
        await adopt_tps(session, day=day, tps=tps, account_id=account)
    nation = await get_coverage(session, day=day, kode="0")
    assert (nation.region.tps, nation.region.tps_guarded, nation.region.guardians) == (16, 3, 4)
    assert [(cover.kode, cover.tps_guarded, cover.guardians) for cover in nation.below] == [
        ("99", 0, 0),
        ("11", 1, 2),
        ("31", 2, 2),
    ]
    aceh = await get_coverage(session, day=day, kode="11")
    assert [(cover.kode, cover.tps_guarded) for cover in aceh.below] == [("1102", 0), ("1101", 1)]
    kelurahan = await get_coverage(session, day=day, kode=KAPUK)
    assert (kelurahan.region.tps_guarded, kelurahan.below) == (2, ())


async def test_an_account_holds_so_many_and_no_more(session: AsyncSession) -> None:
    day, (one, *_) = await set_up(session)
    every = "SELECT kode FROM tps ORDER BY kode"
    kodes = list((await session.execute(text(every))).scalars())
    for tps in kodes[:ADOPTED_MAX]:
        await adopt_tps(session, day=day, tps=tps, account_id=one)
    with pytest.raises(ConflictError, match=str(ADOPTED_MAX)):
        await adopt_tps(session, day=day, tps=kodes[ADOPTED_MAX], account_id=one)
    await give_back(session, day=day, tps=kodes[0], account_id=one)
    assert len(await adopt_emptiest(session, day=day, kelurahan=KAPUK, count=5, account_id=one)) == 1


@pytest.mark.parametrize("pemilu", ["pemilu-2099", "", "a\0b"])
async def test_an_unknown_election_is_refused_with_those_known(session: AsyncSession, pemilu: str) -> None:
    await set_up(session)
    with pytest.raises(NotFoundError, match="pemilu-2024"):
        await get_day(session, pemilu=pemilu)


@pytest.mark.parametrize("tps", ["1101012001999", "11", "abc", "1101012001000"])
async def test_what_is_no_tps_is_refused(session: AsyncSession, tps: str) -> None:
    day, (one, *_) = await set_up(session)
    with pytest.raises((NotFoundError, InvalidInputError)):
        await adopt_tps(session, day=day, tps=tps, account_id=one)
    with pytest.raises((NotFoundError, InvalidInputError)):
        await adopt_emptiest(session, day=day, kelurahan=tps, count=1, account_id=one)


async def test_whoever_adopts_at_once_the_counts_are_right_and_limits_hold(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        day, people = await set_up(session, people=8)

    async def take(account: int, kelurahan: str) -> None:
        try:
            async with sessions.begin() as session:
                await adopt_emptiest(session, day=day, kelurahan=kelurahan, count=4, account_id=account)
        except ConflictError:
            pass

    # One of them asks for far more than an account may hold.
    await asyncio.gather(
        *(take(account, KAPUK) for account in people),
        *(take(people[0], kelurahan) for kelurahan in (ACEH, "1101012002", "1102042001", "9901010001", KAPUK)),
    )
    async with sessions.begin() as session:
        assert await guards(session, day, KAPUK) == [8, 8, 8, 8]
        held = "SELECT max(n) FROM (SELECT count(*) AS n FROM jaga_adoption GROUP BY account_id) x"
        assert (await session.execute(text(held))).scalar_one() <= ADOPTED_MAX
        wrong = """
            SELECT count(*) FROM jaga_kelurahan k, LATERAL (
              SELECT count(*) AS guardians, count(DISTINCT tps_kode) AS guarded
              FROM jaga_adoption a WHERE a.kelurahan = k.kelurahan) a
            WHERE (k.guardians, k.tps_guarded) <> (a.guardians, a.guarded)"""
        assert (await session.execute(text(wrong))).scalar_one() == 0
