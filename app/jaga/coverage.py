"""How much of a region is guarded: sums of its kelurahan's counts, by what lies right below it."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.jaga.day import Day
from app.wilayah.codes import NATION, digits_below
from app.wilayah.service import Region, get_path, list_children, resolve

_KELURAHAN_DIGITS = 10

# Codes are digits, so the range holds exactly the kelurahan that begin with :region, in any collation.
_SUMS = text(
    """
    SELECT left(kelurahan, :digits) AS kode, sum(tps_guarded)::bigint AS guarded, sum(guardians)::bigint AS guardians
    FROM jaga_kelurahan
    WHERE pemilu_kode = :pemilu AND kelurahan BETWEEN :low AND :high
    GROUP BY 1
    """
)


@dataclass(frozen=True)
class Cover:
    """A region's TPS, how many have a guardian, and how many promises there are (several for one TPS count each)."""

    kode: str
    tingkat: str
    nama: str
    tps: int
    tps_guarded: int
    guardians: int


@dataclass(frozen=True)
class Coverage:
    """A region, the way down to it, and what lies right below it, the least guarded share first."""

    region: Cover
    path: tuple[Region, ...]
    below: tuple[Cover, ...]


async def get_coverage(session: AsyncSession, *, day: Day, kode: str) -> Coverage:
    """Return how much of a region is guarded on a day.

    Raises:
        KodeError: ``kode`` is no region's code.
        NotFoundError: the region is not known.
    """
    region = await resolve(session, kode=kode)
    children = [one for one in await list_children(session, kode=region.kode) if day.touches(one.kode)]
    sums = await sum_promises(session, pemilu=day.kode, kode=region.kode)
    below = [_cover(one, sums.get(one.kode, (0, 0))) for one in children]
    whole = (sum(guarded for guarded, _ in sums.values()), sum(guardians for _, guardians in sums.values()))
    return Coverage(
        region=_cover(region, whole),
        path=await get_path(session, kode=region.kode),
        below=tuple(sorted(below, key=lambda one: (one.tps_guarded / max(one.tps, 1), one.kode))),
    )


async def sum_promises(session: AsyncSession, *, pemilu: str, kode: str) -> dict[str, tuple[int, int]]:
    """Return (guarded TPS, promises) by the code of each region right below ``kode``; a kelurahan's under its own."""
    prefix = "" if kode == NATION else kode
    digits = min(digits_below(kode) or _KELURAHAN_DIGITS, _KELURAHAN_DIGITS)
    values = {
        "pemilu": pemilu,
        "digits": digits,
        "low": prefix.ljust(_KELURAHAN_DIGITS, "0"),
        "high": prefix.ljust(_KELURAHAN_DIGITS, "9"),
    }
    return {row.kode: (row.guarded, row.guardians) for row in await session.execute(_SUMS, values)}


def _cover(region: Region, sums: tuple[int, int]) -> Cover:
    return Cover(region.kode, region.tingkat, region.nama, region.tps_count, *sums)
