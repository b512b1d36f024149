"""The settler: lets the rule look at what people answered, a moment after they did. Every worker process has one.

It asks ten times a second whether anything is listed, a look into an empty index. It is not told by NOTIFY: that makes
all commits of the database that announce something wait for one another, and people answer hundreds of times a second.
"""

from collections.abc import Sequence

import structlog

from app.core.database import Sessions, is_outage
from app.core.jobs import enqueue
from app.core.statements import look, share
from app.verification.held_task import sweep_leases
from app.verification.queue_window import measure_window, place_unplaced
from app.verification.service import settle_many, settle_unsettled
from app.verification.settle_list import find_unsettled, has_unsettled, take_off_list

log = structlog.get_logger(__name__)

SETTLE_EVERY = 0.1
"""Seconds between two looks while nothing is listed."""

KEEP_EVERY = 1.0
"""Seconds between two looks at leases and at the queue's beginning."""

BATCHES_AT_ONCE = 20
"""So many full batches are settled without a pause; then the loop sees whether it is to stop."""


async def settle_answers(sessions: Sessions) -> int:
    """Let the rule look at what is listed, batch after batch; return how many sections those were.

    A crash, anywhere: the batch was not committed, and is listed still.
    """
    async with look(sessions) as statements:
        if not await has_unsettled(statements):
            return 0
    done = 0
    for _ in range(BATCHES_AT_ONCE):
        settled = await _settle_batch(sessions)
        done += settled
        if not settled:
            break
    return done


async def keep_queue(sessions: Sessions) -> int:
    """Give back what people hold no longer, and measure where the queue begins; return how many leases had run out."""
    async with look(sessions) as statements:
        await place_unplaced(statements)
        await measure_window(statements)
        return await sweep_leases(statements)


async def _settle_batch(sessions: Sessions) -> int:
    try:
        async with sessions.begin() as session:
            return len(await settle_unsettled(session))
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("a batch could not be settled", exc_info=error)
    async with look(sessions) as statements:
        listed = await find_unsettled(statements)
    return await _settle_one_by_one(sessions, listed)


async def _settle_one_by_one(sessions: Sessions, listed: Sequence[int]) -> int:
    """Settle sections of which one made its batch fail, so that the others do not wait for it."""
    for section_id in listed:
        try:
            async with sessions.begin() as session:
                await settle_many(session, section_ids=[section_id])
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("a section could not be settled", section_id=section_id, exc_info=error)
            await _leave_to_job(sessions, section_id)
    return len(listed)


async def _leave_to_job(sessions: Sessions, section_id: int) -> None:
    """Take a section off the list and queue the job ``settle`` for it: that one is tried again, set aside and seen."""
    async with sessions.begin() as session:
        await take_off_list(await share(session), section_id=section_id)
        await enqueue(session, "settle", {"section_id": section_id}, dedupe=f"settle/{section_id}")
