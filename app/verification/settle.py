"""Apply the rule to one section: decide apart, then act. Running it again with the same evidence changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError
from app.intake.models import Photo
from app.pemilu.service import get_contest
from app.verification.assemble import assemble_result
from app.verification.decisions import find_current, replace_decision, still_holds
from app.verification.evidence import Accept, NeedReading, Outcome
from app.verification.gather import gather
from app.verification.models import TpsSection
from app.verification.record import name_subject

COMPANION_WAIT = timedelta(seconds=20)
"""How long a form waits for its other page before it is dealt without it."""


@dataclass(frozen=True)
class Settled:
    """What the rule said of a section. ``changed``: a decision was made or ended."""

    section_id: int
    outcome: Outcome
    changed: bool


async def lock_sections(session: AsyncSession, *, section_id: int) -> TpsSection:
    """Lock all sections of this section's TPS and return it, freshly read.

    The result is put together from all of them: two that settle at once must not each miss the other's decision.
    Always in the order of their ids, so that two transactions never wait for one another in a circle; and before any
    task is locked. NO KEY UPDATE: readings that only refer to a section need not wait.

    Raises:
        NotFoundError: there is no such section.
    """
    place = select(TpsSection.pemilihan_id, TpsSection.tps_kode, TpsSection.round).where(TpsSection.id == section_id)
    found = (await session.execute(place)).one_or_none()
    if found is None:
        raise NotFoundError(f"There is no section {section_id}.", "Check the number.")
    query = (
        select(TpsSection)
        .filter_by(pemilihan_id=found.pemilihan_id, tps_kode=found.tps_kode, round=found.round)
        .order_by(TpsSection.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return next(one for one in (await session.execute(query)).scalars().all() if one.id == section_id)


async def settle(session: AsyncSession, *, section_id: int) -> Settled:
    """Let the rule look at one section and do what it says: decide, ask, dispute, take back.

    Raises:
        NotFoundError: there is no such section.
    """
    section = await lock_sections(session, section_id=section_id)
    contest = await get_contest(session, id=section.pemilihan_id)
    inputs = await gather(session, section=section, contest=contest)
    outcome = inputs.decide()
    current = await find_current(session, section.id)
    unchanged = still_holds(current, outcome, inputs)
    await _ask(session, section, outcome)
    if not unchanged:
        subject = name_subject(contest, section.tps_kode, section.round, section.section)
        await replace_decision(
            session, subject=subject, section=section, current=current, outcome=outcome, inputs=inputs
        )
        await assemble_result(session, contest, section)
    return Settled(section.id, outcome, changed=not unchanged)


async def settle_many(session: AsyncSession, *, section_ids: Sequence[int]) -> tuple[Settled, ...]:
    """Let the rule look at many sections, as :func:`settle` does at each, and return what it said in their order.

    Raises:
        NotFoundError: there is no such section.
    """
    return tuple([await settle(session, section_id=one) for one in sorted(set(section_ids))])


async def _ask(session: AsyncSession, section: TpsSection, outcome: Outcome) -> None:
    """Write what is asked for next, and the section's state, into its row."""
    section.state = {"Accept": "accepted", "Dispute": "disputed"}.get(type(outcome).__name__, "waiting")
    section.why = "" if isinstance(outcome, Accept) else outcome.why
    section.wanted, section.photo_ids = None, []
    if isinstance(outcome, NeedReading):
        section.wanted, section.photo_ids = outcome.mode, sorted(outcome.photos.values())
        section.ready_at = await _find_moment(session, outcome)
    section.updated_at = await _now(session)
    await session.flush()


async def _find_moment(session: AsyncSession, need: NeedReading) -> datetime:
    """Return when the section may be dealt: at once, or when its other page has had time to arrive."""
    if need.why != "page_without_sum":
        return await _now(session)
    newest = select(func.max(Photo.at)).where(Photo.id.in_(need.photos.values()))
    found: datetime = (await session.execute(newest)).scalar_one()
    return found + COMPANION_WAIT


async def _now(session: AsyncSession) -> datetime:
    """Return the database's clock, which all rows go by."""
    return (await session.execute(select(func.now()))).scalar_one()
