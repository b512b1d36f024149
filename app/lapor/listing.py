"""Lists of cases: all of them for reviewers, those that a reviewer has looked at for everybody. No notes in lists."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.lapor.history import list_steps
from app.lapor.life import State, unknown_case
from app.lapor.models import LaporCase, LaporReport
from app.lapor.views import CaseFile, CaseView, Note, view_case

NOTES_SHOWN = 100
PUBLIC_SHOWN = 20


async def list_cases(
    session: AsyncSession,
    *,
    state: State | None = "open",
    category: str | None = None,
    tps_kode: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> tuple[CaseView, ...]:
    """Return cases, the oldest first; merged ones are part of the case they were merged into."""
    query = select(LaporCase).where(LaporCase.merged_into.is_(None), LaporCase.id > after)
    if state is not None:
        query = query.where(LaporCase.state == state)
    if category is not None:
        query = query.where(LaporCase.category == category)
    if tps_kode is not None:
        query = query.where(LaporCase.tps_kode == tps_kode)
    return await _view_all(session, tuple(await session.scalars(query.order_by(LaporCase.id).limit(limit))))


async def count_cases(session: AsyncSession) -> dict[str, int]:
    """Return how many cases are in each state that has any."""
    query = (
        select(LaporCase.state, func.count().label("number"))
        .where(LaporCase.merged_into.is_(None))
        .group_by(LaporCase.state)
    )
    return {row.state: row.number for row in await session.execute(query)}


async def list_public_cases(session: AsyncSession, *, tps_kode: str) -> tuple[CaseView, ...]:
    """Return the cases of a TPS that a reviewer has looked at and not rejected, the newest first."""
    query = (
        select(LaporCase)
        .where(
            LaporCase.tps_kode == tps_kode,
            LaporCase.state.in_(("looked_at", "resolved")),
            LaporCase.merged_into.is_(None),
        )
        .order_by(LaporCase.id.desc())
        .limit(PUBLIC_SHOWN)
    )
    return await _view_all(session, tuple(await session.scalars(query)))


async def get_case_file(session: AsyncSession, *, case_id: int) -> CaseFile:
    """Return a case with its notes, for reviewers.

    Raises:
        NotFoundError: there is no such case.
    """
    row = await session.get(LaporCase, case_id)
    if row is None:
        raise unknown_case(case_id)
    ours = [row.id, *await session.scalars(select(LaporCase.id).where(LaporCase.merged_into == row.id))]
    query = select(LaporReport).where(LaporReport.case_id.in_(ours)).order_by(LaporReport.id.desc()).limit(NOTES_SHOWN)
    notes = tuple(Note(one.id, one.note, one.account_id is not None, one.at) for one in await session.scalars(query))
    beside = [
        one
        for state in ("open", "looked_at")
        for one in await list_cases(session, state=state, tps_kode=row.tps_kode)
        if one.id != row.id
    ]
    (case,) = await _view_all(session, (row,))
    return CaseFile(case, notes, await list_steps(session, case_ids=ours, with_names=True), tuple(beside))


async def _view_all(session: AsyncSession, rows: Sequence[LaporCase]) -> tuple[CaseView, ...]:
    counts = await _count_reports(session, [row.id for row in rows])
    return tuple(view_case(row, counts.get(row.id, 0)) for row in rows)


async def _count_reports(session: AsyncSession, case_ids: Sequence[int]) -> dict[int, int]:
    """Return the standing reports of cases and of what was merged into them."""
    whole = func.coalesce(LaporCase.merged_into, LaporCase.id).label("whole")
    query = (
        select(whole, func.count().label("number"))
        .join(LaporReport, LaporReport.case_id == LaporCase.id)
        .where(
            LaporCase.id.in_(case_ids) | LaporCase.merged_into.in_(case_ids),
            LaporReport.withdrawn_at.is_(None),
        )
        .group_by(whole)
    )
    return {row.whole: row.number for row in await session.execute(query)}
