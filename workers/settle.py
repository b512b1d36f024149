"""Job ``settle``: let the rule look at some sections again; what an earlier release queued after each reading, too."""

from app.verification.service import settle_many
from workers.job import Context, Payload


async def settle(context: Context, payload: Payload) -> None:
    """Settle ``{"section_id"}`` or ``{"section_ids": [...]}``; twice changes nothing."""
    sections = payload["section_ids"] if "section_ids" in payload else [payload["section_id"]]
    async with context.sessions.begin() as session:
        await settle_many(session, section_ids=sections)
