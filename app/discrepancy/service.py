"""Compare a TPS's result with the official figures, and keep the list of differences in step with both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.discrepancy.diff import Difference, Kind, diff
from app.discrepancy.models import Discrepancy
from app.official.service import OfficialFigures, list_official
from app.pemilu.definition import Contest
from app.tally.models import Result
from app.transparency.service import append_entry


class ClosedReason(StrEnum):
    """Why a difference no longer stands."""

    OFFICIAL_CHANGED = "official_changed"
    RESULT_CHANGED = "result_changed"
    RESULT_WITHDRAWN = "result_withdrawn"


@dataclass(frozen=True)
class CompareReport:
    """How many differences were opened, kept as they were, and closed."""

    opened: int
    kept: int
    closed: int


Numbers = Sequence[int | None]


async def compare_tps(session: AsyncSession, *, contest: Contest, tps_kode: str) -> CompareReport:
    """Bring the open differences of one TPS to ``diff()`` of the present state. Doing it twice changes nothing."""
    return await compare_many(session, contest=contest, tps_kodes=[tps_kode])


async def compare_many(session: AsyncSession, *, contest: Contest, tps_kodes: Iterable[str]) -> CompareReport:
    """Do for several TPS what :func:`compare_tps` does for one.

    A TPS without official figures has no differences and is passed over.
    """
    # Two comparisons of one TPS at once would both open the same difference, or the slower one would bring back what it
    # read before the faster one changed it. The lock comes first; results and open differences are read under it.
    official = await list_official(session, pemilihan_id=contest.id, tps_kodes=sorted(set(tps_kodes)), lock=True)
    known = [figures.tps_kode for figures in official]
    results = await _load_results(session, contest, known)
    standing = await _load_open(session, contest, known)
    opened = kept = closed = 0
    for figures in official:
        ours = results.get(figures.tps_kode)
        wanted = {_key(found): found for found in diff(ours, figures.numbers, contest)}
        rows = standing.get(figures.tps_kode, [])
        gone = [row for row in rows if _key(row) not in wanted]
        await _close(session, contest, gone, _by_field(ours, contest), _by_field(figures.numbers, contest))
        there = {_key(row) for row in rows} & wanted.keys()
        new = [found for key, found in wanted.items() if key not in there]
        await _open(session, contest, figures, new)
        opened, kept, closed = opened + len(new), kept + len(there), closed + len(gone)
    return CompareReport(opened, kept, closed)


async def _load_results(session: AsyncSession, contest: Contest, tps_kodes: Sequence[str]) -> dict[str, Numbers]:
    statement = select(Result.tps_kode, Result.numbers).where(
        Result.pemilihan_id == contest.id, Result.current, Result.tps_kode.in_(tps_kodes)
    )
    return dict((await session.execute(statement)).all())


async def _load_open(session: AsyncSession, contest: Contest, tps_kodes: Sequence[str]) -> dict[str, list[Discrepancy]]:
    statement = (
        select(Discrepancy)
        .where(
            Discrepancy.pemilihan_id == contest.id,
            Discrepancy.state == "open",
            Discrepancy.tps_kode.in_(tps_kodes),
        )
        .order_by(Discrepancy.id)
        .execution_options(populate_existing=True)
    )
    found: dict[str, list[Discrepancy]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.tps_kode, []).append(row)
    return found


def _key(found: Difference | Discrepancy) -> tuple[str, str, int | None, int | None, int]:
    """Say what makes a difference the same one: a changed figure is another difference, with its own beginning."""
    return (str(found.kind), found.field, found.ours, found.official, found.difference)


def _by_field(numbers: Numbers | None, contest: Contest) -> dict[str, int | None]:
    return {} if numbers is None else dict(zip(contest.fields, numbers, strict=True))


async def _close(
    session: AsyncSession,
    contest: Contest,
    rows: Iterable[Discrepancy],
    ours: Mapping[str, int | None],
    official: Mapping[str, int | None],
) -> None:
    for row in rows:
        reason = _explain_closing(row, ours, official)
        row.closed_entry_id = await _log(session, contest, row, "closed", reason)
        row.state, row.closed_reason, row.closed_at = "closed", reason, datetime.now(UTC)
    # Written before anything is opened: the unique index knows one open difference a field.
    await session.flush()


def _explain_closing(
    row: Discrepancy, ours: Mapping[str, int | None], official: Mapping[str, int | None]
) -> ClosedReason:
    if row.kind != Kind.NUMBER or official.get(row.field) != row.official:
        return ClosedReason.OFFICIAL_CHANGED
    if ours.get(row.field) is None:
        return ClosedReason.RESULT_WITHDRAWN
    return ClosedReason.RESULT_CHANGED


async def _open(session: AsyncSession, contest: Contest, figures: OfficialFigures, found: Iterable[Difference]) -> None:
    for difference in found:
        row = Discrepancy(
            pemilihan_id=contest.id,
            tps_kode=figures.tps_kode,
            kind=difference.kind,
            field=difference.field,
            ours=difference.ours,
            official=difference.official,
            difference=difference.difference,
            official_row_id=figures.row_id,
        )
        row.opened_entry_id = await _log(session, contest, row, "opened")
        session.add(row)
    await session.flush()


async def _log(session: AsyncSession, contest: Contest, row: Discrepancy, event: str, reason: str | None = None) -> int:
    payload = {
        "event": event,
        "kind": str(row.kind),
        "field": row.field,
        "ours": row.ours,
        "official": row.official,
        "difference": row.difference,
    }
    if reason is not None:
        payload["reason"] = str(reason)
    return await append_entry(
        session, kind="discrepancy", subject=f"tps/{row.tps_kode}/{contest.kode}", payload=payload
    )
