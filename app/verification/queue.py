"""The queue: the server deals, people answer or skip. Nobody picks; nobody reads his own photo or a section twice.

The database's unique indices have the last word: one task a section and person, one lease a section, one a person.
Every function takes a session or bare statements (`app.core.statements`): a deal, an answer and a skip each write with
one statement, which commits by itself where no transaction was opened.
"""

import random
from datetime import timedelta

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Role
from app.core.statements import Statements, share
from app.verification.answer import Answered, answer_task, skip_task, undo_answer
from app.verification.dealt_here import note_dealt
from app.verification.held_task import (
    FRESH_TASK_COLUMNS,
    FRESH_TASK_PHOTOS,
    TASK_COLUMNS,
    HeldTask,
    find_lease,
    make_fresh_task,
    make_held_task,
    sweep_leases,
)
from app.verification.plants.service import lease_plant
from app.verification.queue_window import START
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
# has superseded is read no more. Accounts that belong together count as one person.
_OWN = """
    own AS MATERIALIZED (
      SELECT array_append(ARRAY(
        SELECT other.account_id FROM linked_account me JOIN linked_account other ON other.group_id = me.group_id
        WHERE me.account_id = $1), $1::bigint) AS accounts)"""
_CANDIDATE = """
     SELECT s.id, s.pemilihan_id, s.tps_kode, s.round, s.section, s.wanted, s.photo_ids FROM tps_section s
     WHERE s.wanted = {mode} AND s.unsettled_since IS NULL AND s.ready_at <= now() {unless} {kept}
       AND NOT EXISTS (SELECT FROM task t
                       WHERE t.section_id = s.id AND (t.account_id = $1 OR t.state = 'leased'
                         OR (t.state = 'answered' AND t.account_id = ANY((SELECT accounts FROM own)::bigint[])))
                       OFFSET 0)
       AND NOT EXISTS (SELECT FROM photo p WHERE p.pemilihan_id = s.pemilihan_id AND p.tps_kode = s.tps_kode
                         AND p.round = s.round AND p.uploader_id = ANY((SELECT accounts FROM own)::bigint[]) OFFSET 0)
       AND NOT EXISTS (SELECT FROM result r WHERE r.pemilihan_id = s.pemilihan_id AND r.tps_kode = s.tps_kode
                         AND r.current AND r.round > s.round OFFSET 0)
     ORDER BY s.turn LIMIT 1 FOR NO KEY UPDATE OF s SKIP LOCKED"""

# Of those who may review, one may send or read a section as everybody does. The others are kept for it, in case people
# do not agree: whoever has had a part in it does not review it, and with all of them in it it would wait for nobody.
# Where no volunteer is left to read it, or none came for an hour, they read it all the same.
_KEPT = """
       AND (NOT EXISTS (SELECT FROM task t JOIN account a ON a.id = t.account_id
                        WHERE t.section_id = s.id AND a.role IN ('reviewer', 'admin') OFFSET 0)
           AND NOT EXISTS (SELECT FROM photo p JOIN account a ON a.id = p.uploader_id
                           WHERE p.pemilihan_id = s.pemilihan_id AND p.tps_kode = s.tps_kode AND p.round = s.round
                             AND a.role IN ('reviewer', 'admin') OFFSET 0)
         OR s.ready_at <= now() - interval '1 hour'
         OR NOT EXISTS (
           SELECT FROM account a WHERE a.role = 'volunteer' AND a.state = 'active' AND a.reading = 'open'
           AND NOT EXISTS (SELECT FROM task t WHERE t.section_id = s.id AND t.account_id = a.id OFFSET 0)
           AND NOT EXISTS (SELECT FROM photo p WHERE p.pemilihan_id = s.pemilihan_id AND p.tps_kode = s.tps_kode
                             AND p.round = s.round AND p.uploader_id = a.id OFFSET 0) OFFSET 0))"""

# A confirmation shows the newest machine's number of every field, or it is none.
_SHOWN = """
    machine AS (
      SELECT jsonb_object_agg(said.key, said.value ORDER BY r.id) AS numbers
      FROM found f JOIN reading r ON r.section_id = f.id AND r.photo_id = ANY(f.photo_ids) AND r.mode = 'machine',
           LATERAL jsonb_each(r.numbers) said
      WHERE f.wanted = 'confirm'),
    known AS (SELECT numbers FROM machine WHERE NOT jsonb_path_exists(numbers, '$.* ? (@ == null)')),"""
_MADE = """
    made AS (
      INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until, shown)
      SELECT f.id, $1, CASE WHEN f.wanted = 'confirm' AND known.numbers IS NULL THEN 'blind' ELSE f.wanted END,
             f.photo_ids, now() + $2::interval, known.numbers
      FROM found f LEFT JOIN known ON true
      ON CONFLICT DO NOTHING RETURNING *)"""
# What is not looked at again is not returned: each column costs in every part of a statement that hands it on.
_MADE_AT_ONCE = """
    made AS (
      INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until, shown)
      SELECT f.id, $1, {dealt}, f.photo_ids, now() + $2::interval, {shown} FROM found f {known}
      {refused} RETURNING id, mode, leased_until, shown)"""
