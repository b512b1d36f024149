"""Readings that no longer count: of a reader who is withdrawn, or the answer that somebody takes back at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.service import find_account, suspend_account
from app.core.errors import InvalidInputError
from app.core.jobs import enqueue_many
from app.transparency.service import append_entry
from app.verification.models import Reading, ReadingWithdrawal, Task


@dataclass(frozen=True)
class Withdrawal:
    """How many readings were withdrawn and how many sections are decided again."""

    readings: int
    sections: int


async def withdraw_reader(session: AsyncSession, *, account_id: int, by: int, reason: str) -> Withdrawal:
    """Take a reader out of every decision: his readings and skips no longer count, his account is suspended.

    The readings stay, with who withdrew them and why. Every section he touched is decided again by the ordinary rule,
    one job a section, so that thousands of them neither hold this transaction open nor each other up.

    Raises:
        NotFoundError: there is no such account.
        InvalidInputError: no reason is given.
    """
    if not reason.strip():
        message = "Alasan belum ditulis. (The reason is missing.)"
        raise InvalidInputError(message, "Tulis mengapa pembaca ini ditarik. (Say why this reader is withdrawn.)")
    await find_account(session, account_id=account_id)
    await suspend_account(session, account_id=account_id)
    # His open task first: a reading that arrives after this meets an expired lease.
    await session.execute(
        update(Task).where(Task.account_id == account_id, Task.state.in_(("leased", "skipped"))).values(state="expired")
    )
    touched = select(Task.section_id).where(Task.account_id == account_id).distinct().order_by(Task.section_id)
    sections = list((await session.execute(touched)).scalars())
    readings = await _select_readings_of(session, account_id)
    await withdraw_readings(session, ids=readings, by=by, reason=reason)
    facts = {"account": account_id, "by": by, "readings": len(readings), "reason": reason}
    await append_entry(session, kind="withdrawal", subject=f"account/{account_id}", payload=facts)
    await enqueue_many(session, "settle", [{"section_id": section} for section in sections])
    return Withdrawal(len(readings), len(sections))


async def _select_readings_of(session: AsyncSession, account_id: int) -> list[int]:
    """Return the ids of an account's readings that still count."""
    gone = exists().where(ReadingWithdrawal.reading_id == Reading.id)
    return list((await session.execute(select(Reading.id).where(Reading.account_id == account_id, ~gone))).scalars())


async def withdraw_readings(session: AsyncSession, *, ids: Sequence[int], by: int, reason: str) -> None:
    """Note that these readings no longer count. Who decides the sections again is the caller's business."""
    if ids:
        rows = [{"reading_id": one, "by_account_id": by, "reason": reason} for one in ids]
        await session.execute(insert(ReadingWithdrawal).on_conflict_do_nothing(), rows)
