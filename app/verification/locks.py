"""Sections are locked a TPS at a time, all of them in the order of their ids: before any task, before any result."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError
from app.core.statements import Statements


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


# It never waits, so it may take its rows in any order. A TPS of which somebody else holds a section is left to him.
_LOCK_FREE = """
    WITH listed AS MATERIALIZED (
      SELECT pemilihan_id, tps_kode, round FROM tps_section
      WHERE unsettled_since IS NOT NULL ORDER BY unsettled_since LIMIT $1),
    free AS MATERIALIZED (
      SELECT s.* FROM tps_section s JOIN (SELECT DISTINCT * FROM listed) place USING (pemilihan_id, tps_kode, round)
      ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED),
    whole AS (
      SELECT f.*, count(*) OVER (PARTITION BY f.pemilihan_id, f.tps_kode, f.round) = (
        SELECT count(*) FROM tps_section a
        WHERE a.pemilihan_id = f.pemilihan_id AND a.tps_kode = f.tps_kode AND a.round = f.round) AS is_whole
      FROM free f)
    SELECT w.id, w.pemilihan_id, c.definisi_md5 AS contest_md5, w.tps_kode, w.round, w.section, w.dice
    FROM whole w JOIN pemilihan c ON c.id = w.pemilihan_id
    WHERE w.is_whole AND w.unsettled_since IS NOT NULL ORDER BY w.id"""
_LOCK_OF_TASK = """
    SELECT s.id FROM tps_section s WHERE s.id = (SELECT t.section_id FROM task t WHERE t.id = $1 AND t.account_id = $2)
    FOR NO KEY UPDATE"""


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


async def lock_unsettled(statements: Statements, *, limit: int) -> tuple[LockedSection, ...]:
    """Lock up to ``limit`` sections of the settle list, longest waiting first, with all others of their TPS.

    Returns the listed ones, by id. It waits for nobody: a TPS of which anybody else holds a section is left for the
    next look. Therefore any number of settlers work beside one another.
    """
    rows = await statements.rows(_LOCK_FREE, limit)
    return tuple(LockedSection(**dict(row)) for row in rows)


async def lock_section_of_task(statements: Statements, *, task_id: uuid.UUID, account_id: int) -> bool:
    """Lock a task's section alone; false when this person has no such task. Who locks more locks them by id."""
    return await statements.row(_LOCK_OF_TASK, task_id, account_id) is not None


async def _lock(session: AsyncSession, statement: TextClause, values: dict[str, Any]) -> tuple[LockedSection, ...]:
    names = LockedSection.__annotations__
    rows = (await session.execute(statement, values)).all()
    return tuple(LockedSection(**{name: getattr(row, name) for name in names}) for row in rows if row.asked)
