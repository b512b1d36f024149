"""The way from the nation to a place, as links."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.pemilu.definition import Contest
from app.tally.scope import touches
from app.wilayah.service import Region


@dataclass(frozen=True)
class Step:
    """One link of the way down."""

    nama: str
    address: str


def make_trail(contest: Contest, regions: Iterable[Region]) -> tuple[Step, ...]:
    """Return the links; regions above a contest that is not national are left out when nobody there votes."""
    return tuple(
        Step(region.nama, f"/hitung/{contest.kode}/{region.kode}")
        for region in regions
        if touches(contest, region.kode)
    )
