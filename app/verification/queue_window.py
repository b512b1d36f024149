"""Where dealing begins: somewhere among the sections that are due first, so that dealers do not meet at the very first.

If everybody took the first, thousands at once would look through each other's leases, and through what has just been
dealt and not yet been cleared away. The window is measured by the workers now and then; it is a hint and no more: where
it is old or missing, dealing looks from the start of the queue.
"""

from app.core.statements import Statements

WIDTH = 20_000
"""Sections in the window: several times as many as there were readers at once in 2019."""

MEASURE_EVERY = 2.0
"""Seconds; another worker's measure does as well."""

# A row that another worker is writing this moment is left to him.
_MEASURE = """
    WITH old AS (
      SELECT wanted FROM queue_window WHERE at < clock_timestamp() - $1::float8 * interval '1 second'
      ORDER BY wanted FOR UPDATE SKIP LOCKED)
    UPDATE queue_window w SET at = clock_timestamp(), (head, reach) = (
      SELECT coalesce(min(turn), 0), coalesce(max(turn), 0) FROM (
        SELECT s.turn FROM tps_section s WHERE s.wanted = w.wanted ORDER BY s.turn LIMIT $2) due)
    FROM old WHERE w.wanted = old.wanted"""

START = "(SELECT w.head + random() * (w.reach - w.head) FROM queue_window w WHERE w.wanted = {mode})"
"""Expression for the place where one deal begins; no row, no place."""


async def measure_window(statements: Statements, *, every: float = MEASURE_EVERY, width: int = WIDTH) -> None:
    """Measure anew what was last measured more than ``every`` seconds ago."""
    await statements.row(_MEASURE, every, width)
