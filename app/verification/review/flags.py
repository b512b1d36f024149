"""What the public may know of open cases: that something is to be checked, never a number that is not public."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.verification.review.sentences import explain_reason
from app.verification.sentences import Sentence

# A section that waits may still be dealt to somebody: nothing is said of it. A dispute says so itself.
_FLAGS = text(
    """SELECT DISTINCT c.reason FROM review_case c JOIN tps_section s ON s.id = c.section_id
       WHERE c.pemilihan_id = :pemilihan AND c.tps_kode = :tps AND c.state IN ('open', 'looked_at')
         AND c.kind IN ('far_from_official', 'far_from_neighbours', 'altered_copy') AND s.state <> 'waiting'
       ORDER BY c.reason"""
)


async def list_flags(session: AsyncSession, *, pemilihan_id: int, tps_kode: str) -> tuple[Sentence, ...]:
    """Return why reviewers are looking at the decided numbers of a TPS, in neutral words; none where nobody is."""
    found = await session.execute(_FLAGS, {"pemilihan": pemilihan_id, "tps": tps_kode})
    return tuple(explain_reason(code) for code in found.scalars())