# Who holds one is told so by another statement: here he finds nothing.
_HOLDS_NONE = "AND NOT EXISTS (SELECT FROM task WHERE account_id = $1 AND state = 'leased' OFFSET 0) AND s.turn >= "
_DEALT_AS = {
    "blind": {"dealt": "'blind'", "shown": "NULL", "known": ""},
    "confirm": {
        "dealt": "CASE WHEN known.numbers IS NULL THEN 'blind' ELSE 'confirm' END",
        "shown": "known.numbers",
        "known": "LEFT JOIN known ON true",
    },
}


def _make_first_look(mode: str, refused: str) -> str:
    """Return the statement for what nearly every deal comes to: a section of those due first that wants this reading.

    It gives no row where there is none, or he holds a task. ``refused``: what it does where a unique index refuses the
    task all the same, because another was faster; without words it fails. Asking each index beforehand, as a
    statement does that is to go on, costs a sixth of the deal.
    """
    candidate = _CANDIDATE.format(mode=f"'{mode}'", unless=_HOLDS_NONE + START.format(mode=f"'{mode}'"), kept="")
    made = _MADE_AT_ONCE.format(**_DEALT_AS[mode], refused=refused)
    return f"""WITH {_OWN}, found AS MATERIALIZED ({candidate}), {_SHOWN if mode == "confirm" else ""} {made}
    SELECT {FRESH_TASK_COLUMNS} {FRESH_TASK_PHOTOS}"""


def _make_deal(modes: int) -> str:
    """Return the statement that gives the task held, or leases the first section of the first mode that has one."""
    unless = "AND NOT EXISTS (SELECT FROM held)"
    kept = ["", _KEPT, _KEPT] if modes > len(_FIRST_LOOKS) else ["", ""]
    parts = [
        _CANDIDATE.format(mode=f"${_MODES_FROM + number}::text", unless=unless, kept=one)
        for number, one in enumerate(kept)
    ]
    candidates = " UNION ALL ".join(f"SELECT * FROM ({part}) part_{number}" for number, part in enumerate(parts))  # noqa: S608
    return f"""WITH held AS MATERIALIZED (
      SELECT * FROM task WHERE account_id = $1 AND state = 'leased' AND leased_until > now()),
    {_OWN}, found AS MATERIALIZED (SELECT * FROM ({candidates}) candidate LIMIT 1), {_SHOWN} {_MADE}
    SELECT {TASK_COLUMNS}, EXISTS (SELECT FROM found) AS there_was
    FROM (VALUES (1)) one LEFT JOIN (TABLE held UNION ALL TABLE made) t ON true
    LEFT JOIN tps_section s ON s.id = t.section_id LEFT JOIN pemilihan c ON c.id = s.pemilihan_id"""  # noqa: S608


_MODES_FROM = 3
"""The first parameter that names a mode."""
_FIRST_LOOKS = {mode: _make_first_look(mode, "") for mode in ("blind", "confirm")}
"""For statements that stand alone: one that fails has done nothing."""
_FIRST_LOOKS_WITHIN = {mode: _make_first_look(mode, "ON CONFLICT DO NOTHING") for mode in _FIRST_LOOKS}
"""For a caller's transaction, which a failing statement would end."""
_DEALS = {modes: _make_deal(modes) for modes in (2, 3)}


async def deal_task(
    session: AsyncSession | Statements, *, account_id: int, role: Role, lease_seconds: int
) -> DealtTask | None:
    """Deal this person a task, as chance and urgency have it; None when there is none for him now.

    Who holds one gets the same again. Now and then it is a planted item, which looks like any other.
    """
    statements, lease = await share(session), timedelta(seconds=lease_seconds)
    modes = _choose_modes(role)
    held = await lease_plant(statements, account_id=account_id, lease=lease)
    if held is None and modes[0] in _FIRST_LOOKS:
        held = await _look_first(statements, modes[0], account_id, lease)
    for _ in range(_TRIES):
        if held is not None:
            return note_dealt(held, await describe_task(statements, held))
        row = await statements.row(_DEALS[len(modes)], account_id, lease, *modes)
        assert row is not None, "it selects from one row and joins from the left"
        if row["id"] is not None:
            held = make_held_task(row)
        # No task although there was a section: somebody was faster, or a lease of his own has run out. No section:
        # the last ones may be in leases that have.
        elif not await sweep_leases(statements, account_id=account_id) and not row["there_was"]:
            return None
    return None if held is None else note_dealt(held, await describe_task(statements, held))


async def _look_first(statements: Statements, mode: str, account_id: int, lease: timedelta) -> HeldTask | None:
    """Lease one of the sections that are due first; None: look again with more care."""
    if statements.in_transaction:
        return make_fresh_task(await statements.rows(_FIRST_LOOKS_WITHIN[mode], account_id, lease), account_id)
    try:
        return make_fresh_task(await statements.rows(_FIRST_LOOKS[mode], account_id, lease), account_id)
    except asyncpg.UniqueViolationError:
        return None


async def find_task(session: AsyncSession | Statements, *, account_id: int) -> DealtTask | None:
    """Return the task that this person holds; deals none."""
    statements = await share(session)
    held: HeldTask | None = await find_lease(statements, account_id=account_id)
    return None if held is None else await describe_task(statements, held)


def _choose_modes(role: Role) -> list[str]:
    """Return what this role is dealt, in order: reviews first, for few may do them; the others as chance has it."""
    ordinary = random.sample(("blind", "confirm"), 2)
    return ["review", *ordinary] if role in {Role.REVIEWER, Role.ADMIN} else ordinary
