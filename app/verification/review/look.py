"""A reviewer looks: the picture first, empty boxes, no number of anybody's. What he reads is an ordinary reading.

A look is a task of the queue in mode ``review``, leased here because a case is to be looked at and not because the rule
asks. It is answered, skipped and counted like every other.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError
from app.verification.locks import lock_sections
from app.verification.review.cases import CaseRow, lock_case, note_look, require_open
from app.verification.review.find_case import find_section_of_case
from app.verification.review.may_review import require_impartial
from app.verification.tasks import DealtTask, get_task

LOOKED_REASONS = ("unreadable", "wrong_page", "not_a_form")
"""Skips that say something of the picture: whoever gave one has looked."""

_OWN = text(
    """SELECT id, mode, state, skip_reason, leased_until > now() AS live FROM task
       WHERE section_id = :section AND account_id = :account"""
)
_SWEEP = text(
    """UPDATE task SET state = 'expired'
       WHERE (section_id = :section OR account_id = :account) AND state = 'leased' AND leased_until <= now()"""
)
# The photographs that the rule asks about, or rests on, or (in a dispute) of each page the one most people have read.
_PHOTOS = text(
    """WITH s AS (SELECT * FROM tps_section WHERE id = :section),
       d AS (SELECT explanation FROM decision WHERE section_id = :section AND state = 'current'),
       decided AS (SELECT CAST(value AS bigint) AS id FROM d, jsonb_each_text(d.explanation -> 'photos')),
       counted AS (
         SELECT p.id, p.form, p.page, count(*) FILTER (WHERE r.mode <> 'machine') AS people
         FROM reading r JOIN photo p ON p.id = r.photo_id WHERE r.section_id = :section AND p.state = 'read'
         GROUP BY p.id),
       best AS (SELECT DISTINCT ON (form, page) id FROM counted ORDER BY form, page, people DESC, id)
       SELECT CASE WHEN s.wanted = 'review' THEN s.photo_ids
                   WHEN EXISTS (SELECT FROM decided) THEN (SELECT array_agg(DISTINCT id) FROM decided)
                   ELSE (SELECT array_agg(id) FROM best) END AS ids
       FROM s"""
)
_LEASE = text(
    """INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until)
       VALUES (:section, :account, 'review', :photos, now() + CAST(:lease AS interval))
       ON CONFLICT DO NOTHING RETURNING id"""
)
_LEASE_AGAIN = text(
    """UPDATE task t SET state = 'leased', skip_reason = NULL, answered_at = NULL, photo_ids = :photos,
              leased_until = now() + CAST(:lease AS interval)
       WHERE t.id = :task AND NOT EXISTS (
         SELECT FROM task other WHERE other.id <> t.id AND other.state = 'leased'
         AND (other.section_id = t.section_id OR other.account_id = t.account_id))
       RETURNING id"""
)
_SEEN = text(
    """SELECT EXISTS (SELECT FROM review_event WHERE case_id = :case AND account_id = :account AND event = 'looked')"""
)


@dataclass(frozen=True)
class Look:
    """How far a reviewer has come with the section of a case.

    ``task_id``: his task, if he has one; ``done``: he has said what he reads, or that he cannot.
    """

    task_id: uuid.UUID | None
    live: bool
    done: bool


async def find_look(session: AsyncSession, *, section_id: int, account_id: int) -> Look:
    """Return how far a reviewer has come with a section."""
    row = (await session.execute(_OWN, {"section": section_id, "account": account_id})).one_or_none()
    if row is None:
        return Look(None, live=False, done=False)
    return Look(row.id, live=row.state == "leased" and row.live, done=_has_looked(row))


def _has_looked(row: Row[Any]) -> bool:
    return row.mode == "review" and (
        row.state == "answered" or (row.state == "skipped" and row.skip_reason in LOOKED_REASONS)
    )


async def begin_look(session: AsyncSession, *, case_id: int, account_id: int, lease_seconds: int) -> DealtTask:
    """Lease the section of a case to a reviewer; who holds it gets the same again.

    Raises:
        NotFoundError: no such case, or it is about no section.
        ConflictError: it is closed, he has looked already, somebody else is reading it, or he holds another task.
        NotImpartialError: he, or somebody linked to him, uploaded or read it.
    """
    section_id = await find_section_of_case(session, case_id=case_id)
    await lock_sections(session, section_id=section_id)
    place = {"section": section_id, "account": account_id}
    await session.execute(_SWEEP, place)
    await require_impartial(session, section_id=section_id, account_id=account_id)
    own = (await session.execute(_OWN, place)).one_or_none()
    task = own.id if own is not None and own.state == "leased" else await _lease(session, place, own, lease_seconds)
    require_open(await lock_case(session, case_id=case_id))
    return await get_task(session, task_id=task, account_id=account_id)


async def _lease(session: AsyncSession, place: dict[str, int], own: Row[Any] | None, seconds: int) -> uuid.UUID:
    photos = (await session.execute(_PHOTOS, place)).scalar_one()
    if not photos:
        message = "Foto perkara ini tidak dipakai lagi. (The photographs of this case are no longer used.)"
        raise ConflictError(message, "Tutup perkara ini dengan catatan. (Close it with a note.)", code="no_photo")
    values = {**place, "photos": photos, "lease": timedelta(seconds=seconds)}
    if own is None:
        task = (await session.execute(_LEASE, values)).scalar_one_or_none()
    elif own.state == "expired" or (own.state == "skipped" and own.skip_reason == "later"):
        task = (await session.execute(_LEASE_AGAIN, {**values, "task": own.id})).scalar_one_or_none()
    else:
        message = "Anda sudah membaca gambar ini. (You have read this picture.)"
        raise ConflictError(message, "Buka halaman perkaranya. (Open the page of the case.)", code="looked_already")
    if task is None:
        message = "Formulir ini sedang dibaca orang lain, atau Anda masih memegang tugas lain. "
        message += "(Somebody else is reading this form, or you hold another task.)"
        remedy = "Selesaikan tugas Anda di /periksa, atau coba lagi nanti. (Finish your task, or try again later.)"
        raise ConflictError(message, remedy, code="busy")
    found: uuid.UUID = task
    return found


async def require_own_look(session: AsyncSession, *, case_id: int, account_id: int) -> uuid.UUID:
    """Return the task in which a reviewer looks, or has looked, at the section of a case.

    Raises:
        NotFoundError: no such case.
        ConflictError: it is about no section, or he has not begun to look.
    """
    section_id = await find_section_of_case(session, case_id=case_id)
    look = await find_look(session, section_id=section_id, account_id=account_id)
    if look.task_id is None:
        message = "Anda belum membuka gambar perkara ini. (You have not opened the picture of this case.)"
        raise ConflictError(message, "Buka gambarnya dahulu. (Open it first.)", code="look_first")
    return look.task_id


async def finish_look(session: AsyncSession, *, case_id: int, account_id: int) -> CaseRow:
    """Note that a reviewer has answered or skipped the task of a case; the caller did so in this transaction.

    Raises:
        NotFoundError: no such case.
    """
    case = await lock_case(session, case_id=case_id)
    seen = await session.execute(_SEEN, {"case": case_id, "account": account_id})
    if case.is_open and not seen.scalar_one():
        await note_look(session, case=case, by=account_id)
    return case
