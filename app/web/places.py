"""What a page calls a TPS: its number, the regions above it, and where its page is."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.places import list_contest_places
from app.wilayah.service import Region, get_path, get_tps


@dataclass(frozen=True)
class Place:
    """A TPS as pages name it. ``regions``: from the province down; ``address``: its page, where a contest has one."""

    kode: str
    nomor: int
    regions: tuple[Region, ...]
    address: str | None


async def find_page_places(session: AsyncSession, kodes: Iterable[str]) -> dict[str, Place]:
    """Return the places of these TPS by code.

    Raises:
        NotFoundError: one of them is not known.
    """
    contests = await list_contest_places(session)
    found = {}
    for kode in sorted(set(kodes)):
        place = await get_tps(session, kode=kode)
        regions = (await get_path(session, kode=place.kode))[1:]
        contest = next((one for one in contests if one.votes(place.kode)), None)
        address = f"/tps/{contest.kode}/{place.kode}" if contest else None
        found[kode] = Place(place.kode, place.nomor, regions, address)
    return found
