# ruff: noqa: ARG001 - no items are planted yet
"""Planted items as the queue meets them. Each function writes with one statement, which may stand alone.

A planted task is locked and ended as any other: by a statement that changes it only while it is leased and live.
"""

from collections.abc import Mapping
from datetime import timedelta

from app.core.statements import Statements
from app.verification.held_task import HeldTask


async def lease_plant(statements: Statements, *, account_id: int, lease: timedelta) -> HeldTask | None:
    """Lease this person a planted item; None: he is to be dealt an ordinary task, or holds one already."""
    return None


async def record_plant_answer(
    statements: Statements, *, held: HeldTask, numbers: Mapping[str, int | None]
) -> tuple[int, ...]:
    """Write down what he answered to a planted item and end the task; return numbers that look like a reading's.

    None, and nothing was written, where the task is live no longer.
    """
    return ()


async def skip_plant(statements: Statements, *, held: HeldTask, reason: str) -> bool:
    """Note that he skipped a planted item; false where the task is live no longer."""
    return False


async def undo_plant_answer(statements: Statements, *, held: HeldTask) -> None:
    """Note that he took his answer to a planted item back; the task is locked by the caller."""
