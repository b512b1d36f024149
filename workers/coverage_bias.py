"""Now and then: is what is covered like what is not? One contest a turn, by one worker at a time."""

from app.official.coverage_bias import find_due_bias, measure_bias
from app.pemilu.service import get_contest
from app.tally.ranges import list_asking, measure_ranges
from workers.job import Context

BIAS_EVERY = 60.0
"""Seconds between two looks whether a contest has changed."""

RANGES_EVERY = 600.0


async def measure_bias_once(context: Context) -> int:
    """Measure the contest that was measured longest ago and has changed since; return 0: the next waits its turn."""
    async with context.sessions.begin() as session:
        due = await find_due_bias(session)
        if due is not None:
            await measure_bias(session, contest=await get_contest(session, id=due))
    return 0


async def measure_ranges_once(context: Context) -> int:
    """Compute the ranges of contests whose election files ask for them; return 0."""
    async with context.sessions.begin() as session:
        for pemilihan_id in await list_asking(session):
            await measure_ranges(session, contest=await get_contest(session, id=pemilihan_id))
    return 0
