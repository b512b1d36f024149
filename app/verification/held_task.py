"""A task's row with what belongs to it, from one statement: its section, its photographs, the answer it had before."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from app.core.errors import NotFoundError
from app.core.statements import Statements


@dataclass(frozen=True)
class TaskPhoto:
    """A photograph of a task; ``page`` is null while nobody knows which page of which form it shows.

    ``placement``: of one that a reviewer placed by hand; readers see it whole.
    """

    id: int
    form: str | None
    page: int | None
    sha256: str
    placement: int | None


@dataclass(frozen=True)
class EarlierReading:
    """A reading that this task's answer became, and that still counts."""

    id: int
    numbers: Mapping[str, int | None]
    commitment: str


@dataclass(frozen=True)
class HeldTask:
    """A task as the database has it. ``over``: its lease has run out; ``contest_md5``: see ``recall_contest``.

    ``plant_id``: the planted item that it shows; null for an ordinary task. Its holder is never told.
    """

    id: uuid.UUID
    section_id: int
    account_id: int
    mode: str
    state: str
    skip_reason: str | None
    leased_until: datetime
    over: bool
    shown: Mapping[str, int] | None
    photos: tuple[TaskPhoto, ...]
    earlier: tuple[EarlierReading, ...]
    pemilihan_id: int
    contest_md5: str
    tps_kode: str
    round: int
    section: str
    plant_id: int | None


FRESH_TASK_COLUMNS = """
    t.id, s.id AS section_id, t.mode, t.leased_until, t.shown, s.pemilihan_id, c.definisi_md5 AS contest_md5,
    s.tps_kode, s.round, s.section, p.id AS photo_id, p.form, p.page, p.sha256, p.placement_id"""
FRESH_TASK_PHOTOS = """
    FROM made t CROSS JOIN found s JOIN pemilihan c ON c.id = s.pemilihan_id
    LEFT JOIN photo p ON p.id = ANY(s.photo_ids)"""
"""What :func:`make_fresh_task` reads: a row for each photograph of an ordinary task that was made just now. A JSON
array of them would cost more than the search for the section."""

TASK_COLUMNS = """
    t.id, t.section_id, t.account_id, t.mode, t.state, t.skip_reason, t.leased_until, t.leased_until <= now() AS over,
    t.shown, t.plant_id, s.pemilihan_id, c.definisi_md5 AS contest_md5, s.tps_kode, s.round, s.section,
    (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'form', p.form, 'page', p.page, 'sha256', p.sha256,
                                         'placement', p.placement_id) ORDER BY p.page, p.id)
     FROM photo p WHERE p.id = ANY(t.photo_ids)) AS photos,
    CASE WHEN t.state = 'answered' THEN (
      SELECT jsonb_agg(jsonb_build_object('id', r.id, 'numbers', r.numbers, 'commitment', r.commitment) ORDER BY r.id)
      FROM (
        SELECT r.id, r.numbers, r.commitment FROM reading r
        WHERE r.task_id = t.id AND NOT EXISTS (SELECT FROM reading_withdrawal w WHERE w.reading_id = r.id)
        UNION ALL SELECT unnest(a.reading_ids), a.numbers, '' FROM plant_answer a WHERE a.task_id = t.id) r)
    END AS earlier"""
"""What :func:`make_held_task` reads of any task, with the answer it had before: of ``task t``, ``tps_section s`` and
``pemilihan c``."""

_FROM = "FROM task t JOIN tps_section s ON s.id = t.section_id JOIN pemilihan c ON c.id = s.pemilihan_id"
_FIND = f"SELECT {TASK_COLUMNS} {_FROM} WHERE t.id = $1 AND t.account_id = $2"
_FIND_LEASE = f"""SELECT {TASK_COLUMNS} {_FROM}
    WHERE t.account_id = $1 AND t.state = 'leased' AND t.leased_until > now()"""
_SWEEP = """
    WITH swept AS (
      UPDATE task SET state = 'expired' WHERE id IN (
        SELECT id FROM task WHERE state = 'leased' AND leased_until <= now()
        ORDER BY account_id IS DISTINCT FROM CAST($1 AS bigint), leased_until LIMIT 100
        FOR UPDATE SKIP LOCKED) RETURNING 1)
    SELECT count(*) AS swept FROM swept"""


def no_task() -> NotFoundError:
    """Return the one answer to guessed numbers and other people's tasks: whether it exists is not told."""
    message = "Tugas ini tidak ada. (There is no such task.)"
    return NotFoundError(message, "Ambil tugas baru. (Take a new task.)")


def make_held_task(row: asyncpg.Record) -> HeldTask:
    """Return a row of :data:`TASK_COLUMNS` as it leaves this package's statements."""
    said = dict(row)
    return HeldTask(
        **{name: said[name] for name in HeldTask.__annotations__ if name not in _COMPOSED},
        shown=said["shown"],
        photos=tuple(TaskPhoto(**one) for one in said["photos"] or ()),
        earlier=tuple(EarlierReading(**one) for one in said["earlier"] or ()),
    )


_COMPOSED = frozenset({"shown", "photos", "earlier"})


def make_fresh_task(rows: Sequence[asyncpg.Record], account_id: int) -> HeldTask | None:
    """Return the task that was made for this person just now, from rows of :data:`FRESH_TASK_COLUMNS`; null: none was.

    Its photographs stand by page, those of an unknown page last, as in every other look at it.
    """
    if not rows:
        return None
    row = rows[0]
    photos = [
        TaskPhoto(one["photo_id"], one["form"], one["page"], one["sha256"], one["placement_id"])
        for one in rows
        if one["photo_id"] is not None
    ]
    if len(photos) > 1:
        photos.sort(key=lambda one: (one.page is None, one.page or 0, one.id))
    return HeldTask(
        id=row["id"],
        section_id=row["section_id"],
        account_id=account_id,
        mode=row["mode"],
        state="leased",
        skip_reason=None,
        leased_until=row["leased_until"],
        over=False,
        shown=row["shown"],
        photos=tuple(photos),
        earlier=(),
        pemilihan_id=row["pemilihan_id"],
        contest_md5=row["contest_md5"],
        tps_kode=row["tps_kode"],
        round=row["round"],
        section=row["section"],
        plant_id=None,
    )


async def find_own_task(statements: Statements, *, task_id: uuid.UUID, account_id: int) -> HeldTask:
    """Return a task, if it is this person's.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
    """
    return await _get_own_task(statements, _FIND, task_id, account_id)


async def lock_own_task(statements: Statements, *, task_id: uuid.UUID, account_id: int) -> HeldTask:
    """Lock a task of this person and return it with the answer it had before. Its section is locked by the caller.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
    """
    return await _get_own_task(statements, f"{_FIND} FOR UPDATE OF t", task_id, account_id)


async def _get_own_task(statements: Statements, statement: str, task_id: uuid.UUID, account_id: int) -> HeldTask:
    row = await statements.row(statement, task_id, account_id)
    if row is None:
        raise no_task()
    return make_held_task(row)


async def find_lease(statements: Statements, *, account_id: int) -> HeldTask | None:
    """Return the task that this person holds now."""
    row = await statements.row(_FIND_LEASE, account_id)
    return None if row is None else make_held_task(row)


async def sweep_leases(statements: Statements, *, account_id: int | None = None) -> int:
    """Note up to a hundred leases that have run out as expired, this person's first; return how many.

    Whoever still holds such a task meets the end of his lease when he answers, swept or not.
    """
    row = await statements.row(_SWEEP, account_id)
    assert row is not None, "an aggregate is a row"
    return int(row["swept"])
