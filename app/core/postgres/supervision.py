"""Keep the embedded server running for as long as somebody serves: when it dies, it is started again."""

import asyncio
import time

import structlog

from app.core.postgres.errors import EmbeddedPostgresError
from app.core.postgres.server import EmbeddedPostgres

log = structlog.get_logger(__name__)

LOOK_EVERY = 0.2
WAITS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before the first, second, ... start in a row; there is no eighth."""

CALM_AFTER = 60.0
"""A server that ran this long is no longer counted as one that keeps dying."""


def choose_wait(starts: int) -> float | None:
    """Return how long to wait before starting again after `starts` in a row that did not last; None: give up."""
    return WAITS[starts] if starts < len(WAITS) else None


async def keep_running(server: EmbeddedPostgres) -> None:
    """Start the server again whenever it is gone; runs until it is cancelled.

    The server recovers by itself what was committed. Its address stays the same, so pools and workers that look for it
    find it again. A disk that is full, or data that are damaged, are not mended by starting for ever.

    Raises:
        EmbeddedPostgresError: it could not be started, or died soon, too often in a row.
    """
    starts, since = 0, time.monotonic()
    while True:
        await asyncio.sleep(LOOK_EVERY)
        if server.runs():
            continue
        if time.monotonic() - since > CALM_AFTER:
            starts = 0
        wait = choose_wait(starts)
        if wait is None:
            raise EmbeddedPostgresError(
                f"The database ended {starts} times in a row soon after it was started.",
                f"Its words are in postgres.log below {server.folder}. Is the disk full, or the memory?",
            )
        log.error("database ended; starting it again", starts=starts, wait=wait)
        await asyncio.sleep(wait)
        await _start_again(server, last=choose_wait(starts + 1) is None)
        starts, since = starts + 1, time.monotonic()


async def _start_again(server: EmbeddedPostgres, *, last: bool) -> None:
    try:
        await asyncio.to_thread(server.start)
    except EmbeddedPostgresError as error:
        if last:
            raise
        log.error("database does not start", message=error.message)  # noqa: TRY400 (its own words are the story)
    else:
        log.warning("database runs again")
