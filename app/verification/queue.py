"""The queue: the server deals, people answer or skip. Nobody picks; nobody reads his own photo or a section twice.

The database's unique indices have the last word: one task a section and person, one lease a section, one a person.
"""

import random
from datetime import timedelta

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Role
from app.verification.answer import Answered, answer_task, skip_task, undo_answer
from app.verification.models import Task, TpsSection
from app.verification.record import list_machine_numbers
from app.verification.tasks import (
    NUMBER_MAX,
    SKIP_REASONS,
    DealtTask,
    LeaseExpiredError,
    TaskPage,
    describe_task,
    get_task,
)

__all__ = [
    "NUMBER_MAX",
    "SKIP_REASONS",
    "Answered",
    "DealtTask",
    "LeaseExpiredError",
    "TaskPage",
    "answer_task",
    "deal_task",
    "find_task",
    "get_task",
    "skip_task",
    "undo_answer",
]

_TRIES = 20
"""So often another dealer may be faster with the same section before we give up; each time the queue has moved on."""

_SWEEP = text(
    """UPDATE task SET state = 'expired' WHERE id IN (
         SELECT id FROM task WHERE state = 'leased' AND leased_until <= now()
         ORDER BY account_id <> :account, leased_until LIMIT 100 FOR UPDATE SKIP LOCKED)"""
)

# SKIP LOCKED: dealers do not queue up behind one another. Somebody may lease the section between our look and our
# lock; the unique index on live leases then refuses our task, and we look again.
_CANDIDATE = text(
    """SELECT s.id FROM tps_section s
       WHERE s.wanted = :mode AND s.ready_at <= now() AND s.dice >= :low AND s.dice < :high
         AND NOT EXISTS (SELECT FROM task t WHERE t.section_id = s.id AND t.account_id = :account)
         AND NOT EXISTS (SELECT FROM task t WHERE t.section_id = s.id AND t.state = 'leased')
         AND NOT EXISTS (SELECT FROM photo p WHERE p.pemilihan_id = s.pemilihan_id AND p.tps_kode = s.tps_kode
                           AND p.round = s.round AND p.uploader_id = :account)
       ORDER BY s.dice LIMIT 1 FOR NO KEY UPDATE OF s SKIP LOCKED"""
)


async def deal_task(session: AsyncSession, *, account_id: int, role: Role, lease_seconds: int) -> DealtTask | None:
    """Deal this person a task, at random; None when there is none for him now. Who holds one gets the same again."""
    await session.execute(_SWEEP, {"account": account_id})
    for _ in range(_TRIES):
        task = await _find_lease(session, account_id)
        if task is None:
            section = await _find_section(session, account_id, role)
            if section is None:
                return None
            task = await _lease(session, section, account_id, timedelta(seconds=lease_seconds))
        if task is not None:
            return await describe_task(session, task)
    return None


async def find_task(session: AsyncSession, *, account_id: int) -> DealtTask | None:
    """Return the task that this person holds; deals none."""
    task = await _find_lease(session, account_id)
    return None if task is None else await describe_task(session, task)


async def _find_lease(session: AsyncSession, account_id: int) -> Task | None:
    query = select(Task).where(Task.account_id == account_id, Task.state == "leased", Task.leased_until > func.now())
    return (await session.execute(query)).scalar_one_or_none()


def _choose_modes(role: Role) -> list[str]:
    """Return what this role is dealt, in order: reviews first, for few may do them; the others as chance has it."""
    ordinary = random.sample(("blind", "confirm"), 2)
    return ["review", *ordinary] if role in {Role.REVIEWER, Role.ADMIN} else ordinary


async def _find_section(session: AsyncSession, account_id: int, role: Role) -> TpsSection | None:
    """Lock and return a section this person may read, from a random place of the queue onwards, round to its start."""
    for mode in _choose_modes(role):
        start = random.random()
        for low, high in ((start, 2.0), (-1.0, start)):
            values = {"mode": mode, "low": low, "high": high, "account": account_id}
            found = (await session.execute(_CANDIDATE, values)).scalar_one_or_none()
            if found is not None:
                return await session.get_one(TpsSection, found, populate_existing=True)
    return None


async def _lease(session: AsyncSession, section: TpsSection, account_id: int, lease: timedelta) -> Task | None:
    """Deal ``section``; None when a unique index says that somebody was faster, or that he holds another task now."""
    mode, shown = await _prepare(session, section)
    values = {
        "section_id": section.id,
        "account_id": account_id,
        "mode": mode,
        "photo_ids": section.photo_ids,
        "leased_until": func.now() + lease,
        "shown": shown,
    }
    statement = insert(Task).values(values).on_conflict_do_nothing().returning(Task)
    return (await session.execute(statement)).scalar_one_or_none()


async def _prepare(session: AsyncSession, section: TpsSection) -> tuple[str, dict[str, int] | None]:
    """Return the task's mode and the values on the screen: none but in confirm mode, and there all of them."""
    assert section.wanted is not None
    if section.wanted != "confirm":
        return section.wanted, None
    shown = await list_machine_numbers(session, section_id=section.id, photo_ids=section.photo_ids)
    known = {name: number for name, number in shown.items() if number is not None}
    return ("confirm", known) if known and len(known) == len(shown) else ("blind", None)
