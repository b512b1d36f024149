"""A guardian's own TPS, with what has come of them so far. No number and nobody's name is in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.intake.models import Photo
from app.jaga.day import Day
from app.jaga.models import JagaAdoption

KEPT = frozenset({"received", "read", "split", "duplicate"})
"""States of a photograph that is of use, or may yet be; the others were refused, rejected or moved away."""


@dataclass(frozen=True)
class ContestProgress:
    """One contest of a guarded TPS: my photographs that are kept, those that are not, and other people's kept ones.

    ``reason``: why the newest of mine is not kept, where nothing of mine came after it.
    """

    pemilihan: str
    nama: str
    mine: int
    lost: int
    others: int
    reason: str | None


@dataclass(frozen=True)
class MyTps:
    """One TPS that I guard."""

    tps_kode: str
    since: datetime
    contests: tuple[ContestProgress, ...]


async def list_my_tps(session: AsyncSession, *, day: Day, account_id: int) -> tuple[MyTps, ...]:
    """Return the TPS that an account guards on a day, by code."""
    query = (
        select(JagaAdoption)
        .filter_by(pemilu_kode=day.kode, account_id=account_id, ended_at=None)
        .order_by(JagaAdoption.tps_kode)
    )
    rows = (await session.scalars(query)).all()
    photos = await find_photos(session, day=day, tps=[row.tps_kode for row in rows])
    return tuple(MyTps(row.tps_kode, row.at, _progress(day, row.tps_kode, account_id, photos)) for row in rows)


async def find_photos(session: AsyncSession, *, day: Day, tps: Sequence[str]) -> tuple[Photo, ...]:
    """Return the volunteers' photographs of these TPS on a day, in the order they came; pages of documents left out."""
    query = (
        select(Photo)
        .where(
            Photo.pemilihan_id.in_([contest.id for contest in day.contests]),
            Photo.tps_kode.in_(tps),
            Photo.source == "volunteer",
            Photo.parent_id.is_(None),
        )
        .order_by(Photo.id)
    )
    return tuple(await session.scalars(query))


def _progress(day: Day, tps_kode: str, account_id: int, photos: Sequence[Photo]) -> tuple[ContestProgress, ...]:
    return tuple(
        _sum_up(contest.kode, contest.nama, account_id, [p for p in photos if _is_of(p, contest.id, tps_kode)])
        for contest in day.contests_of(tps_kode)
    )


def _is_of(photo: Photo, pemilihan_id: int, tps_kode: str) -> bool:
    return photo.pemilihan_id == pemilihan_id and photo.tps_kode == tps_kode


def _sum_up(kode: str, nama: str, account_id: int, photos: Sequence[Photo]) -> ContestProgress:
    mine = [photo for photo in photos if photo.uploader_id == account_id]
    kept = [photo for photo in mine if photo.state in KEPT]
    newest = mine[-1] if mine else None
    return ContestProgress(
        pemilihan=kode,
        nama=nama,
        mine=len(kept),
        lost=len(mine) - len(kept),
        others=sum(photo.state in KEPT for photo in photos if photo.uploader_id != account_id),
        reason=newest.state_reason if newest is not None and newest.state not in KEPT else None,
    )
