"""Job ``follow_official``: what a large import of official figures sets in motion, in pieces."""

from collections.abc import Mapping
from typing import Any

from app.core.database import Sessions
from app.core.jobs import enqueue
from app.official.following import list_unmarked
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest
from app.tally.service import note_official
from workers.job import Context

BATCH = 20_000
"""TPS marked in one transaction: the roller and people's answers wait for no longer than that takes."""


async def follow_official(context: Context, payload: Mapping[str, Any]) -> None:
    """Bring tally and differences of ``{"pemilihan_id"}`` to the present official figures; twice changes nothing."""
    async with context.sessions.begin() as session:
        contest = await get_contest(session, id=payload["pemilihan_id"])
    await mark_all(context.sessions, contest)
    async with context.sessions.begin() as session:
        await enqueue(session, "compare_contest", payload, dedupe=f"compare_contest/{contest.id}")


async def mark_all(sessions: Sessions, contest: Contest) -> int:
    """Mark every TPS with official figures in the tally, piece by piece; return of how many it was news."""
    after, news = "", 0
    while True:
        async with sessions.begin() as session:
            found = await list_unmarked(session, contest, after=after, limit=BATCH)
            if not found:
                return news
            news += await note_official(session, pemilihan_id=contest.id, tps_kodes=found)
        after = found[-1]
