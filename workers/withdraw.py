"""Job ``withdraw``: take withdrawn readers out of some of the sections they touched, and decide them again."""

from app.verification.service import withdraw_from_sections
from workers.job import Context, Payload


async def withdraw(context: Context, payload: Payload) -> None:
    """Withdraw ``{"account_ids", "by", "reason", "section_ids"}``; twice changes nothing.

    An earlier release queued one ``"account_id"``.
    """
    accounts = payload["account_ids"] if "account_ids" in payload else [payload["account_id"]]
    async with context.sessions.begin() as session:
        await withdraw_from_sections(
            session,
            account_ids=accounts,
            by=payload["by"],
            reason=payload["reason"],
            section_ids=payload["section_ids"],
        )
