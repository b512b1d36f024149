"""What comes back from a person: an answer, a skip, or a second thought. Each may come twice; it counts once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, InvalidInputError
from app.pemilu.service import recall_contest
from app.transparency.service import append_entry
from app.verification.held_task import HeldTask, lock_own_task, no_task
from app.verification.locks import LockedSection, lock_sections_of_task
from app.verification.record import name_subject
from app.verification.record_answer import record_answer
from app.verification.settle import settle_locked
from app.verification.tasks import SKIP_REASONS, check_numbers, describe_task, require_live
from app.verification.withdraw import withdraw_readings

UNDO_WITHIN = timedelta(seconds=30)

_SKIP = text("UPDATE task SET state = 'skipped', skip_reason = :reason, answered_at = now() WHERE id = :task")
_UNDO = text("UPDATE task SET state = 'skipped', skip_reason = 'undone' WHERE id = :task")
_IS_LAST = text(
    """SELECT answered_at >= now() - CAST(:within AS interval) AND answered_at = (
         SELECT max(answered_at) FROM task WHERE account_id = :account AND state = 'answered')
       FROM task WHERE id = :task"""
)


@dataclass(frozen=True)
class Answered:
    """The readings that a task's answer became. ``first`` is false when the same answer had come before."""

    task_id: uuid.UUID
    reading_ids: tuple[int, ...]
    first: bool


async def answer_task(
    session: AsyncSession, *, task_id: uuid.UUID, account_id: int, numbers: Mapping[str, int | None]
) -> Answered:
    """Take a person's answer: {field: number or null} for exactly the fields asked for.

    The same answer again gets the same reply; the rule looks at the section at once, in the same transaction.

    Raises:
        NotFoundError: there is no such task of his.
        InvalidInputError: a field is missing, not asked for, or out of range.
        ConflictError: he gave another answer before.
        LeaseExpiredError: he held it too long.
    """
    held, section = await _lock_task(session, task_id, account_id)
    # First of all: the photograph may have been moved, the lease may be over since the answer whose reply got lost.
    if held.earlier:
        return _answer_again(held, numbers)
    dealt = await describe_task(session, held)
    check_numbers(dealt, numbers)
    require_live(held)
    subject = name_subject(dealt.contest, held.tps_kode, held.round, held.section)
    ids = await record_answer(session, held=held, dealt=dealt, subject=subject, numbers=numbers)
    await settle_locked(session, sections=[section])
    return Answered(task_id, ids, first=True)


async def skip_task(session: AsyncSession, *, task_id: uuid.UUID, account_id: int, reason: str) -> None:
    """Take a person's word that he cannot read this task; skipping it again changes nothing.

    Raises:
        NotFoundError: there is no such task of his.
        InvalidInputError: the reason is none of ``SKIP_REASONS``.
        ConflictError: he answered it before.
        LeaseExpiredError: he held it too long.
    """
    if reason not in SKIP_REASONS:
        message = f"Alasan {reason[:40]!r} tidak dikenal. (Unknown reason.)"
        raise InvalidInputError(message, f"Pilih salah satu (choose one of): {', '.join(SKIP_REASONS)}.")
    held, section = await _lock_task(session, task_id, account_id)
    if held.state == "skipped" and held.skip_reason == reason:
        return
    require_live(held)
    await session.execute(_SKIP, {"task": task_id, "reason": reason})
    await settle_locked(session, sections=[section])


async def undo_answer(session: AsyncSession, *, task_id: uuid.UUID, account_id: int) -> None:
    """Take back one's last answer, within 30 seconds. The section goes to somebody else; the reading stays on record.

    Raises:
        NotFoundError: there is no such task of his.
        ConflictError: it is not his last answer, or too long ago.
    """
    held, section = await _lock_task(session, task_id, account_id)
    window = {"task": task_id, "account": account_id, "within": UNDO_WITHIN}
    if held.state != "answered" or not (await session.execute(_IS_LAST, window)).scalar_one():
        message = "Jawaban ini tidak dapat dibatalkan lagi. (This answer can no longer be taken back.)"
        remedy = "Hanya jawaban terakhir, dalam 30 detik. (Only the last one, within 30 seconds.)"
        raise ConflictError(message, remedy, code="too_late_to_undo")
    await withdraw_readings(session, ids=[one.id for one in held.earlier], by=account_id, reason="undone by the reader")
    await session.execute(_UNDO, {"task": task_id})
    contest = await recall_contest(session, id=held.pemilihan_id, md5=held.contest_md5)
    subject = name_subject(contest, held.tps_kode, held.round, held.section)
    facts = {"commitments": [one.commitment for one in held.earlier], "reason": "undone by the reader"}
    await append_entry(session, kind="withdrawal", subject=subject, payload=facts)
    await settle_locked(session, sections=[section])


async def _lock_task(session: AsyncSession, task_id: uuid.UUID, account_id: int) -> tuple[HeldTask, LockedSection]:
    """Lock the TPS's sections, then the task: always in this order, or two answers could wait for one another."""
    section = await lock_sections_of_task(session, task_id=task_id, account_id=account_id)
    if section is None:
        raise no_task()
    return await lock_own_task(session, task_id=task_id, account_id=account_id), section


def _answer_again(held: HeldTask, numbers: Mapping[str, int | None]) -> Answered:
    said = {name: number for reading in held.earlier for name, number in reading.numbers.items()}
    if said != dict(numbers):
        message = "Tugas ini sudah Anda jawab dengan angka lain. (You have answered this with other numbers.)"
        remedy = "Jawaban pertama yang dicatat. Ambil tugas berikutnya. (The first one stands. Take the next task.)"
        raise ConflictError(message, remedy, code="already_answered")
    return Answered(held.id, tuple(reading.id for reading in held.earlier), first=False)
