"""Adopt a TPS, take the emptiest ones, give one back. Nothing here commits.

Whoever changes a kelurahan's promises holds two advisory locks until the transaction ends, in this order: the
account's (its limit is counted), the kelurahan's of that day (who is emptiest, and the recount). There is no lock
above the kelurahan: volunteers of different villages never wait for one another.
"""

from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.jaga.day import Day, find_voting_tps
from app.jaga.models import JagaAdoption
from app.wilayah.codes import parse_kode
from app.wilayah.service import resolve

ADOPTED_MAX = 10
"""TPS that one account may hold on one day. A person photographs few; more is a promise that nobody keeps."""

EMPTIEST_MAX = 5
"""TPS that are dealt at once."""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('jaga/' || :name, 0))")
_COUNT_OF_TPS = """
    SELECT t.kode, count(a.id) AS guardians, bool_or(a.account_id = :account) IS TRUE AS mine
    FROM tps t
    LEFT JOIN jaga_adoption a ON a.pemilu_kode = :pemilu AND a.kelurahan = t.kelurahan AND a.tps_kode = t.kode
                             AND a.ended_at IS NULL
    WHERE t.kelurahan = :kelurahan AND t.edisi_akhir IS NULL
    GROUP BY t.kode
"""
_EMPTIEST = text(f"SELECT kode FROM ({_COUNT_OF_TPS}) c WHERE NOT mine ORDER BY guardians, random() LIMIT :count")  # noqa: S608 - our own text
_LIST = text(f"{_COUNT_OF_TPS} ORDER BY t.kode")
_RECOUNT = text(
    """
    INSERT INTO jaga_kelurahan (pemilu_kode, kelurahan, tps_guarded, guardians)
    SELECT CAST(:pemilu AS varchar), CAST(:kelurahan AS varchar), count(DISTINCT a.tps_kode), count(*)
    FROM jaga_adoption a
    JOIN tps t ON t.kode = a.tps_kode AND t.edisi_akhir IS NULL
    JOIN account ON account.id = a.account_id AND account.state = 'active'
    WHERE a.pemilu_kode = CAST(:pemilu AS varchar) AND a.kelurahan = CAST(:kelurahan AS varchar)
      AND a.ended_at IS NULL
    ON CONFLICT (pemilu_kode, kelurahan)
        DO UPDATE SET tps_guarded = excluded.tps_guarded, guardians = excluded.guardians
    """
)


async def adopt_tps(session: AsyncSession, *, day: Day, tps: str, account_id: int) -> str:
    """Promise to photograph a TPS; return its code. Twice is once.

    Raises:
        KodeError, NotFoundError, InvalidInputError: the TPS is not known, or does not vote on this day.
        ConflictError: the account holds as many TPS as it may.
    """
    place = await find_voting_tps(session, day=day, tps=tps)
    held = await _lock(session, day, place.kelurahan, account_id)
    if place.kode in held:
        return place.kode
    _check_room(len(held))
    await _add(session, day, place.kelurahan, [place.kode], account_id)
    return place.kode


async def adopt_emptiest(
    session: AsyncSession, *, day: Day, kelurahan: str, count: int, account_id: int
) -> tuple[str, ...]:
    """Be dealt up to ``count`` TPS of a kelurahan, those with the fewest guardians; at random among equals.

    Raises:
        KodeError, NotFoundError: the kelurahan is not known.
        InvalidInputError: it is no kelurahan, nobody there votes on this day, or ``count`` is out of range.
        ConflictError: the account holds as many TPS as it may, or every one of this kelurahan.
    """
    kode = await find_kelurahan(session, day=day, kelurahan=kelurahan)
    if not 1 <= count <= EMPTIEST_MAX:
        message = f"Jumlah TPS {count} di luar batas. (That number of TPS is out of range.)"
        raise InvalidInputError(message, f"Minta 1 sampai {EMPTIEST_MAX}. (Ask for 1 to {EMPTIEST_MAX}.)")
    held = await _lock(session, day, kode, account_id)
    _check_room(len(held))
    values = {
        "pemilu": day.kode,
        "kelurahan": kode,
        "account": account_id,
        "count": min(count, ADOPTED_MAX - len(held)),
    }
    chosen = tuple((await session.execute(_EMPTIEST, values)).scalars())
    if not chosen:
        message = "Semua TPS di sini sudah Anda jaga. (You guard every TPS here.)"
        raise ConflictError(message, "Pilih kelurahan lain. (Choose another kelurahan.)", code="none_left")
    await _add(session, day, kode, chosen, account_id)
    return chosen


