"""Old volumes go when nobody can still be reading from them."""

from datetime import datetime, timedelta

from app.core.statements import begin, look
from app.publication.press import Press
from app.publication.shelf import volume_key

KEPT = timedelta(days=7)
"""Who holds a pointer that is younger than this finds every file that it leads to."""

AT_ONCE = 500

_OLD = "SELECT id, sha256 FROM publication_volume WHERE retired_at < $1 ORDER BY retired_at LIMIT $2"
_DROP = "DELETE FROM publication_volume WHERE id = ANY($1) AND retired_at < $2 RETURNING id"


async def sweep_volumes(press: Press, *, now: datetime, limit: int = AT_ONCE) -> int:
    """Remove volumes in which no current file has lain for :data:`KEPT`, and return how many.

    Counted from the moment the last file left, or from the announcement where a crash kept it from being published.
    Crash: the objects are gone, their rows are not; the next sweep removes nothing once more and drops them.
    """
    before = now - KEPT
    async with look(press.sessions) as ask:
        old = await ask.rows(_OLD, before, limit)
    for row in old:
        await press.shelf.remove(volume_key(row["sha256"]))
    async with begin(press.sessions) as ask:
        return len(await ask.rows(_DROP, [row["id"] for row in old], before))
