"""Job ``settle``: let the rule look at one section again, after new evidence or a withdrawal."""

from app.verification.service import settle as settle_section
from workers.job import Context, Payload


async def settle(context: Context, payload: Payload) -> None:
    """Settle ``{"section_id"}``; twice changes nothing."""
    async with context.sessions.begin() as session:
        await settle_section(session, section_id=payload["section_id"])
