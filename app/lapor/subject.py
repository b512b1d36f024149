"""What a report is of: a TPS, or one photograph of it."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError
from app.intake.service import get_photo
from app.lapor.categories import About
from app.wilayah.service import get_tps


@dataclass(frozen=True)
class Subject:
    """A TPS by its code; with ``photo_id`` that photograph of it."""

    tps_kode: str
    photo_id: int | None

    @property
    def about(self) -> About:
        """Return which categories fit."""
        return "tps" if self.photo_id is None else "photo"

    @property
    def text(self) -> str:
        """Return its name as cases carry it."""
        return f"tps/{self.tps_kode}" if self.photo_id is None else f"photo/{self.photo_id}"


async def find_subject(session: AsyncSession, *, tps: str, photo_id: int | None) -> Subject:
    """Return what a report names.

    Raises:
        KodeError: ``tps`` is no code.
        NotFoundError: no such TPS, or the photograph is not one of its. Numbers of other TPS's photographs are answered
            like numbers that do not exist.
    """
    place = await get_tps(session, kode=tps)
    if photo_id is not None and not await _is_of(session, photo_id, place.kode):
        message = f"TPS {place.kode} tidak punya foto nomor {photo_id}. (This TPS has no photograph {photo_id}.)"
        raise NotFoundError(message, "Laporkan TPS-nya saja. (Report the TPS itself.)", code="unknown_photo")
    return Subject(place.kode, photo_id)


async def _is_of(session: AsyncSession, photo_id: int, tps_kode: str) -> bool:
    try:
        return (await get_photo(session, photo_id=photo_id)).tps_kode == tps_kode
    except NotFoundError:
        return False
