"""Find differences: by contest, region, kind, state, field, size, life and time. Shapes for pages and downloads."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.core.errors import NotFoundError
from app.discrepancy.kinds import DESCRIPTIVE, LADDER, Group, Kind
from app.discrepancy.models import Discrepancy, Life, Severity
from app.discrepancy.rows import DiscrepancyRow, select_rows, view_row
from app.wilayah.codes import LEVELS, NATION, parse_kode
from app.wilayah.service import resolve

TPS_DIGITS = 13
PAGE_MAX = 500

DiscrepancyView = DiscrepancyRow

State = Literal["open", "closed"]
Order = Literal["size", "newest"]


@dataclass(frozen=True)
class DiscrepancyFilter:
    """Which differences are wanted. None (or 0) does not narrow. ``wilayah`` is any region's or TPS's code.

    ``group``: the list; by itself only what is counted as a difference with the authority's figures. With a ``kind``
    that belongs to another list, that list. ``opened_from``, ``opened_before``: moments with their zone, the first one
    included. ``assigned_to``: an account.
    """

    pemilihan_ids: tuple[int, ...] | None = None
    wilayah: str | None = None
    kind: Kind | None = None
    state: State | None = "open"
    field: str | None = None
    min_size: int = 0
    group: Group | None = "difference"
    severity: Severity | None = None
    life: Life | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    assigned_to: int | None = None


@dataclass(frozen=True)
class DiscrepancyTotals:
    """Counts over everything that the filter lets through: differences, TPS concerned, and a count a kind.

    ``by_kind`` always names ``number`` and ``official_sum``, the others where there are any.
    """

    count: int
    tps: int
    by_kind: dict[str, int]
    largest: int


@dataclass(frozen=True)
class DiscrepancyPage:
    """Some of the differences, and the totals of all of them."""

    items: tuple[DiscrepancyRow, ...]
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
    conditions = await build_conditions(session, filters=filters)
    newest = Discrepancy.id.desc()
    ordering = (newest,) if order == "newest" else (func.abs(Discrepancy.difference).desc(), newest)
    limit = min(limit, PAGE_MAX)
    rows = await session.execute(select_rows(conditions).order_by(*ordering).limit(limit).offset(offset))
    totals = await _count(session, conditions)
    return DiscrepancyPage(tuple(view_row(row) for row in rows), totals, limit, offset)


async def count_discrepancies(session: AsyncSession, *, filters: DiscrepancyFilter) -> DiscrepancyTotals:
    """Return the totals alone."""
    return await _count(session, await build_conditions(session, filters=filters))


async def read_discrepancies_after(
    session: AsyncSession, *, filters: DiscrepancyFilter, after_id: int, limit: int
) -> tuple[DiscrepancyRow, ...]:
    """Return the next differences by number, for downloads that go through all of them."""
    conditions = await build_conditions(session, filters=filters)
    statement = select_rows([*conditions, Discrepancy.id > after_id]).order_by(Discrepancy.id).limit(limit)
    return tuple(view_row(row) for row in await session.execute(statement))


async def stream_discrepancies(
    sessions: Sessions, filters: DiscrepancyFilter, *, batch: int = 1_000
) -> AsyncIterator[tuple[DiscrepancyRow, ...]]:
    """Yield all differences in the order of opening, ``batch`` at a time.

    Each batch is read in a short transaction of its own: a reader who is slow, or stops on purpose, holds nothing in
    the database. What changes meanwhile is told as it was or as it is.
    """
    after = 0
    while True:
        async with sessions.begin() as session:
            found = await read_discrepancies_after(session, filters=filters, after_id=after, limit=batch)
        if not found:
            return
        yield found
        after = found[-1].id


async def get_discrepancy(session: AsyncSession, *, discrepancy_id: int) -> DiscrepancyRow:
    """Return one difference.

    Raises:
        NotFoundError: there is none of this number.
    """
    row = (await session.execute(select_rows([Discrepancy.id == discrepancy_id]))).one_or_none()
    if row is None:
        message = f"Tidak ada selisih nomor {discrepancy_id}. (There is no difference {discrepancy_id}.)"
        raise NotFoundError(message, "Lihat daftar selisih. (See the list of differences.)")
    return view_row(row)


async def list_tps_discrepancies(
    session: AsyncSession, *, pemilihan_id: int, tps_kode: str
) -> tuple[DiscrepancyRow, ...]:
    """Return every difference with the authority's figures that a TPS ever had in one contest, the open ones first."""
    filters = DiscrepancyFilter(pemilihan_ids=(pemilihan_id,), wilayah=tps_kode, state=None)
    statement = select_rows(await build_conditions(session, filters=filters))
    rows = await session.execute(statement.order_by(Discrepancy.state.desc(), Discrepancy.id))
    return tuple(view_row(row) for row in rows)


