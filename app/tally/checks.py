"""The oracle at work: contests are added up once more in turn, and what came of it is kept for everybody to see."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.tally.models import TallyCheck
from app.tally.verify import verify
from app.tally.views import Drift

CHECKED_EVERY = timedelta(minutes=10)
"""So long a contest rests after a check. A nation's takes some seconds of a processor."""

_SPACE = 0x4F5241  # "ORA"

_FIND_DUE = text(
    """SELECT p.id FROM pemilihan p LEFT JOIN tally_check c ON c.pemilihan_id = p.id
       WHERE (c.checked_at IS NULL OR c.checked_at < now() - CAST(:every AS interval))
         AND EXISTS (SELECT FROM tally t WHERE t.pemilihan_id = p.id)
       ORDER BY c.checked_at NULLS FIRST, p.id LIMIT 1"""
)
_NOTE = text(
    """INSERT INTO tally_check (pemilihan_id, checked_at, seconds, drifts, first_kode)
       VALUES (:pemilihan, now(), :seconds, :drifts, :first)
       ON CONFLICT (pemilihan_id) DO UPDATE SET checked_at = excluded.checked_at, seconds = excluded.seconds,
         drifts = excluded.drifts, first_kode = excluded.first_kode"""
)


@dataclass(frozen=True)
class CheckView:
    """When a contest's sums were last added up in another way, and how many were not right; ``first_kode``: where."""

    checked_at: datetime
    seconds: float
    drifts: int
    first_kode: str | None


async def find_due(session: AsyncSession, *, every: timedelta = CHECKED_EVERY) -> int | None:
    """Return the contest that was checked longest ago, if it is due, and keep other workers from the same.

    Null as well while another worker checks one: it holds the turn until its transaction ends.
    """
    turn = text("SELECT pg_try_advisory_xact_lock(:space, 0)")
    if not (await session.execute(turn, {"space": _SPACE})).scalar_one():
        return None
    due: int | None = (await session.execute(_FIND_DUE, {"every": every})).scalar_one_or_none()
    return due


async def check_still(session: AsyncSession, *, contest: Contest) -> tuple[list[Drift], float]:
    """Add a contest up in another way, with nobody kept waiting; return what is not right, and the seconds.

    The transaction has to be one of REPEATABLE READ: it sees results, change list and sums of one moment. A result and
    its row of the list were committed together, and so were a roll's sums and what it took off the list.
    """
    began = perf_counter()
    drifts = await verify(session, contest=contest, still=True)
    return drifts, perf_counter() - began


async def note_check(session: AsyncSession, *, contest: Contest, drifts: list[Drift], seconds: float) -> None:
    """Keep what a check came to, in place of the one before."""
    first = drifts[0].kode if drifts else None
    values = {"pemilihan": contest.id, "seconds": seconds, "drifts": len(drifts), "first": first}
    await session.execute(_NOTE, values)


async def get_check(session: AsyncSession, *, contest: Contest) -> CheckView | None:
    """Return what the last check of a contest came to; null before the first."""
    row = await session.get(TallyCheck, contest.id, populate_existing=True)
    return None if row is None else CheckView(row.checked_at, row.seconds, row.drifts, row.first_kode)
