"""Sections are locked a TPS at a time, all of them in the order of their ids: before any task, before any result."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError


@dataclass(frozen=True)
class LockedSection:
    """A section whose whole TPS this transaction has locked; what is here never changes, or changed before the lock.

    ``contest_md5``: see ``recall_contest``.
    """

    id: int
    pemilihan_id: int
    contest_md5: str
    tps_kode: str
    round: int
    section: str
    dice: float


# NO KEY UPDATE: readings that only refer to a section need not wait. A result is put together from all sections of a
# TPS: two that settle at once must not each miss the other's decision. One statement locks all of them by id, also for
# a batch of many TPS: taken one TPS after the other, two batches could wait for one another in a circle.
_LOCK = """
    SELECT s.id, s.pemilihan_id, c.definisi_md5 AS contest_md5, s.tps_kode, s.round, s.section, s.dice,
           s.id IN ({asked}) AS asked
    FROM tps_section s JOIN pemilihan c ON c.id = s.pemilihan_id
    WHERE (s.pemilihan_id, s.tps_kode, s.round) IN (
      SELECT place.pemilihan_id, place.tps_kode, place.round FROM tps_section place WHERE place.id IN ({asked}))
    ORDER BY s.id FOR NO KEY UPDATE OF s"""
_LOCK_MANY = text(_LOCK.format(asked="SELECT unnest(CAST(:ids AS bigint[]))"))
_OF_TASK = "SELECT t.section_id FROM task t WHERE t.id = :task AND t.account_id = :account"
_LOCK_OF_TASK = text(_LOCK.format(asked=_OF_TASK))


async def lock_sections(session: AsyncSession, *, section_id: int) -> LockedSection:
    """Lock all sections of this section's TPS and return it.

    Raises:
        NotFoundError: there is no such section.
    """
    (section,) = await lock_many_sections(session, section_ids=[section_id])
    return section


async def lock_many_sections(session: AsyncSession, *, section_ids: Sequence[int]) -> tuple[LockedSection, ...]:
    """Lock all sections of these sections' TPS and return those asked for, by id.

    Raises:
        NotFoundError: there is no such section.
    """
    found = await _lock(session, _LOCK_MANY, {"ids": sorted(set(section_ids))})
    missing = set(section_ids) - {one.id for one in found}
    if missing:
        raise NotFoundError(f"There is no section {min(missing)}.", "Check the number.")
    return found


async def lock_sections_of_task(session: AsyncSession, *, task_id: uuid.UUID, account_id: int) -> LockedSection | None:
    """Lock all sections of a task's TPS and return the task's own; None when this person has no such task."""
    found = await _lock(session, _LOCK_OF_TASK, {"task": task_id, "account": account_id})
    return found[0] if found else None


async def _lock(session: AsyncSession, statement: TextClause, values: dict[str, Any]) -> tuple[LockedSection, ...]:
    names = LockedSection.__annotations__
    rows = (await session.execute(statement, values)).all()
    return tuple(LockedSection(**{name: getattr(row, name) for name in names}) for row in rows if row.asked)
