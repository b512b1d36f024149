"""Find differences: by region, kind, state, field and size. Shapes for pages and downloads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Row, Select, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.discrepancy.diff import Kind
from app.discrepancy.models import Discrepancy
from app.official.models import OfficialRow, OfficialSnapshot
from app.pemilu.models import Pemilihan
from app.tally.models import Result
from app.wilayah.codes import LEVELS, NATION, parse_kode
from app.wilayah.service import resolve

TPS_DIGITS = 13
PAGE_MAX = 500

Found = tuple[Discrepancy, str, datetime | None, str, str | None]
"""A row of the query: the difference, its contest's code, the official figure's time and its snapshot's hash, and the
source class of the TPS's result."""

State = Literal["open", "closed"]
Order = Literal["size", "newest"]


@dataclass(frozen=True)
class DiscrepancyFilter:
    """Which differences are wanted. None (or 0) does not narrow. ``wilayah`` is any region's or TPS's code."""

    pemilihan_ids: tuple[int, ...] | None = None
    wilayah: str | None = None
    kind: Kind | None = None
    state: State | None = "open"
    field: str | None = None
    min_size: int = 0


@dataclass(frozen=True)
class DiscrepancyView:
    """One difference; ``difference`` = official - ours (or written total - sum). Times carry their zone.

    ``source_class``: who carries our result now; null while none is accepted.
    """

    id: int
    pemilihan_id: int
    pemilihan: str
    tps_kode: str
    kind: Kind
    field: str
    ours: int | None
    official: int | None
    difference: int
    state: str
    opened_at: datetime
    closed_at: datetime | None
    closed_reason: str | None
    published_at: datetime | None
    snapshot_sha256: str
    opened_entry_id: int
    closed_entry_id: int | None
    source_class: str | None


@dataclass(frozen=True)
class DiscrepancyTotals:
    """Counts over everything that the filter lets through: differences, TPS concerned, and a count a kind."""

    count: int
    tps: int
    by_kind: dict[str, int]
    largest: int


@dataclass(frozen=True)
class DiscrepancyPage:
    """Some of the differences, and the totals of all of them."""

    items: tuple[DiscrepancyView, ...]
    totals: DiscrepancyTotals
    limit: int
    offset: int


async def list_discrepancies(
    session: AsyncSession,
    *,
    filters: DiscrepancyFilter,
    order: Order = "size",
    limit: int = 100,
    offset: int = 0,
) -> DiscrepancyPage:
    """Return one page: the largest first, or the newest.

    Raises:
        NotFoundError: the region is not known.
    """
    conditions = await _build_conditions(session, filters)
    newest = Discrepancy.id.desc()
    ordering = (newest,) if order == "newest" else (func.abs(Discrepancy.difference).desc(), newest)
    limit = min(limit, PAGE_MAX)
    rows = await session.execute(_select(conditions).order_by(*ordering).limit(limit).offset(offset))
    totals = await _count(session, conditions)
    return DiscrepancyPage(tuple(_view(row) for row in rows), totals, limit, offset)


async def count_discrepancies(session: AsyncSession, *, filters: DiscrepancyFilter) -> DiscrepancyTotals:
    """Return the totals alone."""
    return await _count(session, await _build_conditions(session, filters))


async def read_discrepancies_after(
    session: AsyncSession, *, filters: DiscrepancyFilter, after_id: int, limit: int
) -> tuple[DiscrepancyView, ...]:
    """Return the next differences by number, for downloads that go through all of them."""
    conditions = await _build_conditions(session, filters)
    statement = _select([*conditions, Discrepancy.id > after_id]).order_by(Discrepancy.id).limit(limit)
    return tuple(_view(row) for row in await session.execute(statement))


async def list_tps_discrepancies(
    session: AsyncSession, *, pemilihan_id: int, tps_kode: str
) -> tuple[DiscrepancyView, ...]:
    """Return every difference a TPS ever had in one contest, the open ones first."""
    statement = _select([Discrepancy.pemilihan_id == pemilihan_id, Discrepancy.tps_kode == tps_kode])
    rows = await session.execute(statement.order_by(Discrepancy.state.desc(), Discrepancy.id))
    return tuple(_view(row) for row in rows)


