"""What comes back from a person: an answer, a skip, or a second thought. Each may come twice; it counts once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, InvalidInputError
from app.intake.service import get_photo
from app.pemilu.service import get_contest
from app.transparency.service import append_entry
from app.verification.models import Reading, ReadingWithdrawal, Task, TpsSection
from app.verification.record import SectionRef, name_subject, record_human_reading
from app.verification.settle import lock_sections, settle
from app.verification.tasks import (
    SKIP_REASONS,
    check_numbers,
    describe_task,
    find_own_task,
    require_live,
)
from app.verification.withdraw import withdraw_readings

UNDO_WITHIN = timedelta(seconds=30)


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
    task, section = await _lock_task(session, task_id, account_id)
    # First of all: the photograph may have been moved, the lease may be over since the answer whose reply got lost.
    before = await _find_readings(session, task_id)
    if before:
        return _answer_again(task, before, numbers)
    dealt = await describe_task(session, task)
    check_numbers(dealt, numbers)
    await require_live(session, task)
    ref = SectionRef(section.id, name_subject(dealt.contest, section.tps_kode, section.round, section.section))
    ids = [
        await record_human_reading(
            session,
            ref=ref,
            photo=await get_photo(session, photo_id=page.photo_id),
            mode=task.mode,
            account_id=account_id,
            task_id=task_id,
            numbers={name: numbers[name] for name in page.fields},
            shown=dealt.shown,
        )
        for page in dealt.pages
    ]
    await _close(session, task, "answered")
    await settle(session, section_id=section.id)
    return Answered(task_id, tuple(ids), first=True)


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
    task, section = await _lock_task(session, task_id, account_id)
    if task.state == "skipped" and task.skip_reason == reason:
        return
    await require_live(session, task)
    task.skip_reason = reason
    await _close(session, task, "skipped")
    await settle(session, section_id=section.id)


async def undo_answer(session: AsyncSession, *, task_id: uuid.UUID, account_id: int) -> None:
    """Take back one's last answer, within 30 seconds. The section goes to somebody else; the reading stays on record.

    Raises:
        NotFoundError: there is no such task of his.
        ConflictError: it is not his last answer, or too long ago.
    """
    task, section = await _lock_task(session, task_id, account_id)
    last = select(func.max(Task.answered_at)).where(Task.account_id == account_id, Task.state == "answered")
    newest = (await session.execute(last)).scalar_one()
    now = (await session.execute(select(func.now()))).scalar_one()
    late = newest is None or now - newest > UNDO_WITHIN
    if late or task.state != "answered" or task.answered_at != newest:
        message = "Jawaban ini tidak dapat dibatalkan lagi. (This answer can no longer be taken back.)"
        remedy = "Hanya jawaban terakhir, dalam 30 detik. (Only the last one, within 30 seconds.)"
        raise ConflictError(message, remedy, code="too_late_to_undo")
    readings = await _find_readings(session, task_id)
    await withdraw_readings(session, ids=[one.id for one in readings], by=account_id, reason="undone by the reader")
    task.state, task.skip_reason = "skipped", "undone"
    contest = await get_contest(session, id=section.pemilihan_id)
    subject = name_subject(contest, section.tps_kode, section.round, section.section)
    facts = {"commitments": [one.commitment for one in readings], "reason": "undone by the reader"}
    await append_entry(session, kind="withdrawal", subject=subject, payload=facts)
    await settle(session, section_id=section.id)


async def _lock_task(session: AsyncSession, task_id: uuid.UUID, account_id: int) -> tuple[Task, TpsSection]:
    """Lock the TPS's sections, then the task: always in this order, or two answers could wait for one another."""
    task = await find_own_task(session, task_id=task_id, account_id=account_id)
    section = await lock_sections(session, section_id=task.section_id)
    await session.refresh(task, with_for_update=True)
    return task, section


async def _find_readings(session: AsyncSession, task_id: uuid.UUID) -> list[Reading]:
    query = (
        select(Reading)
        .outerjoin(ReadingWithdrawal, ReadingWithdrawal.reading_id == Reading.id)
        .where(Reading.task_id == task_id, ReadingWithdrawal.reading_id.is_(None))
        .order_by(Reading.id)
    )
    return list((await session.execute(query)).scalars())


def _answer_again(task: Task, before: list[Reading], numbers: Mapping[str, int | None]) -> Answered:
    said = {name: number for reading in before for name, number in reading.numbers.items()}
    if said != dict(numbers):
        message = "Tugas ini sudah Anda jawab dengan angka lain. (You have answered this with other numbers.)"
        remedy = "Jawaban pertama yang dicatat. Ambil tugas berikutnya. (The first one stands. Take the next task.)"
        raise ConflictError(message, remedy, code="already_answered")
    return Answered(task.id, tuple(reading.id for reading in before), first=False)


async def _close(session: AsyncSession, task: Task, state: str) -> None:
    task.state = state
    task.answered_at = (await session.execute(select(func.now()))).scalar_one()
    await session.flush()