async def give_back(session: AsyncSession, *, day: Day, tps: str, account_id: int) -> None:
    """End the promise to photograph a TPS; the row stays as history.

    Raises:
        KodeError: ``tps`` is no code.
        NotFoundError: the account does not hold it.
    """
    kode = parse_kode(tps).text
    query = select(JagaAdoption).filter_by(pemilu_kode=day.kode, tps_kode=kode, account_id=account_id, ended_at=None)
    row = (await session.scalars(query)).one_or_none()
    if row is not None:
        await _lock(session, day, row.kelurahan, account_id)
        await session.refresh(row)
    if row is None or row.ended_at is not None:
        message = f"TPS {kode} tidak sedang Anda jaga. (You do not guard TPS {kode}.)"
        raise NotFoundError(message, "Lihat daftar jaga Anda. (See your list.)", code="not_adopted")
    row.ended_at = (await session.execute(select(func.now()))).scalar_one()
    await session.flush()
    await recount(session, pemilu=day.kode, kelurahan=row.kelurahan)


async def list_guarded_tps(
    session: AsyncSession, *, day: Day, kelurahan: str, account_id: int | None
) -> tuple[tuple[str, int, bool], ...]:
    """Return (code, number of guardians, whether the account is one) of a kelurahan's TPS, by number."""
    values = {"pemilu": day.kode, "kelurahan": kelurahan, "account": account_id}
    return tuple((row.kode, row.guardians, row.mine) for row in await session.execute(_LIST, values))


async def recount(session: AsyncSession, *, pemilu: str, kelurahan: str) -> None:
    """Count a kelurahan's promises anew, from the promises themselves; never by adding one."""
    await session.execute(_RECOUNT, {"pemilu": pemilu, "kelurahan": kelurahan})


async def find_kelurahan(session: AsyncSession, *, day: Day, kelurahan: str) -> str:
    """Return the code of a kelurahan that votes on this day.

    Raises:
        KodeError, NotFoundError: it is not known.
        InvalidInputError: it is no kelurahan, no longer one, or nobody there votes on this day.
    """
    region = await resolve(session, kode=kelurahan)
    if region.tingkat != "kelurahan" or not region.current or not day.touches(region.kode):
        message = f"{region.kode} bukan kelurahan yang memilih dalam {day.nama}. (No kelurahan that votes then.)"
        remedy = "Pilih kelurahan dari daftar. (Choose a kelurahan from the list.)"
        raise InvalidInputError(message, remedy, code="no_kelurahan")
    return region.kode


async def _lock(session: AsyncSession, day: Day, kelurahan: str, account_id: int) -> frozenset[str]:
    """Hold off whoever changes the same account's or kelurahan's promises; return the account's TPS of this day."""
    await session.execute(_LOCK, {"name": f"account/{account_id}"})
    await session.execute(_LOCK, {"name": f"{day.kode}/{kelurahan}"})
    query = select(JagaAdoption.tps_kode).filter_by(pemilu_kode=day.kode, account_id=account_id, ended_at=None)
    return frozenset(await session.scalars(query))


def _check_room(held: int) -> None:
    if held >= ADOPTED_MAX:
        raise ConflictError(
            f"Anda sudah menjaga {held} TPS. (You guard {held} TPS already.)",
            f"Paling banyak {ADOPTED_MAX}; kembalikan satu dahulu. (At most {ADOPTED_MAX}; give one back first.)",
            code="enough_adopted",
        )


async def _add(session: AsyncSession, day: Day, kelurahan: str, tps: Sequence[str], account_id: int) -> None:
    rows = [
        {"pemilu_kode": day.kode, "tps_kode": kode, "kelurahan": kelurahan, "account_id": account_id} for kode in tps
    ]
    await session.execute(insert(JagaAdoption).on_conflict_do_nothing(), rows)
    await recount(session, pemilu=day.kode, kelurahan=kelurahan)