async def count_open_by_region(
    session: AsyncSession, *, pemilihan_id: int, wilayah: str, kodes: Sequence[str]
) -> dict[str, int]:
    """Return the number of open differences in each of ``kodes``, regions of one level right below ``wilayah``."""
    if not kodes:
        return {}
    filters = DiscrepancyFilter(pemilihan_ids=(pemilihan_id,), wilayah=wilayah)
    conditions = await _build_conditions(session, filters)
    region = func.left(Discrepancy.tps_kode, len(kodes[0])).label("region")
    statement = select(region, func.count()).where(*conditions).group_by(region)
    counts: dict[str, int] = dict((await session.execute(statement)).all())
    return {kode: counts.get(kode, 0) for kode in kodes}


# Looked up for the rows that are shown, by the results' unique index; a join could be planned to read all results.
_SOURCE_CLASS = (
    select(Result.source_class)
    .where(Result.pemilihan_id == Discrepancy.pemilihan_id, Result.tps_kode == Discrepancy.tps_kode, Result.current)
    .scalar_subquery()
)


def _select(conditions: list[ColumnElement[bool]]) -> Select[*Found]:
    return (
        select(Discrepancy, Pemilihan.kode, OfficialRow.published_at, OfficialSnapshot.sha256, _SOURCE_CLASS)
        .join(Pemilihan, Pemilihan.id == Discrepancy.pemilihan_id)
        .join(OfficialRow, OfficialRow.id == Discrepancy.official_row_id)
        .join(OfficialSnapshot, OfficialSnapshot.id == OfficialRow.snapshot_id)
        .where(*conditions)
    )


async def _build_conditions(session: AsyncSession, filters: DiscrepancyFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.pemilihan_ids is not None:
        found.append(Discrepancy.pemilihan_id.in_(filters.pemilihan_ids))
    if filters.wilayah is not None and filters.wilayah != NATION:
        found.append(await _within(session, filters.wilayah))
    if filters.kind is not None:
        found.append(Discrepancy.kind == filters.kind)
    if filters.state is not None:
        found.append(Discrepancy.state == filters.state)
    if filters.field is not None:
        found.append(Discrepancy.field == filters.field)
    if filters.min_size > 0:
        found.append(func.abs(Discrepancy.difference) >= filters.min_size)
    return found


async def _within(session: AsyncSession, wilayah: str) -> ColumnElement[bool]:
    """Return the condition "lies in this region"; a region that was split or renamed stands for its successors too."""
    kode = parse_kode(wilayah)
    if kode.tingkat == LEVELS[-1]:
        return Discrepancy.tps_kode == kode.text
    region = await resolve(session, kode=kode.text)
    # A range instead of LIKE: the index serves it whatever the database's collation, since all are digits.
    return or_(
        false(),
        *(
            Discrepancy.tps_kode.between(prefix.ljust(TPS_DIGITS, "0"), prefix.ljust(TPS_DIGITS, "9"))
            for prefix in (region.kode, *region.successors)
        ),
    )


async def _count(session: AsyncSession, conditions: list[ColumnElement[bool]]) -> DiscrepancyTotals:
    statement = select(
        func.count(), func.count(func.distinct(Discrepancy.tps_kode)), func.max(func.abs(Discrepancy.difference))
    ).where(*conditions)
    count, tps, largest = (await session.execute(statement)).one()
    kinds = select(Discrepancy.kind, func.count()).where(*conditions).group_by(Discrepancy.kind)
    by_kind = {kind.value: 0 for kind in Kind} | dict((await session.execute(kinds)).all())
    return DiscrepancyTotals(count, tps, by_kind, largest or 0)


def _view(row: Row[*Found]) -> DiscrepancyView:
    found, pemilihan, published_at, sha256, source_class = row
    return DiscrepancyView(
        id=found.id,
        pemilihan_id=found.pemilihan_id,
        pemilihan=pemilihan,
        tps_kode=found.tps_kode,
        kind=Kind(found.kind),
        field=found.field,
        ours=found.ours,
        official=found.official,
        difference=found.difference,
        state=found.state,
        opened_at=found.opened_at,
        closed_at=found.closed_at,
        closed_reason=found.closed_reason,
        published_at=published_at,
        snapshot_sha256=sha256,
        opened_entry_id=found.opened_entry_id,
        closed_entry_id=found.closed_entry_id,
        source_class=source_class,
    )
