"""What a task shows, for an operator whom a reader asks about it by its number. Its holder is never told."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ForbiddenError
from app.verification.held_task import no_task

_FIND = text(
    """SELECT t.account_id, c.kode AS pemilihan, s.tps_kode, s.section,
              (SELECT jsonb_object_agg(p.page, p.sha256) FROM photo p WHERE p.id = ANY(t.photo_ids)) AS photos
       FROM task t JOIN tps_section s ON s.id = t.section_id JOIN pemilihan c ON c.id = s.pemilihan_id
       WHERE t.id = :task"""
)


@dataclass(frozen=True)
class TaskSource:
    """Where a task's pictures come from. ``photos``: page of the sheet -> SHA-256 of the sealed original."""

    pemilihan: str
    tps_kode: str
    section: str
    photos: Mapping[str, str]


async def find_task_source(session: AsyncSession, *, task_id: uuid.UUID, asked_by: int) -> TaskSource:
    """Return what a task shows.

    Raises:
        NotFoundError: there is no such task.
        ForbiddenError: it is the asker's own: an admin who reads forms is a reader like any other.
    """
    row = (await session.execute(_FIND, {"task": task_id})).one_or_none()
    if row is None:
        raise no_task()
    if row.account_id == asked_by:
        message = "Ini tugas Anda sendiri. (This task is your own.)"
        raise ForbiddenError(message, "Mintalah admin lain. (Ask another admin.)", code="own_task")
    return TaskSource(row.pemilihan, row.tps_kode, row.section, row.photos or {})
