"""Planted items as the queue meets them. Each function writes with one statement, which may stand alone.

A planted task is locked and ended as any other: by a statement that changes it only while it is leased and live.
"""

import random
from collections.abc import Mapping
from datetime import timedelta

import orjson

from app.core.statements import Statements
from app.transparency.service import NEXT_ENTRY
from app.verification.held_task import TASK_COLUMNS, HeldTask, make_held_task
from app.verification.plants.share import NEWCOMER_SHARES, PLANT_SHARE, SHARE_MAX, TIMES_MAX

_ANSWERED_MAX = NEWCOMER_SHARES[-1][0]
_NEWCOMER = " ".join(f"WHEN (SELECT answered FROM seen) < {below} THEN {share}" for below, share in NEWCOMER_SHARES)  # noqa: S608 - two constants

# From a random place of the pool onwards, then round to its start; OFFSET 0 keeps each condition a look into an index.
_CANDIDATE = """
    SELECT * FROM (
      SELECT i.* FROM planted_item i JOIN tps_section s ON s.id = i.section_id JOIN pemilihan c ON c.id = s.pemilihan_id
      WHERE i.state = 'ready' AND i.dice {range}
        AND $3 < LEAST({most}, GREATEST(
          coalesce((c.definisi #>> '{{policy,plant_share}}')::float8, {usual}),
          CASE {newcomer} ELSE 0 END))
        AND EXISTS (SELECT FROM decision d WHERE d.id = i.decision_id AND d.state = 'current' OFFSET 0)
        AND NOT EXISTS (SELECT FROM task t WHERE t.section_id = i.section_id
                          AND (t.state = 'leased' OR t.account_id = ANY((SELECT accounts FROM own)::bigint[])) OFFSET 0)
        AND NOT EXISTS (SELECT FROM photo p WHERE p.pemilihan_id = s.pemilihan_id AND p.tps_kode = s.tps_kode
                          AND p.round = s.round AND p.uploader_id = ANY((SELECT accounts FROM own)::bigint[]) OFFSET 0)
      ORDER BY i.dice LIMIT 1 FOR UPDATE OF i SKIP LOCKED) {name}"""


def _make_candidates() -> str:
    shares = {"most": SHARE_MAX, "usual": PLANT_SHARE, "newcomer": _NEWCOMER}
    parts = {"onwards": ">= $4", "round": "< $4"}
    return " UNION ALL ".join(_CANDIDATE.format(range=part, name=name, **shares) for name, part in parts.items())


# One look into the queue's index each: an EXISTS by itself is planned as reading through while much is wanted.
_OPEN = " UNION ALL ".join(
    f"(SELECT FROM tps_section WHERE wanted = '{mode}' AND ready_at <= now() ORDER BY turn LIMIT 1)"
    for mode in ("blind", "confirm")
)
# What he, or an account that counts as one person with him, has read or sent a photograph of, he is not shown: he would
# know it. What the rule has decided anew since the item was made is not dealt either. Counted as seen where the lease
# is made, in the same statement: an item that two are dealt at once would be seen too often. And none while nothing
# else is to be read: whatever came then would be known to be one.
_LEASE = f"""
WITH own AS MATERIALIZED (
    SELECT array_append(ARRAY(
      SELECT other.account_id FROM linked_account me JOIN linked_account other ON other.group_id = me.group_id
      WHERE me.account_id = $1), $1::bigint) AS accounts),
seen AS MATERIALIZED (
    SELECT count(*) AS answered FROM (
      SELECT FROM plant_answer WHERE account_id = $1 AND undone_at IS NULL LIMIT {_ANSWERED_MAX}) one),
found AS MATERIALIZED (
    SELECT * FROM ({_make_candidates()}) candidate
    WHERE NOT EXISTS (SELECT FROM task t WHERE t.account_id = $1 AND t.state = 'leased' AND t.leased_until > now())
      AND EXISTS (SELECT FROM ({_OPEN}) open)
    LIMIT 1),
made AS (
    INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until, shown, plant_id)
    SELECT section_id, $1, mode, photo_ids, now() + $2::interval, shown, id FROM found
    ON CONFLICT DO NOTHING RETURNING *),
used AS (
    UPDATE planted_item i SET times = i.times + 1,
           state = CASE WHEN i.times + 1 >= {TIMES_MAX} THEN 'retired' ELSE i.state END
    FROM made WHERE i.id = made.plant_id)
SELECT {TASK_COLUMNS} FROM made t JOIN tps_section s ON s.id = t.section_id
     JOIN pemilihan c ON c.id = s.pemilihan_id"""  # noqa: S608 - put together from constants

_END = """
UPDATE task SET state = {state}, skip_reason = {reason}, answered_at = now()
WHERE id = $1 AND state = 'leased' AND leased_until > now()"""
# He is told numbers as of a reading, from the same sequence: one a photograph. As many numbers of log entries are left
# out: receipts before and after would else tell that nothing was written between them.
_ANSWER = f"""
WITH done AS ({_END.format(state="'answered'", reason="NULL")} RETURNING id, plant_id, account_id),
written AS (
    INSERT INTO plant_answer (task_id, plant_id, account_id, numbers, reading_ids)
    SELECT id, plant_id, account_id, $2::text::jsonb, ARRAY(
      SELECT nextval(pg_get_serial_sequence('reading', 'id')) FROM generate_series(1, $3::int))
    FROM done RETURNING reading_ids)
SELECT reading_ids, (SELECT count({NEXT_ENTRY}) FROM unnest(reading_ids)) AS left_out FROM written"""  # noqa: S608 - put together from constants
_SKIP = _END.format(state="'skipped'", reason="$2") + " RETURNING id"
_UNDO = f"""
WITH undone AS (UPDATE plant_answer SET undone_at = now() WHERE task_id = $1)
UPDATE task SET state = 'skipped', skip_reason = 'undone' WHERE id = $1 RETURNING {NEXT_ENTRY}"""  # noqa: S608


async def lease_plant(statements: Statements, *, account_id: int, lease: timedelta) -> HeldTask | None:
    """Lease this person a planted item; None: he is to be dealt an ordinary task, or holds one already.

    Chance decides first, so that most deals cost nothing here.
    """
    draw = random.random()
    if draw >= SHARE_MAX:
        return None
    row = await statements.row(_LEASE, account_id, lease, draw, random.random())
    return None if row is None else make_held_task(row)


async def record_plant_answer(
    statements: Statements, *, held: HeldTask, numbers: Mapping[str, int | None]
) -> tuple[int, ...]:
    """Write down what he answered to a planted item and end the task; return numbers that look like a reading's.

    None, and nothing was written, where the task is live no longer.
    """
    row = await statements.row(_ANSWER, held.id, orjson.dumps(dict(numbers)).decode(), len(held.photos))
    return () if row is None else tuple(row["reading_ids"])


async def skip_plant(statements: Statements, *, held: HeldTask, reason: str) -> bool:
    """Note that he skipped a planted item; false where the task is live no longer."""
    return await statements.row(_SKIP, held.id, reason) is not None


async def undo_plant_answer(statements: Statements, *, held: HeldTask) -> None:
    """Note that he took his answer to a planted item back; the task is locked by the caller."""
    await statements.row(_UNDO, held.id)
