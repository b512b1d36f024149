"""The yardstick: the same traffic with nothing in it. Claim a row with SKIP LOCKED, mark it, insert the answer."""

import asyncio
import random
from collections.abc import Sequence
from time import perf_counter

import asyncpg

_TABLES = """
    DROP TABLE IF EXISTS bare_answer, bare_queue;
    CREATE TABLE bare_queue (id bigint PRIMARY KEY, dice float8 NOT NULL, state text NOT NULL DEFAULT 'open');
    CREATE TABLE bare_answer (id bigserial PRIMARY KEY, queue_id bigint REFERENCES bare_queue, numbers jsonb);
    INSERT INTO bare_queue SELECT n, random() FROM generate_series(1, {rows}) n;
    CREATE INDEX ON bare_queue (dice) WHERE state = 'open';
    ANALYZE bare_queue"""
_CLAIM = """
    UPDATE bare_queue SET state = 'taken' WHERE id = (
      SELECT id FROM bare_queue WHERE state = 'open' AND dice >= $1 ORDER BY dice LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id"""
_MARK = "UPDATE bare_queue SET state = 'done' WHERE id = $1"
_ANSWER = "INSERT INTO bare_answer (queue_id, numbers) VALUES ($1, $2)"
_NUMBERS = '{"suara_01": 123, "suara_02": 274, "suara_03": 32, "suara_sah": 429, "suara_total": 437}'


async def lay_bare_queue(dsn: str, rows: int) -> None:
    """Make the bare queue with ``rows`` open rows."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(_TABLES.format(rows=rows))
    await connection.close()


async def open_bare(dsn: str, connections: int) -> list[asyncpg.Connection]:
    """Open the connections of the yardstick; they stay open, as those of the services' pool do."""
    return [await asyncpg.connect(dsn) for _ in range(connections)]


async def run_bare(opened: Sequence[asyncpg.Connection], *, seconds: float) -> int:
    """Return how many claims were made and answered over these connections at once."""
    until = perf_counter() + seconds
    return sum(await asyncio.gather(*(_work(one, until) for one in opened)))


async def _work(connection: asyncpg.Connection, until: float) -> int:
    done = 0
    while perf_counter() < until:
        claimed = await connection.fetchval(_CLAIM, random.random() * 0.9)
        async with connection.transaction():
            await connection.execute(_MARK, claimed)
            await connection.execute(_ANSWER, claimed, _NUMBERS)
        done += 1
    return done
