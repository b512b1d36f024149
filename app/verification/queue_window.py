"""Where dealing begins: anywhere among the sections that are due first, each as likely as the other.

Not at the very first: thousands of dealers would look through each other's leases, and through what has just been dealt
and not yet been cleared away; and whoever has just answered could tell an accomplice what comes next. The window is
measured by the workers now and then. It is a hint: where it is missing, dealing looks from the start of the queue.
"""

from app.core.statements import Statements
from app.verification.urgency import SPREAD

WIDTH = 10_000
"""Sections in the window; more than there were readers at once in 2019, more than are dealt between two measures."""

MARKS = 64
"""The window is kept as the places of so many of its sections, evenly by rank."""

MEASURE_EVERY = 2.0
"""Seconds; another worker's measure does as well."""

# A row that another worker is writing this moment is left to him.
_MEASURE = f"""
    WITH old AS (
      SELECT wanted FROM queue_window WHERE at < clock_timestamp() - $1::float8 * interval '1 second'
      ORDER BY wanted FOR UPDATE SKIP LOCKED)
    UPDATE queue_window w SET at = clock_timestamp(), turns = ARRAY(
      SELECT turn FROM (
        SELECT turn, row_number() OVER (ORDER BY turn) AS rank, count(*) OVER () AS size FROM (
          SELECT s.turn FROM tps_section s WHERE s.wanted = w.wanted ORDER BY s.turn LIMIT $2) due) ranked
      WHERE rank IN (1, size) OR rank % (1 + size / {MARKS}) = 0 ORDER BY turn)
    FROM old WHERE w.wanted = old.wanted"""  # noqa: S608 - our own constant

START = """(
      SELECT mark.turns[mark.place] + random() * (mark.turns[mark.place + 1] - mark.turns[mark.place]) FROM (
        SELECT turns, 1 + floor(random() * (cardinality(turns) - 1))::int AS place
        FROM queue_window WHERE wanted = {mode} OFFSET 0) mark)"""
"""Expression for the place where one deal begins: a mark by chance, then by chance on to the next. No marks: null."""

# Of mean wait and weight 1, see ``urgency``.
_PLACE = f"""
    UPDATE tps_section SET turn = extract(epoch FROM now()) - {SPREAD.total_seconds()} * ln(1 - random())
    WHERE id IN (
      SELECT id FROM tps_section WHERE wanted IN ('blind', 'confirm', 'review') AND turn = 'infinity'
      LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)"""  # noqa: S608 - our own constant
PLACED_AT_ONCE = 1000


async def place_unplaced(statements: Statements) -> None:
    """Give sections a place that have none: they were opened before there were places, or by an earlier release."""
    await statements.row(_PLACE, PLACED_AT_ONCE)


async def measure_window(statements: Statements, *, every: float = MEASURE_EVERY, width: int = WIDTH) -> None:
    """Measure anew what was last measured more than ``every`` seconds ago."""
    await statements.row(_MEASURE, every, width)
