"""How often a job was begun, and what follows when it does not end.

A pick is written down as a crash *before* the job begins and struck out when it ends in any way. Whatever kills the
worker, the photograph that did it is among those written down. A worker that died proves little against one of the
several jobs it had begun: such a job is run alone from then on, and given up after as many deaths as do not happen by
chance. A reader that died over one photograph, in our own hands, counts for two. A database that went away never
counts.
"""

from dataclasses import dataclass

from sqlalchemy import delete, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.core.job_tables import JobPick, JobSetAside
from app.core.statements import look
from workers.job import Payload

CRASHES_MAX = 4
"""Deaths after which a job is given up: four workers, or two readers, which count twice."""

FAILURES_MAX = 3
BACKOFF_SECONDS = (2.0, 10.0)
"""Wait before the second and the third try of a job that failed."""


@dataclass(frozen=True)
class Attempts:
    """What is known of a job's earlier picks. `crashes` counts the present one until it ends."""

    crashes: int
    failures: int

    @property
    def crashed_before(self) -> bool:
        """Tell whether earlier picks used up the crashes a job may have."""
        return self.crashes > CRASHES_MAX

    @property
    def suspected(self) -> bool:
        """Tell whether an earlier pick never ended: the job is to run alone."""
        return self.crashes > 1


_BEGIN = """
WITH freed AS (UPDATE pgqueuer SET dedupe_key = NULL WHERE id = $1 AND dedupe_key IS NOT NULL)
INSERT INTO job_pick (job_id, job, crashes) VALUES ($1, $2, 1)
ON CONFLICT (job_id) DO UPDATE SET crashes = job_pick.crashes + 1, picked_at = now()
RETURNING crashes, failures"""
_FINISH = "DELETE FROM job_pick WHERE job_id = $1"


async def begin_attempt(sessions: Sessions, *, job_id: int, job: str) -> Attempts:
    """Count a pick, and take the job's dedupe key off, in a transaction of its own: counted when this returns.

    From then on, an equal job is a new one: it may see changes that this one no longer looks at.
    """
    async with look(sessions) as statements:
        row = await statements.row(_BEGIN, job_id, job)
    assert row is not None, "it inserts or updates"
    return Attempts(row["crashes"], row["failures"])


async def finish_attempt(sessions: Sessions, *, job_id: int) -> None:
    """Forget the picks of a job that is done, in a transaction of its own."""
    async with look(sessions) as statements:
        await statements.row(_FINISH, job_id)


async def note_reader_crash(session: AsyncSession, *, job_id: int) -> int:
    """Count the present pick's crash twice, for nobody else was in that reader; return the crashes so far."""
    counted = update(JobPick).where(JobPick.job_id == job_id).values(crashes=JobPick.crashes + 1)
    return (await session.execute(counted.returning(JobPick.crashes))).scalar_one()


async def note_failure(session: AsyncSession, *, job_id: int) -> None:
    """Strike the present pick's crash out and count an exception instead."""
    await session.execute(
        update(JobPick)
        .where(JobPick.job_id == job_id)
        .values(crashes=JobPick.crashes - 1, failures=JobPick.failures + 1)
    )


async def note_interruption(session: AsyncSession, *, job_id: int) -> None:
    """Strike the present pick's crash out: the worker was stopped or the database went away, not the job's doing."""
    left = func.greatest(JobPick.crashes - 1, 0)  # an outage may have come before the pick was counted
    await session.execute(update(JobPick).where(JobPick.job_id == job_id).values(crashes=left))


async def set_aside(
    session: AsyncSession, *, job_id: int, job: str, payload: Payload, reason: str, message: str
) -> None:
    """Write down that a job is given up; the second call changes nothing."""
    values = {"job_id": job_id, "job": job, "payload": dict(payload), "reason": reason, "message": message}
    await session.execute(insert(JobSetAside).values(values).on_conflict_do_nothing())
    await session.execute(delete(JobPick).where(JobPick.job_id == job_id))


async def prune(session: AsyncSession) -> None:
    """Delete what finished jobs left: the queue's log (three rows a job), and picks of jobs that are gone."""
    await session.execute(text("DELETE FROM pgqueuer_log WHERE created < now() - interval '1 hour'"))
    queued = select(text("1")).select_from(text("pgqueuer")).where(text("pgqueuer.id = job_pick.job_id"))
    await session.execute(
        delete(JobPick).where(JobPick.picked_at < func.now() - text("interval '1 hour'"), ~exists(queued))
    )
