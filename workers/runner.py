"""The one runner of all jobs: pick, count the pick, run, and say how it ended."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta

import asyncpg
import structlog
from pgqueuer.errors import FailingListenerError, RetryRequested
from pgqueuer.models import Job as PickedJob
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries

from app.core import metrics
from app.core.database import is_outage
from app.core.jobs import decode_payload
from app.core.postgres.databases import plain_dsn
from app.core.rate_limit import prune_limits
from app.core.storage import StoreUnavailableError
from app.tally.roll_up import roll_up
from workers.attempts import (
    BACKOFF_SECONDS,
    CRASHES_MAX,
    FAILURES_MAX,
    Attempts,
    begin_attempt,
    finish_attempt,
    note_failure,
    note_interruption,
    note_reader_crash,
    prune,
    set_aside,
)
from workers.coverage_bias import BIAS_EVERY, RANGES_EVERY, measure_bias_once, measure_ranges_once
from workers.dump_daily import DUMP_EVERY, DailyDump
from workers.job import Context, Job, Payload
from workers.make_plant import PLANT_EVERY, plant_once
from workers.oracle import CHECK_EVERY, check_tally_once
from workers.publisher import MEND_EVERY, PUBLISH_EVERY, Mender, publish_once
from workers.reader_pool import ReaderCrashedError
from workers.send_webhooks import WEBHOOKS_EVERY, WebhookSender
from workers.settler import KEEP_EVERY, SETTLE_EVERY, keep_queue, settle_answers
from workers.sweep_uploads import sweep_uploads
from workers.trust import LINK_EVERY, TRUST_EVERY, link_once, trust_once
from workers.turns import Turns

__all__ = ["Context", "Job", "Payload", "ReaderCrashedError", "perform", "run_worker", "work_through_outages"]

log = structlog.get_logger(__name__)

LIGHT_AT_ONCE = 4
HEAVY_A_READER = 3
"""Photographs picked at once for each reader, and as many again held ready: while two pages of a TPS wait for one
another, or a reading is written down, the readers read others. Their bytes are loaded later, see `ReaderPool.ahead`."""

HEARTBEAT_TIMEOUT = timedelta(seconds=15)
"""A job whose worker was killed is picked again after this time."""

LOOK_EVERY = timedelta(seconds=1)
"""A new job is announced by NOTIFY; one that was put back for another try is not, and is found by looking."""

ROLL_UP_EVERY = 0.25
"""Seconds between two looks while nothing is listed: so long the first result may wait until it is computed."""

ROLL_UP_ROWS = 5000
PRUNE_EVERY = 300.0
SWEEP_EVERY = 600.0
WAIT_AFTER_ERROR = 5.0
WAIT_FOR_DATABASE = 1.0
WAIT_FOR_STORE = 10.0
WRITTEN_WITHIN = 60.0
"""Seconds that a worker tries to write down that a job was interrupted, while the database is away."""

CONNECTION_LOST = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    FailingListenerError,
)
"""What ends the queue's own connection. The client's own error: the server said goodbye and has not hung up yet."""


async def perform(context: Context, jobs: Mapping[str, Job], picked: PickedJob, turns: Turns) -> None:
    """Run one picked job to its end: beside others, or alone when an earlier pick of it never ended.

    A crash here, anywhere: the pick stays counted, and the job is picked again when its heartbeat is old.

    Raises:
        RetryRequested: the queue is to offer the job again, later.
    """
    async with turns.beside_others():
        attempts = await begin_attempt(context.sessions, job_id=picked.id, job=picked.entrypoint)
        if not attempts.suspected:
            await _attempt(context, jobs[picked.entrypoint], picked, attempts)
            return
        # Not counted while it waits for its turn: whatever dies meanwhile, it was not this job.
        await _note_interruption(context, picked)
    async with turns.alone():
        attempts = await begin_attempt(context.sessions, job_id=picked.id, job=picked.entrypoint)
        await _attempt(context, jobs[picked.entrypoint], picked, attempts)


async def _attempt(context: Context, job: Job, picked: PickedJob, attempts: Attempts) -> None:
    if attempts.crashed_before:
        await give_up(context, job, picked, "crashed", "Every worker that took this job died.")
        return
    try:
        with metrics.JOB_SECONDS.labels(picked.entrypoint).time():
            await job.run(context, decode_payload(picked.payload))
    except ReaderCrashedError as error:
        await _after_crash(context, job, picked, error)
    except StoreUnavailableError as error:
        # Not the job's doing either: counted, a store that is away for a minute would refuse every photograph waiting.
        log.warning("object store went away under a job", job=picked.entrypoint, job_id=picked.id, error=str(error))
        await _note_interruption(context, picked)
        raise RetryRequested(timedelta(seconds=WAIT_FOR_STORE), error.message) from error
    except Exception as error:
        if is_outage(error):
            raise
        await _after_failure(context, job, picked, attempts, error)
    else:
        await finish_attempt(context.sessions, job_id=picked.id)
        metrics.JOBS.labels(picked.entrypoint, "done").inc()


async def perform_safely(context: Context, jobs: Mapping[str, Job], picked: PickedJob, turns: Turns) -> None:
    """Run one picked job so that neither our own bookkeeping nor the end of the worker can lose it.

    The queue deletes a job whose task was cancelled or raised; what is to be offered again says so.

    Raises:
        RetryRequested: the queue is to offer the job again, later.
    """
    try:
        await perform(context, jobs, picked, turns)
    except RetryRequested:
        raise
    except asyncio.CancelledError as ending:
        await _note_interruption(context, picked)
        raise RetryRequested(timedelta(0), "The worker was stopped.") from ending
    except Exception as error:
        if is_outage(error):
            log.warning("database went away under a job", job=picked.entrypoint, job_id=picked.id)
            await _note_interruption(context, picked)
            raise RetryRequested(timedelta(0), "The database went away.") from error
        log.exception("bookkeeping failed", job=picked.entrypoint, job_id=picked.id, exc_info=error)
        raise RetryRequested(timedelta(seconds=30), str(error)) from error


async def _note_interruption(context: Context, picked: PickedJob) -> None:
    """Strike the pick out, as soon as the database answers: left counted, it would speak against the job."""
    end = asyncio.get_running_loop().time() + WRITTEN_WITHIN
    while True:
        try:
            async with context.sessions.begin() as session:
                await note_interruption(session, job_id=picked.id)
        except Exception as error:
            if not is_outage(error) or asyncio.get_running_loop().time() > end:
                raise
            await asyncio.sleep(WAIT_FOR_DATABASE)
        else:
            return


async def _after_crash(context: Context, job: Job, picked: PickedJob, error: ReaderCrashedError) -> None:
    metrics.JOBS.labels(picked.entrypoint, "crashed").inc()
    async with context.sessions.begin() as session:
        crashes = await note_reader_crash(session, job_id=picked.id)
    log.warning("reader crashed", job=picked.entrypoint, job_id=picked.id, crashes=crashes, reason=str(error))
    if crashes < CRASHES_MAX:
        raise RetryRequested(timedelta(seconds=1), str(error)) from error
    await give_up(context, job, picked, "crashed", str(error))


async def _after_failure(context: Context, job: Job, picked: PickedJob, attempts: Attempts, error: Exception) -> None:
    metrics.JOBS.labels(picked.entrypoint, "failed").inc()
    log.warning("job failed", job=picked.entrypoint, job_id=picked.id, failures=attempts.failures + 1, exc_info=error)
    message = f"{type(error).__name__}: {error}"
    if attempts.failures + 1 < FAILURES_MAX:
        async with context.sessions.begin() as session:
            await note_failure(session, job_id=picked.id)
        raise RetryRequested(timedelta(seconds=BACKOFF_SECONDS[attempts.failures]), message) from error
    await give_up(context, job, picked, "failed", message)


async def give_up(context: Context, job: Job, picked: PickedJob, reason: str, message: str) -> None:
    """Set a job aside: tell its own kind first, so that a crash in between tells it again rather than never."""
    payload = decode_payload(picked.payload)
    if job.set_aside is not None:
        await job.set_aside(context, payload, reason)
    async with context.sessions.begin() as session:
        await set_aside(
            session, job_id=picked.id, job=picked.entrypoint, payload=payload, reason=reason, message=message
        )
    metrics.JOBS.labels(picked.entrypoint, "set_aside").inc()
    log.error("job set aside", job=picked.entrypoint, job_id=picked.id, reason=reason, message=message)


async def repeat(name: str, every: float, step: Callable[[], Awaitable[int]], stopping: asyncio.Event) -> None:
    """Take `step` again and again until `stopping`; at once while there is work, then every `every` seconds."""
    while not stopping.is_set():
        wait = every
        try:
            if await step():
                wait = 0.05
        except Exception as error:  # the next round recomputes everything anyway
            log.exception("step failed", step=name, exc_info=error)
            wait = WAIT_AFTER_ERROR
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), wait)


async def _roll_up_once(context: Context) -> int:
    async with context.sessions.begin() as session:
        return await roll_up(session, limit=ROLL_UP_ROWS)


async def _prune_once(context: Context) -> int:
    async with context.sessions.begin() as session:
        await prune(session)
        await prune_limits(session)
    return 0


@contextlib.asynccontextmanager
async def open_queue(url: str, context: Context, jobs: Mapping[str, Job], turns: Turns) -> AsyncIterator[QueueManager]:
    """Give a manager for `jobs` on a connection of its own: LISTEN and a pool do not go together."""
    connection = await asyncpg.connect(plain_dsn(url))
    try:
        manager = QueueManager(Queries.from_asyncpg_connection(connection))

        async def run(picked: PickedJob) -> None:
            number = (picked.headers or {}).get("request_id")  # of the request that set all this in motion
            traced = {"request_id": number} if number else {}
            with structlog.contextvars.bound_contextvars(job=picked.entrypoint, job_id=picked.id, **traced):
                await perform_safely(context, jobs, picked, turns)

        for name in jobs:
            manager.entrypoint(name, accepts_context=False, on_failure="hold")(run)
        yield manager
    finally:
        await connection.close()


async def _work(
    url: str, context: Context, jobs: Mapping[str, Job], lane: tuple[int, Turns], stopping: asyncio.Event
) -> None:
    """Pick and run `jobs` until `stopping`. `lane`: how many are run at once, as many again being held ready."""
    if not jobs:
        return
    at_once, turns = lane
    async with open_queue(url, context, jobs, turns) as manager, asyncio.TaskGroup() as tasks:

        async def stop() -> None:
            await stopping.wait()
            manager.shutdown.set()

        stopper = tasks.create_task(stop())
        await manager.run(
            dequeue_timeout=LOOK_EVERY,
            batch_size=at_once,
            max_concurrent_tasks=2 * at_once,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            shutdown_on_listener_failure=True,
            log_aggregation_interval=timedelta(0),  # statistics of the log that we prune; nobody reads them
        )
        stopper.cancel()


async def run_worker(
    url: str, context: Context, jobs: Mapping[str, Job], stopping: asyncio.Event, *, readers: int
) -> None:
    """Run jobs, the settler, the roller, the pruning, the sweeping until `stopping` is set and the begun jobs ended.

    Raises:
        ExceptionGroup: the connection was lost; the begun jobs have ended.
    """
    turns = Turns()
    light = {name: job for name, job in jobs.items() if not job.heavy}
    heavy = {name: job for name, job in jobs.items() if job.heavy}
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_work(url, context, light, (LIGHT_AT_ONCE, turns), stopping))
        tasks.create_task(_work(url, context, heavy, (HEAVY_A_READER * readers, turns), stopping))
        tasks.create_task(repeat("settle", SETTLE_EVERY, lambda: settle_answers(context.sessions), stopping))
        tasks.create_task(repeat("keep the queue", KEEP_EVERY, lambda: keep_queue(context.sessions), stopping))
        tasks.create_task(repeat("roll up", ROLL_UP_EVERY, lambda: _roll_up_once(context), stopping))
        tasks.create_task(repeat("publish", PUBLISH_EVERY, lambda: publish_once(context), stopping))
        tasks.create_task(repeat("mend publications", MEND_EVERY, Mender(context).mend, stopping))
        tasks.create_task(repeat("bias", BIAS_EVERY, lambda: measure_bias_once(context), stopping))
        tasks.create_task(repeat("ranges", RANGES_EVERY, lambda: measure_ranges_once(context), stopping))
        tasks.create_task(repeat("oracle", CHECK_EVERY, lambda: check_tally_once(context), stopping))
        tasks.create_task(repeat("plant", PLANT_EVERY, lambda: plant_once(context), stopping))
        tasks.create_task(repeat("trust", TRUST_EVERY, lambda: trust_once(context), stopping))
        tasks.create_task(repeat("link", LINK_EVERY, lambda: link_once(context), stopping))
        tasks.create_task(repeat("daily dump", DUMP_EVERY, DailyDump(context).step, stopping))
        tasks.create_task(repeat("webhooks", WEBHOOKS_EVERY, WebhookSender(context).step, stopping))
        tasks.create_task(repeat("prune", PRUNE_EVERY, lambda: _prune_once(context), stopping))
        tasks.create_task(repeat("sweep uploads", SWEEP_EVERY, lambda: sweep_uploads(context), stopping))


async def work_through_outages(
    url: str, context: Context, jobs: Mapping[str, Job], stopping: asyncio.Event, *, readers: int
) -> None:
    """Do the same, and begin again when the database went away: the readers stay warm, and nothing is to be loaded."""
    while not stopping.is_set():
        try:
            await run_worker(url, context, jobs, stopping, readers=readers)
        except* CONNECTION_LOST as group:
            log.warning("lost the database", exc_info=group)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), WAIT_FOR_DATABASE)
