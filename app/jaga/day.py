"""Election days, and which TPS vote on them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import InvalidInputError, NotFoundError
from app.pemilu.models import Pemilu
from app.pemilu.places import ContestPlace, list_contest_places
from app.wilayah.service import TpsPlace, get_tps


@dataclass(frozen=True)
class Day:
    """An election day with its contests."""

    kode: str
    nama: str
    tanggal: date
    contests: tuple[ContestPlace, ...]

    def touches(self, region: str) -> bool:
        """Tell whether anybody of a region votes on this day."""
        return any(contest.touches(region) for contest in self.contests)

    def contests_of(self, tps_kode: str) -> tuple[ContestPlace, ...]:
        """Return the contests in which a TPS votes on this day."""
        return tuple(contest for contest in self.contests if contest.votes(tps_kode))


async def list_days(session: AsyncSession) -> tuple[Day, ...]:
    """Return the election days, the latest first."""
    contests = await list_contest_places(session)
    rows = await session.scalars(select(Pemilu).order_by(Pemilu.tanggal.desc(), Pemilu.kode))
    return tuple(
        Day(row.kode, row.nama, row.tanggal, tuple(one for one in contests if one.pemilu == row.kode)) for row in rows
    )


async def get_day(session: AsyncSession, *, pemilu: str) -> Day:
    """Return one election day.

    Raises:
        NotFoundError: there is none of this code.
    """
    row = None
    if pemilu.isprintable():  # PostgreSQL takes no NUL in a text
        row = await session.get(Pemilu, pemilu)
    if row is not None:
        return Day(row.kode, row.nama, row.tanggal, await list_contest_places(session, pemilu=row.kode))
    known = ", ".join(await session.scalars(select(Pemilu.kode).order_by(Pemilu.kode))) or "–"
    message = f"Pemilu {pemilu[:40]!r} tidak dikenal. (The election {pemilu[:40]} is not known.)"
    raise NotFoundError(message, f"Yang dikenal: {known}. (Known: {known}.)", code="unknown_pemilu")


async def find_voting_tps(session: AsyncSession, *, day: Day, tps: str) -> TpsPlace:
    """Return a TPS that exists today and votes on this day.

    Raises:
        KodeError: ``tps`` is no code.
        NotFoundError: it is no TPS's.
        InvalidInputError: the TPS was ended by a later edition, or does not vote on this day.
    """
    place = await get_tps(session, kode=tps)
    if not place.current:
        message = f"TPS {place.kode} tidak ada lagi. (TPS {place.kode} exists no longer.)"
        raise InvalidInputError(message, "Pilih TPS dari daftar. (Choose one from the list.)", code="ended_tps")
    if not day.contests_of(place.kode):
        message = f"TPS {place.kode} tidak memilih dalam {day.nama}. (TPS {place.kode} does not vote in {day.nama}.)"
        remedy = "Pilih pemilu atau TPS lain. (Choose another election or TPS.)"
        raise InvalidInputError(message, remedy, code="tps_outside_pemilu")
    return place
