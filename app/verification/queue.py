"""The queue: the server deals, people answer or skip. Nobody picks; nobody reads his own photo or a section twice.

The database's unique indices have the last word: one task a section and person, one lease a section, one a person.
"""

import random
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Role
from app.verification.answer import Answered, answer_task, skip_task, undo_answer
from app.verification.held_task import TASK_COLUMNS, find_lease, make_held_task, sweep_and_find_lease
from app.verification.tasks import (
    NUMBER_MAX,
    SKIP_REASONS,
    DealtTask,
    LeaseExpiredError,
    TaskPage,
    describe_task,
    get_task,
)

__all__ = [
    "NUMBER_MAX",
    "SKIP_REASONS",
    "Answered",
    "DealtTask",
    "LeaseExpiredError",
    "TaskPage",
    "answer_task",
    "deal_task",
    "find_task",
    "get_task",
    "skip_task",
    "undo_answer",
]

_TRIES = 20
"""So often another dealer may be faster with the same section before we give up; each time the queue has moved on."""

# SKIP LOCKED: dealers do not queue up behind one another. Somebody may lease the section between our look and our
# lock; the unique index on live leases then refuses our task, and we look again. OFFSET 0 keeps each condition a look
# into an index for one section: a join, planned when a table was small, would read all of it. A round that a revote
# has superseded is read no more.
_CANDIDATE = """
    SELECT * FROM (
     SELECT s.id, s.pemilihan_id, s.tps_kode, s.round, s.section, s.wanted, s.photo_ids FROM tps_section s
     WHERE s.wanted = CAST(:{mode} AS text) AND s.ready_at <= now() AND {range}
       AND NOT EXISTS (SELECT FROM task t
                       WHERE t.section_id = s.id AND (t.account_id = :account OR t.state = 'leased') OFFSET 0)
       AND NOT EXISTS (SELECT FROM photo p WHERE p.pemilihan_id = s.pemilihan_id AND p.tps_kode = s.tps_kode
                         AND p.round = s.round AND p.uploader_id = :account OFFSET 0)
       AND NOT EXISTS (SELECT FROM result r WHERE r.pemilihan_id = s.pemilihan_id AND r.tps_kode = s.tps_kode
                         AND r.current AND r.round > s.round OFFSET 0)
     ORDER BY s.dice LIMIT 1 FOR NO KEY UPDATE OF s SKIP LOCKED) {name}"""
_FROM_HERE_AND_ROUND = ("s.dice >= CAST(:start AS float8)", "s.dice < CAST(:start AS float8)")

# A confirmation shows the newest machine's number of every field, or it is none.
_DEAL = """
    WITH s AS MATERIALIZED (SELECT * FROM ({candidates}) candidate LIMIT 1),
    machine AS (
      SELECT jsonb_object_agg(said.key, said.value ORDER BY r.id) AS numbers
      FROM s JOIN reading r ON r.section_id = s.id AND r.photo_id = ANY(s.photo_ids) AND r.mode = 'machine',
           LATERAL jsonb_each(r.numbers) said
      WHERE s.wanted = 'confirm'),
    known AS (SELECT numbers FROM machine WHERE NOT jsonb_path_exists(numbers, '$.* ? (@ == null)')),
    t AS (
      INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until, shown)
      SELECT s.id, :account, CASE WHEN s.wanted = 'confirm' AND known.numbers IS NULL THEN 'blind' ELSE s.wanted END,
             s.photo_ids, now() + CAST(:lease AS interval), known.numbers
      FROM s LEFT JOIN known ON true
      ON CONFLICT DO NOTHING RETURNING *)
    SELECT {columns} FROM s JOIN pemilihan c ON c.id = s.pemilihan_id LEFT JOIN t ON true"""


def _make_deal(modes: int) -> TextClause:
    """Return the statement that leases a section in the first of so many modes that has one, and returns its task."""
    candidates = " UNION ALL ".join(
        _CANDIDATE.format(mode=f"mode_{number}", range=part, name=f"part_{number}_{turn}")
        for number in range(modes)
        for turn, part in enumerate(_FROM_HERE_AND_ROUND)
    )
    return text(_DEAL.format(candidates=candidates, columns=TASK_COLUMNS))


_DEALS = {modes: _make_deal(modes) for modes in (2, 3)}


async def deal_task(session: AsyncSession, *, account_id: int, role: Role, lease_seconds: int) -> DealtTask | None:
    """Deal this person a task, at random; None when there is none for him now. Who holds one gets the same again."""
    held = await sweep_and_find_lease(session, account_id=account_id)
    for _ in range(_TRIES):
        if held is not None:
            return await describe_task(session, held)
        row = await _lease(session, account_id, role, timedelta(seconds=lease_seconds))
        if row is None:
            return None
        # No task although there was a section: somebody was faster, or he himself asked twice and holds another now.
        held = await find_lease(session, account_id=account_id) if row.id is None else make_held_task(row)
    return None if held is None else await describe_task(session, held)


async def find_task(session: AsyncSession, *, account_id: int) -> DealtTask | None:
    """Return the task that this person holds; deals none."""
    held = await find_lease(session, account_id=account_id)
    return None if held is None else await describe_task(session, held)


def _choose_modes(role: Role) -> list[str]:
    """Return what this role is dealt, in order: reviews first, for few may do them; the others as chance has it."""
    ordinary = random.sample(("blind", "confirm"), 2)
    return ["review", *ordinary] if role in {Role.REVIEWER, Role.ADMIN} else ordinary


async def _lease(session: AsyncSession, account_id: int, role: Role, lease: timedelta) -> Row[Any] | None:
    """Lease a section that this person may read, from a random place of the queue onwards, round to its start.

    Returns None where there is no section, and a row without a task when a unique index refused the lease.
    """
    modes = _choose_modes(role)
    values = {f"mode_{number}": mode for number, mode in enumerate(modes)}
    rest = {"start": random.random(), "account": account_id, "lease": lease}
    return (await session.execute(_DEALS[len(modes)], {**values, **rest})).one_or_none()
