"""Job ``withdraw``: take a withdrawn reader out of some of the sections he touched, and decide them again."""

from app.verification.service import withdraw_from_sections
from workers.job import Context, Payload


async def withdraw(context: Context, payload: Payload) -> None:
    """Withdraw ``{"account_id", "by", "reason", "section_ids"}``; twice changes nothing."""
    async with context.sessions.begin() as session:
        await withdraw_from_sections(
            session,
            account_id=payload["account_id"],
            by=payload["by"],
            reason=payload["reason"],
            section_ids=payload["section_ids"],
        )
