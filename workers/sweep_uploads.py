"""A periodic step: close direct uploads whose time is over, and remove what they and crashes left in the store."""

from datetime import UTC, datetime

from app.core.storage import S3Store
from app.intake.direct import SWEEP_AFTER, expire_uploads
from workers.job import Context


async def sweep_uploads(context: Context) -> int:
    """Return how much was closed and removed. Any number of workers may do it at once.

    Rows go by the database's clock, objects by the store's: these are given an hour beyond their time, so that clocks
    which disagree a little take nothing from a transfer that is under way.
    """
    async with context.sessions.begin() as session:
        closed = await expire_uploads(session)
    if not isinstance(context.storage, S3Store):
        return closed
    return closed + await context.storage.incoming.sweep(before=datetime.now(UTC) - SWEEP_AFTER)
