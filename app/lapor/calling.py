"""Reviewers see a reported case among everything else that they are asked to look at: `verification.review`'s list.

The case itself lives here; there it has one line for as long as it waits for an answer.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.lapor.models import LaporCase
from app.verification.review.cases import Closing, close_case, open_case
from app.verification.review.models import ReviewCase


async def call_reviewers(session: AsyncSession, *, case: LaporCase) -> None:
    """Put a waiting case on the reviewers' list; one that is there already stays where it is."""
    facts = {"category": case.category, "subject": case.subject}
    await open_case(session, kind="lapor", subject=_name(case), facts=facts, reason="reported", tps_kode=case.tps_kode)


async def dismiss_reviewers(session: AsyncSession, *, case: LaporCase, account_id: int | None, answer: str) -> None:
    """Take a case that was answered, merged or taken back off the list; what is not on it stays off."""
    query = select(ReviewCase.id).where(
        ReviewCase.kind == "lapor", ReviewCase.subject == _name(case), ReviewCase.state.in_(("open", "looked_at"))
    )
    number = await session.scalar(query)
    if number is not None:
        state: Closing = "rejected" if case.state == "rejected" else "resolved"
        await close_case(session, case_id=number, by=account_id, state=state, answer=answer)


def _name(case: LaporCase) -> str:
    return f"lapor/{case.id}"
