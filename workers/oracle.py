"""The oracle: now and then a contest is added up in another way than the roller did; it says when they differ."""

import structlog

from app.pemilu.service import get_contest
from app.tally.checks import check_still, find_due, note_check
from workers.job import Context

log = structlog.get_logger(__name__)

CHECK_EVERY = 60.0
"""Seconds between two looks whether a contest is due."""


async def check_tally_once(context: Context) -> int:
    """Check the contest that was checked longest ago, if it is due; return 0: the next waits its turn.

    Nothing is mended here: a sum that is not right has a cause that somebody has to find first. The one who checks
    holds the turn with a transaction that has touched nothing else; a crash gives it back.
    """
    async with context.sessions.begin() as turn:
        due = await find_due(turn)
        if due is None:
            return 0
        contest = await get_contest(turn, id=due)
        async with context.sessions.begin() as session:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            drifts, seconds = await check_still(session, contest=contest)
        await note_check(turn, contest=contest, drifts=drifts, seconds=seconds)
    if drifts:
        first = drifts[0]
        log.error(
            "sums are not right", contest=contest.kode, sums=len(drifts), kode=first.kode, column=first.column,
            stored=first.stored, right=first.right,
        )  # fmt: skip
    return 0
