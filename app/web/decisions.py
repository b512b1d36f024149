"""Every decision ever made about a TPS, for its page."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.verification.models import Decision, TpsSection


@dataclass(frozen=True)
class PastDecision:
    """One decision. ``state``: current, superseded or withdrawn; ``ended_at`` is null while it stands."""

    section: str
    round: int
    outcome: str
    state: str
    source_class: str | None
    rule_version: str
    at: datetime
    ended_at: datetime | None
    log_entry_id: int | None


async def list_decisions(session: AsyncSession, *, contest: Contest, tps_kode: str) -> tuple[PastDecision, ...]:
    """Return the decisions of a TPS, newest first."""
    query = (
        select(Decision, TpsSection.section, TpsSection.round)
        .join(TpsSection, TpsSection.id == Decision.section_id)
        .where(TpsSection.pemilihan_id == contest.id, TpsSection.tps_kode == tps_kode)
        .order_by(Decision.id.desc())
    )
    return tuple(
        PastDecision(
            section=section,
            round=round_,
            outcome=one.outcome,
            state=one.state,
            source_class=one.source_class,
            rule_version=one.rule_version,
            at=one.at,
            ended_at=one.ended_at,
            log_entry_id=one.log_entry_id,
        )
        for one, section, round_ in await session.execute(query)
    )
