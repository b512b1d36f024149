"""Once a day, everything public as one file a contest; and the end of files that are old."""

from datetime import UTC, datetime

import structlog

from app.publication.shelf import open_shelf
from app.reports.dump.keeping import sweep_dumps
from app.reports.dump.making import begin_dump, list_open_contests, make_dump
from workers.job import Context

log = structlog.get_logger(__name__)

DUMP_EVERY = 600.0
"""Seconds between two looks whether today's dumps are there."""


class DailyDump:
    """Makes the dumps of a worker. The first look after a start does nothing: who starts has something else to do."""

    def __init__(self, context: Context) -> None:
        """Make them from this worker's database into its store."""
        self._context = context
        self._settled = False

    async def step(self) -> int:
        """Make what is missing today and remove what is old; return how many were made."""
        if not self._settled:
            self._settled = True
            return 0
        context, now = self._context, datetime.now(UTC)
        await sweep_dumps(context.sessions, open_shelf(context.storage).remove, now=now)
        return await make_missing(context, now=now)


async def make_missing(context: Context, *, now: datetime) -> int:
    """Make today's dump of every contest that has none yet; return how many were made."""
    async with context.sessions.begin() as session:
        contests = await list_open_contests(session)
    made = 0
    for contest in contests:
        number = await begin_dump(context.sessions, contest=contest, now=now)
        if number is not None:
            site = context.settings.base_url.rstrip("/")
            await make_dump(context.sessions, context.storage, contest=contest, dump_id=number, site=site, now=now)
            log.info("dump made", pemilihan=contest.kode, dump=number)
            made += 1
    return made
