"""Results of TPS and sums over regions: what other packages call. Nothing here commits."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import Select

from app.pemilu.definition import Contest
from app.tally.counts import TPS_COUNTS
from app.tally.flagging import note_flagged
from app.tally.models import Result, Tally, TallyChange
from app.tally.rebuild import rebuild, rebuild_all
from app.tally.roll_up import roll_up
from app.tally.scope import OutsideContestError, check_within, touches, votes_in
from app.tally.verify import verify
from app.tally.views import Drift, ResultView, TallyView
from app.tally.write_results import (
    TpsResult,
    clear_result,
    note_official,
    note_photo,
    open_round,
    set_result,
    set_results,
)
from app.wilayah.codes import is_within
from app.wilayah.models import Tps, Wilayah
from app.wilayah.service import Region, get_tps, list_children, resolve

__all__ = [
    "CURRENT_ROUND",
    "Drift",
    "OutsideContestError",
    "ResultView",
    "TallyView",
    "TpsResult",
    "clear_result",
    "count_changes",
    "get_result",
    "get_tally",
    "list_results",
    "list_tally",
    "note_flagged",
    "note_official",
    "note_photo",
    "open_round",
    "rebuild",
    "rebuild_all",
    "roll_up",
    "set_result",
    "set_results",
    "verify",
]

CURRENT_ROUND = """(SELECT coalesce(max(result.round), 1) FROM result
WHERE result.pemilihan_id = {pemilihan_id} AND result.tps_kode = {tps_kode} AND result.current)"""
"""A TPS's current round as an expression for another statement; 1 where nothing is known yet."""


async def count_changes(session: AsyncSession) -> int:
    """Return how many rows of the change list wait for the roller."""
    return int((await session.execute(select(func.count()).select_from(TallyChange))).scalar_one())


async def get_tally(session: AsyncSession, *, contest: Contest, kode: str) -> TallyView:
    """Return the sums over a region, all zero while nothing has been added up yet.

    Raises:
        KodeError, NotFoundError: no such region.
        OutsideContestError: nobody there votes in the contest.
    """
    region = await resolve(session, kode=kode)
    if not touches(contest, region.kode):
        check_within(contest, region.kode)
    row = await session.get(Tally, (contest.id, region.kode), populate_existing=True)
    return await _view_tally(session, contest, region, row)


async def list_tally(session: AsyncSession, *, contest: Contest, induk: str) -> tuple[TallyView, ...]:
    """Return the sums over the regions right below ``induk`` that vote in the contest, by code.

    Ended regions are listed while results stand in them. Below a kelurahan: see :func:`list_results`.
    """
    children = [one for one in await list_children(session, kode=induk) if touches(contest, one.kode)]
    query = select(Tally).where(Tally.pemilihan_id == contest.id, Tally.induk == induk)
    query = query.execution_options(populate_existing=True)
    rows = {row.kode: row for row in (await session.execute(query)).scalars()}
    ended = [await resolve(session, kode=kode) for kode in sorted(rows.keys() - {one.kode for one in children})]
    both = sorted([*children, *ended], key=lambda one: one.kode)
    return tuple([await _view_tally(session, contest, one, rows.get(one.kode)) for one in both])


async def _view_tally(session: AsyncSession, contest: Contest, region: Region, row: Tally | None) -> TallyView:
    place: dict[str, Any] = {one: getattr(region, one) for one in ("kode", "nama", "tingkat", "induk")}
    counts: dict[str, Any] = {column: getattr(row, column) if row is not None else 0 for column in TPS_COUNTS}
    if row is None:
        counts["tps_expected"] = await _count_expected(session, contest, region)
    sums = row.sums if row is not None else [0] * len(contest.fields)
    rolled_at = row.rolled_at if row is not None else None
    version = row.version if row is not None else 0
    by_field = dict(zip(contest.fields, sums, strict=True))
    return TallyView(**place, **counts, sums=by_field, version=version, rolled_at=rolled_at)


async def _count_expected(session: AsyncSession, contest: Contest, region: Region) -> int:
    """Count the TPS of a region that vote in the contest, for a region whose tally is not laid yet."""
    if votes_in(contest, region.kode):
        return region.tps_count
    within = [kode for kode in contest.wilayah if is_within(kode, region.kode)]
    query = select(func.coalesce(func.sum(Wilayah.tps_count), 0)).where(Wilayah.kode.in_(within))
    return int((await session.execute(query)).scalar_one())


async def get_result(session: AsyncSession, *, contest: Contest, tps_kode: str) -> ResultView:
    """Return what is accepted of a TPS in its current round; all numbers ``None`` while nothing is.

    Raises:
        KodeError, NotFoundError: no such TPS.
        OutsideContestError: it does not vote in the contest.
    """
    place = await get_tps(session, kode=tps_kode)
    check_within(contest, place.kode)
    row = (await session.execute(_select_results(contest).where(Tps.kode == place.kode))).one()
    return _view_result(contest, row)


async def list_results(session: AsyncSession, *, contest: Contest, kelurahan: str) -> tuple[ResultView, ...]:
    """Return every TPS of a kelurahan with what is accepted of it, by number; ended TPS only if they have a result.

    Raises:
        OutsideContestError: the kelurahan does not vote in the contest.
    """
    check_within(contest, kelurahan)
    query = _select_results(contest).where(Tps.kelurahan == kelurahan)
    query = query.where(Tps.edisi_akhir.is_(None) | Result.tps_kode.is_not(None)).order_by(Tps.nomor)
    return tuple(_view_result(contest, row) for row in await session.execute(query))


def _select_results(contest: Contest) -> Select[Tps, Result]:
    joined = (Result.tps_kode == Tps.kode) & (Result.pemilihan_id == contest.id) & Result.current
    # The writers use plain SQL: a row that this session has seen before may be stale in its memory.
    return select(Tps, Result).outerjoin(Result, joined).execution_options(populate_existing=True)


def _view_result(contest: Contest, row: Row[Tps, Result | None]) -> ResultView:
    place: Tps = row.Tps
    known: Result | None = row.Result
    numbers: Sequence[int | None] = known.numbers if known is not None else [None] * len(contest.fields)
    return ResultView(
        tps_kode=place.kode,
        nomor=place.nomor,
        kelurahan=place.kelurahan,
        round=known.round if known is not None else 1,
        numbers=dict(zip(contest.fields, numbers, strict=True)),
        state=known.state if known is not None else "waiting",
        source_class=known.source_class if known is not None else None,
        flags=tuple(known.flags) if known is not None else (),
        has_photo=known.has_photo if known is not None else False,
        has_official=known.has_official if known is not None else False,
        flagged=known.flagged if known is not None else 0,
        updated_at=known.updated_at if known is not None else None,
    )
