"""How old does the national sum get? The oldest correction that is committed and not yet in it."""

import asyncio

from sqlalchemy import text

from app.core.database import Sessions

LOOK_EVERY = 0.2
_AGE = text("SELECT coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0)::float8 FROM tally_change")
_LEFT = text(
    """SELECT (SELECT count(*) FROM pgqueuer), (SELECT count(*) FROM tally_change),
              (SELECT count(*) FROM tps_section WHERE unsettled_since IS NOT NULL)"""
)


class Staleness:
    """The largest age seen, in seconds. One contest, so a change that is rolled up is in the nation's sum as well."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self.worst = 0.0

    async def watch(self, sessions: Sessions) -> None:
        """Look again and again until cancelled."""
        while True:
            async with sessions.begin() as session:
                self.worst = max(self.worst, float((await session.execute(_AGE)).scalar_one()))
            await asyncio.sleep(LOOK_EVERY)


async def wait_until_calm(sessions: Sessions) -> None:
    """Return when no job, change or unsettled section is left; a job that was set aside is the checks' business."""
    while True:
        async with sessions.begin() as session:
            left = (await session.execute(_LEFT)).one()
        if not any(left):
            return
        await asyncio.sleep(LOOK_EVERY)
