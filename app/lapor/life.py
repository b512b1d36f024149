"""The life of a case: open, looked at, resolved or rejected, and open again. Its row is locked by :func:`lock_case`."""

from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, NotFoundError
from app.lapor.calling import call_reviewers, dismiss_reviewers
from app.lapor.history import note_step
from app.lapor.models import LaporCase

State = Literal["open", "looked_at", "resolved", "rejected"]

WAITING = ("open", "looked_at")
"""States in which nobody has answered yet."""


async def lock_case(session: AsyncSession, *, case_id: int) -> LaporCase:
    """Return the case as it stands once nobody else changes it. Several are locked in the order of their numbers.

    Raises:
        NotFoundError: there is no such case.
    """
    query = select(LaporCase).filter_by(id=case_id).with_for_update()
    row = (await session.scalars(query, execution_options={"populate_existing": True})).one_or_none()
    if row is None:
        raise unknown_case(case_id)
    return row


def unknown_case(case_id: int) -> NotFoundError:
    """Return the error for a case that does not exist."""
    message = f"Tidak ada perkara laporan nomor {case_id}. (There is no reported case {case_id}.)"
    return NotFoundError(message, "Lihat daftarnya di /tinjau/laporan. (See the list there.)", code="unknown_case")


def require_seen(case: LaporCase, seen: int) -> None:
    """Refuse to change what the reviewer has not seen.

    Raises:
        ConflictError: something happened to the case since version ``seen``, or it is part of another case.
    """
    if case.merged_into is not None:
        message = f"Laporan ini sudah digabung ke perkara {case.merged_into}. (It is part of that case now.)"
        raise ConflictError(message, "Jawab perkara itu. (Answer that one.)", code="merged_case")
    if case.version != seen:
        raise ConflictError(
            f"Perkara {case.id} berubah sejak Anda membukanya. (Case {case.id} has changed since you opened it.)",
            "Muat ulang, baca yang baru, lalu ulangi. (Reload, read what is new, then try again.)",
            code="case_changed",
        )


async def set_state(
    session: AsyncSession,
    *,
    case: LaporCase,
    state: State,
    answer: str | None = None,
    account_id: int | None = None,
    reason: str | None = None,
) -> None:
    """Give a locked case its next state, in the row, the history and the log."""
    case.state, case.answer = state, answer
    case.version += 1
    case.changed_at = (await session.execute(select(func.now()))).scalar_one()
    await session.flush()
    action = "reopened" if state == "open" else state
    facts = {name: text for name, text in (("answer", answer), ("reason", reason)) if text is not None}
    await note_step(session, case=case, action=action, account_id=account_id, facts=facts)
    if state == "open":
        await call_reviewers(session, case=case)
    elif answer is not None:
        await dismiss_reviewers(session, case=case, account_id=account_id, answer=answer)
