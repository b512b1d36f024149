"""Compare results with official figures, and keep the list of differences in step with both.

Locks: ``compare/contest`` shared and ``compare/contest/TPS`` of each, in order, for some TPS; the first alone for a
whole contest. They come before everything else that a comparison reads or writes, results included.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.discrepancy.kinds import PLAIN
from app.discrepancy.load import load_some
from app.discrepancy.rules.catalogue import RULES, find_all
from app.discrepancy.rules.finding import Rule
from app.discrepancy.standing import Plan, explain_by, load_standing, plan_changes
from app.discrepancy.write import apply_plan
from app.pemilu.definition import Contest
from app.tally.service import note_flagged

_LOCK_CONTEST = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_LOCK_CONTEST_SHARED = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")
_LOCK_MANY = text(
    """SELECT count(pg_advisory_xact_lock(hashtextextended(name, 0)))
       FROM unnest(CAST(:names AS text[])) name"""
)

LOCKED_MAX = 500
"""TPS that are locked one by one; for more, other comparisons of the contest wait."""


@dataclass(frozen=True)
class CompareReport:
    """How many differences were opened, kept as they were, and closed."""

    opened: int
    kept: int
    closed: int


def report_plan(*plans: Plan) -> CompareReport:
    """Return the counts of some plans together."""
    return CompareReport(
        sum(len(plan.opened) for plan in plans),
        sum(len(plan.kept) for plan in plans),
        sum(len(plan.closed) for plan in plans),
    )


def rules_of(contest: Contest, *, scope: str) -> tuple[Rule, ...]:
    """Return the rules of this scope whose findings are kept, without those that the contest's policy turns off."""
    off = set(contest.discrepancies.off)
    return tuple(rule for rule in RULES if rule.scope == scope and rule.kept and rule.code not in off)


async def compare_tps(session: AsyncSession, *, contest: Contest, tps_kode: str) -> CompareReport:
    """Bring the open differences of one TPS to what the rules find in the present state. Twice changes nothing."""
    return await compare_many(session, contest=contest, tps_kodes=[tps_kode])


async def compare_many(session: AsyncSession, *, contest: Contest, tps_kodes: Iterable[str]) -> CompareReport:
    """Do for several TPS what :func:`compare_tps` does for one, with the same few statements; they are locked.

    The rules that need the whole kelurahan are looked at by ``compare_regions``.
    """
    kodes = sorted(set(tps_kodes))
    await _lock(session, contest, kodes)
    # Read under the lock: of two comparisons of one TPS the second sees what the first has written, and what both
    # sides had become meanwhile. Whoever changes a side afterwards queues a comparison of his own.
    loaded = await load_some(session, contest=contest, tps_kodes=kodes)
    standing = await load_standing(session, contest=contest, kinds=PLAIN, tps_kodes=kodes)
    rules = rules_of(contest, scope="tps")
    findings = find_all(loaded.figures, contest, rules)
    plan = plan_changes(standing, findings, explain_by(loaded.figures, {rule.code for rule in rules}))
    await apply_plan(session, contest=contest, plan=plan, row_ids=loaded.row_ids)
    await note_flagged(session, pemilihan_id=contest.id, counts=plan.count_flagged(kodes))
    return report_plan(plan)


async def lock_contest(session: AsyncSession, contest: Contest) -> None:
    """Let nobody else compare anything of the contest until the transaction ends."""
    await session.execute(_LOCK_CONTEST, {"name": f"compare/{contest.id}"})


async def _lock(session: AsyncSession, contest: Contest, kodes: Sequence[str]) -> None:
    if len(kodes) > LOCKED_MAX:  # PostgreSQL has room for some thousands of locks, of all transactions together
        await lock_contest(session, contest)
        return
    await session.execute(_LOCK_CONTEST_SHARED, {"name": f"compare/{contest.id}"})
    # In the order of the codes: two comparisons with common TPS wait for each other and never in a circle.
    await session.execute(_LOCK_MANY, {"names": [f"compare/{contest.id}/{kode}" for kode in kodes]})
