"""What happened to a case: its history rows, and the entries of the public log.

The log names a case's place and category only from the moment a reviewer has looked at it, and never a note or a
person: before that anybody could have written anything.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Account
from app.lapor.models import LaporCase, LaporHistory
from app.lapor.views import Step
from app.transparency.service import append_entry

_LOGGED = frozenset({"opened", "looked_at", "resolved", "rejected", "reopened", "merged"})
_OPEN_TO_ALL = frozenset({"looked_at", "resolved"})
_TOLD = ("looked_at", "resolved", "rejected", "reopened")


async def note_step(
    session: AsyncSession,
    *,
    case: LaporCase,
    action: str,
    account_id: int | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """Write down one step of a case, and its state in the log where it changed."""
    entry = None
    if action in _LOGGED:
        entry = await append_entry(session, kind="lapor", subject=f"lapor/{case.id}", payload=_tell(case, action))
    session.add(
        LaporHistory(case_id=case.id, action=action, account_id=account_id, facts=facts or {}, log_entry_id=entry)
    )
    await session.flush()


def _tell(case: LaporCase, action: str) -> dict[str, Any]:
    told: dict[str, Any] = {"case": case.id, "state": case.state}
    if case.merged_into is not None:
        told["merged_into"] = case.merged_into
    if action in _OPEN_TO_ALL:
        told |= {"category": case.category, "subject": case.subject}
    return told


async def list_steps(session: AsyncSession, *, case_ids: Sequence[int], with_names: bool) -> tuple[Step, ...]:
    """Return what happened to these cases, oldest first; names and reasons are for reviewers."""
    query = (
        select(LaporHistory, Account.name)
        .outerjoin(Account, Account.id == LaporHistory.account_id)
        .where(LaporHistory.case_id.in_(case_ids))
        .order_by(LaporHistory.id)
    )
    rows = (await session.execute(query)).all()
    if with_names:
        return tuple(Step(row.action, row.at, name, row.facts.get("reason")) for row, name in rows)
    return tuple(Step(row.action, row.at) for row, _ in rows if row.action in _TOLD)
