"""What a reader may know of himself: how many forms, how well, whether he is paused. Nothing of single tasks."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.verification.trust.pauses import PauseView, find_pause

# Planted items count like any other: how many he has had must not be told by the difference.
_ANSWERED = text(
    "SELECT count(*) FROM task WHERE account_id = :account AND state = 'answered' AND answered_at IS NOT NULL"
)
_TOLD = text("SELECT told, told_at FROM reader_skill WHERE account_id = :account")


@dataclass(frozen=True)
class OwnRecord:
    """A reader's own figures. ``right`` of a hundred numbers, at least ``right_low``; null while too few are known.

    ``sure``: the interval is narrow. ``attention``: ``unknown``, ``careful``, ``good`` or ``hurried``. ``pause``: the
    newest one, over or not.
    """

    answered: int
    right: int | None
    right_low: int | None
    sure: bool
    attention: str
    told_at: datetime | None
    pause: PauseView | None


async def find_own_record(session: AsyncSession, *, account_id: int) -> OwnRecord:
    """Return what this reader is told of himself; his rates are those of the last time he was told."""
    answered = int((await session.execute(_ANSWERED, {"account": account_id})).scalar_one())
    row = (await session.execute(_TOLD, {"account": account_id})).one_or_none()
    told = (None if row is None else row.told) or {}
    return OwnRecord(
        answered=answered,
        right=told.get("right"),
        right_low=told.get("right_low"),
        sure=told.get("sure", False),
        attention=told.get("attention", "unknown"),
        told_at=None if row is None else row.told_at,
        pause=await find_pause(session, account_id=account_id),
    )
