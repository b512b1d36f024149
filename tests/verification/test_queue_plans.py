"""With a hundred thousand open sections every statement of the queue and of settling goes by an index."""

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy.dialects import postgresql

from app.core.postgres.databases import plain_dsn
from app.verification import answer, gather, held_task, locks, queue, queue_window, record_answer, settle_list
from app.verification.plants import service as plants

ROWS = 100_000
# Foreign keys are not looked at: what stands around the queue is not the subject.
_LAY = f"""
    SET session_replication_role = replica;
    INSERT INTO tps_section (pemilihan_id, tps_kode, section, wanted, turn, photo_ids)
      SELECT 1, lpad(n::text, 13, '0'), 'suara', CASE WHEN n % 2 = 0 THEN 'blind' ELSE 'confirm' END, n, ARRAY[n]
      FROM generate_series(1, {ROWS}) n;
    INSERT INTO photo (sha256, byte_count, content_type, pemilihan_id, tps_kode, uploader_id, state, page)
      SELECT n::text, 1, 'image/jpeg', 1, lpad(n::text, 13, '0'), n % 1000, 'read', 2
      FROM generate_series(1, {ROWS}) n;
    INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until, state, answered_at)
      SELECT n, n % 1000, 'blind', ARRAY[n], now(), CASE WHEN n % 100 = 0 THEN 'leased' ELSE 'answered' END,
             CASE WHEN n % 100 = 0 THEN NULL ELSE now() END
      FROM generate_series(1, {ROWS}) n ON CONFLICT DO NOTHING;
    INSERT INTO reading (section_id, photo_id, mode, machine, numbers, details, salt, commitment)
      SELECT n, n, 'machine', 'm', '{{}}', '{{}}', 's', 'c' FROM generate_series(1, {ROWS}) n;
    ANALYZE tps_section, task, reading, photo;
    SET plan_cache_mode = force_generic_plan"""  # noqa: S608 - our own constant
_READ_THROUGH = re.compile(r"Seq Scan on (task|tps_section|reading|photo)\b.*")


def spell(statement: object) -> str:
    """A statement of SQLAlchemy's as the driver gets it."""
    return str(statement.compile(dialect=postgresql.asyncpg.dialect()))  # type: ignore[attr-defined,no-untyped-call]


STATEMENTS = {
    **{f"deal {mode} at once": statement for mode, statement in queue._FIRST_LOOKS.items()},
    **{f"deal {mode} within": statement for mode, statement in queue._FIRST_LOOKS_WITHIN.items()},
    **{f"deal in {modes} modes": statement for modes, statement in queue._DEALS.items()},
    "deal a planted item": plants._LEASE,
    "find a task": held_task._FIND,
    "find a lease": held_task._FIND_LEASE,
    "sweep leases": held_task._SWEEP,
    "answer": record_answer._RECORD,
    "skip": answer._SKIP,
    "last answer": answer._IS_LAST,
    "window": queue_window._MEASURE,
    "anything listed": settle_list._ANY,
    "lock listed": locks._LOCK_FREE,
    "lock many": spell(locks._LOCK_MANY),
    "gather readings": spell(gather._READINGS.of_many),
    "gather skips and decisions": spell(gather._SKIPS_AND_DECISIONS.of_many),
}


@pytest.fixture
async def laid(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(plain_dsn(database))
    await connection.execute(_LAY)
    yield connection
    await connection.close()


async def test_nothing_is_read_through(laid: asyncpg.Connection) -> None:
    found = {}
    for name, statement in STATEMENTS.items():
        await laid.execute(f"PREPARE asked AS {statement}")
        count = max((int(number) for number in re.findall(r"\$(\d+)", statement)), default=0)
        values = f"({', '.join(['NULL'] * count)})" if count else ""
        plan = "\n".join(row[0] for row in await laid.fetch(f"EXPLAIN EXECUTE asked{values}"))
        await laid.execute("DEALLOCATE asked")
        if through := _READ_THROUGH.search(plan):
            found[name] = through[0]
    assert found == {}
