"""What recap sheets, decrees and pages of totals say of regions, as it stands now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.official.models import OfficialRecap

RecapKind = Literal["d_hasil", "decree", "sirekap_recap"]


@dataclass(frozen=True)
class Recap:
    """One region's totals on one kind of paper. ``numbers`` in the order of the contest's fields, null: not on it.

    ``kode``: 2, 4, 6 or 10 digits, or ``0``. ``tps``: of how many TPS, where the paper says so.
    """

    id: int
    kode: str
    source_kind: str
    tps: int | None
    numbers: tuple[int | None, ...]
    snapshot_id: int
    superseded: bool
    at: datetime


async def list_recaps(
    session: AsyncSession,
    *,
    pemilihan_id: int,
    kodes: Collection[str] | None = None,
    source_kind: RecapKind | None = None,
    superseded: bool = False,
) -> list[Recap]:
    """Return the totals of these regions (default: all), by code and kind; ``superseded``: with the earlier ones."""
    statement = select(OfficialRecap).where(OfficialRecap.pemilihan_id == pemilihan_id)
    if kodes is not None:
        statement = statement.where(OfficialRecap.kode.in_(list(kodes)))
    if source_kind is not None:
        statement = statement.where(OfficialRecap.source_kind == source_kind)
    if not superseded:
        statement = statement.where(~OfficialRecap.superseded)
    found = await session.scalars(statement.order_by(OfficialRecap.kode, OfficialRecap.source_kind, OfficialRecap.id))
    return [
        Recap(
            id=row.id,
            kode=row.kode,
            source_kind=row.source_kind,
            tps=row.tps,
            numbers=tuple(row.numbers),
            snapshot_id=row.snapshot_id,
            superseded=row.superseded,
            at=row.at,
        )
        for row in found
    ]
