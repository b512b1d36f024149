"""Apply the rule to sections: decide apart, then act. Running it again with the same evidence changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.statements import share
from app.verification.assemble import assemble_results
from app.verification.decisions import Verdict, still_holds, write_verdicts
from app.verification.evidence import Outcome
from app.verification.gather import Case, gather_cases
from app.verification.locks import LockedSection, lock_many_sections, lock_unsettled
from app.verification.review.watch import watch_verdicts

SETTLED_AT_ONCE = 100
"""Sections of the settle list in one transaction; nobody can answer a task of their TPS meanwhile."""


@dataclass(frozen=True)
class Settled:
    """What the rule said of a section. ``changed``: a decision was made or ended."""

    section_id: int
    outcome: Outcome
    changed: bool


async def settle(session: AsyncSession, *, section_id: int) -> Settled:
    """Let the rule look at one section and do what it says: decide, ask, dispute, take back.

    Raises:
        NotFoundError: there is no such section.
    """
    (settled,) = await settle_many(session, section_ids=[section_id])
    return settled


async def settle_many(session: AsyncSession, *, section_ids: Sequence[int]) -> tuple[Settled, ...]:
    """Let the rule look at many sections, as :func:`settle` does at each, and return what it said, by section id.

    A handful of statements does all of them. Their TPS stay locked until the transaction ends: a batch is to be small
    enough that nobody who answers waits long (100 sections take about a third of a second).

    Raises:
        NotFoundError: there is no such section; nothing was written.
    """
    sections = await lock_many_sections(session, section_ids=section_ids)
    return await settle_locked(session, sections=sections)


async def settle_unsettled(session: AsyncSession, *, limit: int = SETTLED_AT_ONCE) -> tuple[Settled, ...]:
    """Take up to ``limit`` sections off the settle list and let the rule look at them; none: nothing waits.

    Sections of a TPS that somebody holds this moment stay on the list.
    """
    sections = await lock_unsettled(await share(session), limit=limit)
    return await settle_locked(session, sections=sections)


async def settle_locked(session: AsyncSession, *, sections: Sequence[LockedSection]) -> tuple[Settled, ...]:
    """As :func:`settle_many`, for sections that the caller has locked, in the order of their ids."""
    if not sections:
        return ()
    verdicts = [_judge(case) for case in await gather_cases(session, sections=sections)]
    await write_verdicts(session, verdicts)
    await watch_verdicts(session, verdicts)
    await assemble_results(session, [(one.case.contest, one.case.section) for one in verdicts if one.changed])
    return tuple(Settled(one.case.section.id, one.outcome, one.changed) for one in verdicts)


def _judge(case: Case) -> Verdict:
    outcome = case.inputs.decide()
    return Verdict(case, outcome, changed=not still_holds(case.current, outcome, case.inputs))
