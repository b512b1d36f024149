"""Job ``settle_tps``: let the rule look at a TPS again, after a photograph of it was moved, rejected or restored."""

from sqlalchemy import text

from app.verification.service import settle_many
from workers.job import Context, Payload

_SECTIONS = text(
    """SELECT id FROM tps_section
       WHERE pemilihan_id = :pemilihan_id AND tps_kode = :tps_kode AND round = :round ORDER BY id"""
)


async def settle_tps(context: Context, payload: Payload) -> None:
    """Settle ``{"pemilihan_id", "tps_kode", "round"}``; twice changes nothing."""
    async with context.sessions.begin() as session:
        sections = list((await session.execute(_SECTIONS, dict(payload))).scalars())
        if sections:
            await settle_many(session, section_ids=sections)
