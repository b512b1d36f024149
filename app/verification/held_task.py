"""A task's row with what belongs to it, from one statement: its section, its photographs, the answer it had before."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError


@dataclass(frozen=True)
class TaskPhoto:
    """A photograph of a task; ``page`` is null while nobody knows which page of which form it shows."""

    id: int
    form: str | None
    page: int | None
    sha256: str


@dataclass(frozen=True)
class EarlierReading:
    """A reading that this task's answer became, and that still counts."""

    id: int
    numbers: Mapping[str, int | None]
    commitment: str


@dataclass(frozen=True)
class HeldTask:
    """A task as the database has it. ``over``: its lease has run out; ``contest_md5``: see ``recall_contest``."""

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


TASK_COLUMNS = """
    t.id, t.section_id, t.account_id, t.mode, t.state, t.skip_reason, t.leased_until, t.leased_until <= now() AS over,
    t.shown, s.pemilihan_id, c.definisi_md5 AS contest_md5, s.tps_kode, s.round, s.section,
    (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'form', p.form, 'page', p.page, 'sha256', p.sha256)
                      ORDER BY p.page, p.id)
     FROM photo p WHERE p.id = ANY(t.photo_ids)) AS photos"""
"""What :func:`make_held_task` reads, of ``task t``, ``tps_section s`` and ``pemilihan c``."""

_FROM = """
    FROM task t JOIN tps_section s ON s.id = t.section_id JOIN pemilihan c ON c.id = s.pemilihan_id"""
_EARLIER = """,
    (SELECT jsonb_agg(jsonb_build_object('id', r.id, 'numbers', r.numbers, 'commitment', r.commitment) ORDER BY r.id)
     FROM reading r
     WHERE r.task_id = t.id AND NOT EXISTS (SELECT FROM reading_withdrawal w WHERE w.reading_id = r.id)) AS earlier"""
_OWN = "WHERE t.id = :task AND t.account_id = :account"

_FIND = text(f"SELECT {TASK_COLUMNS} {_FROM} {_OWN}")
_LOCK = text(f"SELECT {TASK_COLUMNS} {_EARLIER} {_FROM} {_OWN} FOR UPDATE OF t")
_SWEEP = """
    WITH swept AS (
      UPDATE task SET state = 'expired' WHERE id IN (
        SELECT id FROM task WHERE state = 'leased' AND answered_at IS NULL AND leased_until <= now()
        ORDER BY account_id <> :account, leased_until LIMIT 100 FOR UPDATE SKIP LOCKED))"""
_LIVE = "WHERE t.account_id = :account AND t.state = 'leased' AND t.leased_until > now()"
_FIND_LEASE = text(f"SELECT {TASK_COLUMNS} {_FROM} {_LIVE}")
_SWEEP_AND_FIND_LEASE = text(f"{_SWEEP} SELECT {TASK_COLUMNS} {_FROM} {_LIVE}")


def no_task() -> NotFoundError:
    """Return the one answer to guessed numbers and other people's tasks: whether it exists is not told."""
    message = "Tugas ini tidak ada. (There is no such task.)"
    return NotFoundError(message, "Ambil tugas baru. (Take a new task.)")


def make_held_task(row: Row[Any]) -> HeldTask:
    """Return a row of :data:`TASK_COLUMNS` as it leaves this package's statements."""
    said = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    return HeldTask(
        **{name: said[name] for name in HeldTask.__annotations__ if name not in {"shown", "photos", "earlier"}},
        shown=said["shown"],
        photos=tuple(TaskPhoto(**one) for one in said["photos"] or ()),
        earlier=tuple(EarlierReading(**one) for one in said.get("earlier") or ()),
    )


async def find_own_task(session: AsyncSession, *, task_id: uuid.UUID, account_id: int) -> HeldTask:
    """Return a task, if it is this person's.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
    """
    return await _get_own_task(session, _FIND, task_id, account_id)


async def lock_own_task(session: AsyncSession, *, task_id: uuid.UUID, account_id: int) -> HeldTask:
    """Lock a task of this person and return it with the answer it had before. Its section is locked by the caller.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
    """
    return await _get_own_task(session, _LOCK, task_id, account_id)


async def _get_own_task(session: AsyncSession, statement: TextClause, task_id: uuid.UUID, account_id: int) -> HeldTask:
    row = (await session.execute(statement, {"task": task_id, "account": account_id})).one_or_none()
    if row is None:
        raise no_task()
    return make_held_task(row)


async def find_lease(session: AsyncSession, *, account_id: int) -> HeldTask | None:
    """Return the task that this person holds now."""
    row = (await session.execute(_FIND_LEASE, {"account": account_id})).one_or_none()
    return None if row is None else make_held_task(row)


async def sweep_and_find_lease(session: AsyncSession, *, account_id: int) -> HeldTask | None:
    """As :func:`find_lease`; leases that have run out, his own first, are noted as expired and dealt again."""
    row = (await session.execute(_SWEEP_AND_FIND_LEASE, {"account": account_id})).one_or_none()
    return None if row is None else make_held_task(row)
