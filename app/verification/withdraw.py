"""Readings that no longer count: of a reader who is withdrawn, or the answer that somebody takes back at once.

A reader may have touched a hundred thousand sections. Closing his account is one small transaction, which also queues
one job for each :data:`BATCH` sections; each job takes his readings out of its sections and decides them again, in a
transaction of its own. What is queued survives every crash, and a batch that runs again finds its work done.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.service import find_account, hold_account, suspend_account
from app.core.errors import InvalidInputError, NotFoundError
from app.core.jobs import enqueue_many
from app.transparency.service import append_entry
from app.verification.locks import lock_many_sections
from app.verification.models import Reading, ReadingWithdrawal, Task
from app.verification.settle import Settled, settle_locked

BATCH = 100
"""Sections decided again in one transaction: about a second in which nobody can answer them."""

BEHIND_EVERYTHING = -1
"""A storm of withdrawals must not keep uploads waiting for their comparison, nor people for their next task."""

_WITHDRAW_IN_SECTIONS = text(
    """INSERT INTO reading_withdrawal (reading_id, by_account_id, reason)
       SELECT id, :by, :reason FROM reading WHERE section_id = ANY(:ids) AND account_id = ANY(:accounts) ORDER BY id
       ON CONFLICT DO NOTHING"""
)
_END_TASKS_IN_SECTIONS = text(
    """UPDATE task SET state = 'expired'
       WHERE section_id = ANY(:ids) AND account_id = ANY(:accounts) AND state IN ('leased', 'skipped')"""
)
_END_TASKS = text(
    "UPDATE task SET state = 'expired' WHERE account_id = ANY(:accounts) AND state IN ('leased', 'skipped')"
)
_LINKED = text("SELECT account_id FROM linked_account WHERE group_id = :group ORDER BY account_id")


@dataclass(frozen=True)
class Withdrawal:
    """How many readings are withdrawn and how many sections are decided again."""

    readings: int
    sections: int


async def withdraw_reader(session: AsyncSession, *, account_id: int, by: int, reason: str) -> Withdrawal:
    """Take a reader out of every decision: his account is suspended at once, his readings and skips follow in batches.

    The readings stay, with who withdrew them and why. Every section he touched is decided again by the ordinary rule.

    Raises:
        NotFoundError: there is no such account.
        InvalidInputError: no reason is given.
    """
    return await withdraw_readers(session, account_ids=[account_id], by=by, reason=reason)


async def withdraw_readers(session: AsyncSession, *, account_ids: Sequence[int], by: int, reason: str) -> Withdrawal:
    """Take several readers out of every decision, as :func:`withdraw_reader` does one; all of them or none.

    A section that several of them read is decided again once, without any of them.

    Raises:
        As :func:`withdraw_reader`; nothing was written.
    """
    if not reason.strip():
        message = "Alasan belum ditulis. (The reason is missing.)"
        raise InvalidInputError(message, "Tulis mengapa pembaca ini ditarik. (Say why this reader is withdrawn.)")
    gone = sorted(set(account_ids))
    for one in gone:
        await find_account(session, account_id=one)
    for one in gone:
        await suspend_account(session, account_id=one)
    # Their open tasks first: a reading that arrives after this meets an expired lease. Whoever is just answering holds
    # the task; when this statement has waited for him, his reading is there and his section among those below.
    await session.execute(_END_TASKS, {"accounts": gone})
    # Then whatever is dealt to them this moment: without this, a task dealt behind the statement above and answered
    # before our commit would be in no batch, and its reading would count for ever.
    for one in gone:
        await hold_account(session, account_id=one)
    touched = select(Task.section_id).where(Task.account_id.in_(gone)).distinct().order_by(Task.section_id)
    sections = list((await session.execute(touched)).scalars())
    readings = 0
    for one in gone:
        own = await _count_readings_of(session, one)
        facts = {"account": one, "by": by, "readings": own, "reason": reason}
        await append_entry(session, kind="withdrawal", subject=f"account/{one}", payload=facts)
        readings += own
    order = {"account_ids": gone, "by": by, "reason": reason}
    batches = [{**order, "section_ids": sections[start : start + BATCH]} for start in range(0, len(sections), BATCH)]
    await enqueue_many(session, "withdraw", batches, priority=BEHIND_EVERYTHING)
    return Withdrawal(readings, len(sections))


async def list_linked(session: AsyncSession, *, group_id: int) -> tuple[int, ...]:
    """Return the accounts that count as one person under this number.

    Raises:
        NotFoundError: there are none.
    """
    found = tuple((await session.execute(_LINKED, {"group": group_id})).scalars())
    if not found:
        message = f"Kelompok {group_id} tidak ada. (There is no group {group_id}.)"
        raise NotFoundError(message, "Lihat ./runut account links. (See ./runut account links.)")
    return found


async def withdraw_from_sections(
    session: AsyncSession, *, account_ids: Sequence[int], by: int, reason: str, section_ids: Sequence[int]
) -> tuple[Settled, ...]:
    """Take these accounts' readings out of these sections and decide them again; again, it changes nothing."""
    # Before anything is written: whoever answers or takes an answer back holds the same locks.
    sections = await lock_many_sections(session, section_ids=section_ids)
    order = {"ids": [one.id for one in sections], "accounts": list(account_ids), "by": by, "reason": reason}
    # Those that were dealt, or skipped, while they were being withdrawn. Tasks before whatever refers to an account.
    await session.execute(_END_TASKS_IN_SECTIONS, {name: order[name] for name in ("ids", "accounts")})
    await session.execute(_WITHDRAW_IN_SECTIONS, order)
    return await settle_locked(session, sections=sections)


async def _count_readings_of(session: AsyncSession, account_id: int) -> int:
    """Return how many of an account's readings still count."""
    gone = exists().where(ReadingWithdrawal.reading_id == Reading.id)
    query = select(func.count()).select_from(Reading).where(Reading.account_id == account_id, ~gone)
    return int((await session.execute(query)).scalar_one())


async def withdraw_readings(session: AsyncSession, *, ids: Sequence[int], by: int, reason: str) -> None:
    """Note that these readings no longer count. Who decides the sections again is the caller's business."""
    if ids:
        rows = [{"reading_id": one, "by_account_id": by, "reason": reason} for one in ids]
        await session.execute(insert(ReadingWithdrawal).on_conflict_do_nothing(), rows)
