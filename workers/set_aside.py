"""Jobs that were given up: see them, and put one back into the queue."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError
from app.core.job_tables import JobSetAside
from app.core.jobs import enqueue
from workers.jobs import JOBS


@dataclass(frozen=True)
class GivenUp:
    """A job that was given up. ``reason``: ``crashed`` or ``failed``; ``message``: the last error's own words."""

    number: int
    job: str
    payload: dict[str, Any]
    reason: str
    message: str
    at: datetime


async def list_set_aside(session: AsyncSession) -> tuple[GivenUp, ...]:
    """Return the jobs that were given up, oldest first."""
    return tuple(_view(row) for row in await session.scalars(select(JobSetAside).order_by(JobSetAside.id)))


async def try_again(session: AsyncSession, *, number: int) -> GivenUp:
    """Put a job that was given up back into the queue, with a clean record, and return what it was.

    What giving it up told others (a photograph was refused) is taken back by the job's own ``revive``.

    Raises:
        NotFoundError: there is none of this number.
    """
    # Deleted before it is queued: of two who ask at once the second finds nothing, and it runs once.
    statement = delete(JobSetAside).where(JobSetAside.id == number).returning(JobSetAside)
    row = (await session.execute(statement)).scalar_one_or_none()
    if row is None:
        message = f"No job {number} was set aside."
        raise NotFoundError(message, "`./runut jobs list` shows which were.")
    job = JOBS.get(row.job)
    if job is not None and job.revive is not None:
        await job.revive(session, row.payload)
    await enqueue(session, row.job, row.payload)
    return _view(row)


def _view(row: JobSetAside) -> GivenUp:
    return GivenUp(row.id, row.job, row.payload, row.reason, row.message, row.at)