async def count_open_by_region(
    session: AsyncSession, *, pemilihan_id: int, wilayah: str, kodes: Sequence[str]
) -> dict[str, int]:
    """Return the number of open differences in each of ``kodes``, regions of one level right below ``wilayah``."""
    if not kodes:
        return {}
    filters = DiscrepancyFilter(pemilihan_ids=(pemilihan_id,), wilayah=wilayah)
    conditions = await build_conditions(session, filters=filters)
    region = func.left(Discrepancy.tps_kode, len(kodes[0])).label("region")
    statement = select(region, func.count()).where(*conditions).group_by(region)
    counts: dict[str, int] = dict((await session.execute(statement)).all())
    return {kode: counts.get(kode, 0) for kode in kodes}


async def build_conditions(session: AsyncSession, *, filters: DiscrepancyFilter) -> list[ColumnElement[bool]]:
    """Return the filter as conditions on :class:`Discrepancy`, for whoever reads in a way of his own.

    Raises:
        NotFoundError: the region is not known.
    """
    found = _choose_list(filters)
    if filters.pemilihan_ids is not None:
        found.append(Discrepancy.pemilihan_id.in_(filters.pemilihan_ids))
    if filters.wilayah is not None and filters.wilayah != NATION:
        found.append(await _within(session, filters.wilayah))
    for column, value in (
        (Discrepancy.kind, filters.kind),
        (Discrepancy.state, filters.state),
        (Discrepancy.field, filters.field),
        (Discrepancy.severity, filters.severity),
        (Discrepancy.life, filters.life),
        (Discrepancy.assigned_to, filters.assigned_to),
    ):
        if value is not None:
            found.append(column == value)
    if filters.min_size > 0:
        found.append(func.abs(Discrepancy.difference) >= filters.min_size)
    if filters.opened_from is not None:
        found.append(Discrepancy.opened_at >= filters.opened_from)
    if filters.opened_before is not None:
        found.append(Discrepancy.opened_at < filters.opened_before)
    return found


def _choose_list(filters: DiscrepancyFilter) -> list[ColumnElement[bool]]:
    """Return the condition that ``discrepancy.kinds.group_of`` states, in SQL."""
    if filters.group is None or filters.kind in DESCRIPTIVE | LADDER:
        return []
    if filters.group == "descriptive":
        return [Discrepancy.kind.in_(sorted(DESCRIPTIVE))]
    if filters.group == "ladder":
        return [Discrepancy.kind.in_(sorted(LADDER))]
    # A sheet's own sums are the only kind that speaks of nothing but our side.
    if filters.kind is Kind.FORM_SUM:
        return []
    plain = Discrepancy.kind.not_in(sorted(DESCRIPTIVE | LADDER))
    return [plain, Discrepancy.side == "ours" if filters.group == "sheet" else Discrepancy.side != "ours"]


async def _within(session: AsyncSession, wilayah: str) -> ColumnElement[bool]:
    """Return the condition "lies in this region"; a region that was split or renamed stands for its successors too."""
    kode = parse_kode(wilayah)
    if kode.tingkat == LEVELS[-1]:
        return Discrepancy.tps_kode == kode.text
    region = await resolve(session, kode=kode.text)
    # A range instead of LIKE: the index serves it whatever the database's collation, since all are digits. It begins
    # with the region's own code, which stands before all that lie in it: differences of the ladder have it.
    return or_(
        false(),
        *(
            Discrepancy.tps_kode.between(prefix, prefix.ljust(TPS_DIGITS, "9"))
            for prefix in (region.kode, *region.successors)
        ),
    )


async def _count(session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> DiscrepancyTotals:
    statement = select(
        func.count(), func.count(func.distinct(Discrepancy.tps_kode)), func.max(func.abs(Discrepancy.difference))
    ).where(*conditions)
    count, tps, largest = (await session.execute(statement)).one()
    kinds = select(Discrepancy.kind, func.count()).where(*conditions).group_by(Discrepancy.kind)
    by_kind = {"number": 0, "official_sum": 0} | dict((await session.execute(kinds)).all())
    return DiscrepancyTotals(count, tps, by_kind, largest or 0)
