"""Estimate readers anew: count, weigh, tell them, pause whoever is as good as certain to read too carelessly."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.service import get_contest
from app.verification.evidence import RulePolicy
from app.verification.policies import DEFAULT, make_rule_policy
from app.verification.skill import Skill, SkillCounts, SkillPrior, estimate_skill, is_below_bound, make_prior
from app.verification.trust.count import count_everybody, count_readers
from app.verification.trust.pauses import pause_reader
from app.verification.trust.tell import is_time_to_tell, tell_reader

BATCH = 200
"""Readers in one transaction."""

_ONE_AT_A_TIME = text("SELECT pg_try_advisory_xact_lock(hashtextextended('trust', 0))")
# Whoever has answered since he was counted, a minute later; and for a day every ten minutes, for decisions come late.
_DUE = text(
    """SELECT a.id FROM account a LEFT JOIN reader_skill k ON k.account_id = a.id,
              LATERAL (SELECT max(t.answered_at) AS at FROM task t WHERE t.account_id = a.id) answered
       WHERE a.role IN ('volunteer', 'reviewer', 'admin') AND answered.at IS NOT NULL
         AND (k.account_id IS NULL
              OR (k.counted_at < now() - interval '1 minute' AND answered.at > k.counted_at)
              OR (k.counted_at < now() - interval '10 minutes' AND answered.at > k.counted_at - interval '1 day'))
       ORDER BY k.counted_at NULLS FIRST LIMIT :batch"""
)
_KNOWN = text(
    """SELECT account_id, told, told_at FROM reader_skill WHERE account_id = ANY(CAST(:accounts AS bigint[]))"""
)
_WRITE = text(
    """INSERT INTO reader_skill (account_id, blind_fields, blind_wrong, plants_shown, plants_caught, good_shown,
         good_changed, error_rate, error_low, error_high, catch_rate, catch_low, catch_high, alarm_rate, alarm_low,
         alarm_high, told, told_at)
       SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (
         account_id bigint, blind_fields bigint, blind_wrong bigint, plants_shown bigint, plants_caught bigint,
         good_shown bigint, good_changed bigint, error_rate float8, error_low float8, error_high float8,
         catch_rate float8, catch_low float8, catch_high float8, alarm_rate float8, alarm_low float8,
         alarm_high float8, told jsonb, told_at timestamptz)
       ON CONFLICT (account_id) DO UPDATE SET
         blind_fields = excluded.blind_fields, blind_wrong = excluded.blind_wrong,
         plants_shown = excluded.plants_shown, plants_caught = excluded.plants_caught,
         good_shown = excluded.good_shown, good_changed = excluded.good_changed,
         version = reader_skill.version + CASE WHEN
           (reader_skill.error_rate, reader_skill.catch_rate) = (excluded.error_rate, excluded.catch_rate)
           THEN 0 ELSE 1 END,
         error_rate = excluded.error_rate, error_low = excluded.error_low, error_high = excluded.error_high,
         catch_rate = excluded.catch_rate, catch_low = excluded.catch_low, catch_high = excluded.catch_high,
         alarm_rate = excluded.alarm_rate, alarm_low = excluded.alarm_low, alarm_high = excluded.alarm_high,
         told = coalesce(excluded.told, reader_skill.told), told_at = coalesce(excluded.told_at, reader_skill.told_at),
         counted_at = now()"""
)
_NEWEST = text("SELECT max(pemilihan_id) FROM tps_section")


async def estimate_due(session: AsyncSession) -> int:
    """Estimate the readers of whom there is news, some at a time; return how many those were."""
    if not (await session.execute(_ONE_AT_A_TIME)).scalar_one():
        return 0
    due = list((await session.execute(_DUE, {"batch": BATCH})).scalars())
    if due:
        await estimate_readers(session, accounts=due)
    return len(due)


async def estimate_readers(session: AsyncSession, *, accounts: Sequence[int]) -> Mapping[int, Skill]:
    """Count and estimate these readers, write it down, and pause those below the policy's bound.

    The policy is that of the contest whose forms came last.
    """
    policy = await _find_policy(session)
    counted = await count_readers(session, accounts=accounts)
    prior = make_prior(policy, await count_everybody(session))
    skills = {account: estimate_skill(counts, prior) for account, counts in counted.items()}
    told = {row.account_id: row for row in await session.execute(_KNOWN, {"accounts": list(accounts)})}
    rows = [
        {"account_id": one, **asdict(counts), **asdict(skills[one]), **_tell(told.get(one), counts, skills[one])}
        for one, counts in sorted(counted.items())
    ]
    # A pause locks the reader's tasks, and whoever withdraws him locks those before his account. What is written of him
    # refers to his account, so it comes after.
    await _pause_some(session, counted, skills, (policy, prior))
    await session.execute(_WRITE, {"rows": orjson.dumps(rows).decode()})
    return skills


async def _find_policy(session: AsyncSession) -> RulePolicy:
    newest = (await session.execute(_NEWEST)).scalar_one_or_none()
    return DEFAULT if newest is None else make_rule_policy((await get_contest(session, id=newest)).policy)


def _tell(known: Any, counts: SkillCounts, skill: Skill) -> dict[str, Any]:  # noqa: ANN401 - a row, or none
    now = datetime.now(UTC)
    before, at = (None, None) if known is None else (known.told, known.told_at)
    if not is_time_to_tell(before, at, now, counts):
        return {"told": None, "told_at": None}
    return {"told": {**asdict(tell_reader(counts, skill)), "plants_shown": counts.plants_shown}, "told_at": now}


async def _pause_some(
    session: AsyncSession,
    counted: Mapping[int, SkillCounts],
    skills: Mapping[int, Skill],
    by: tuple[RulePolicy, SkillPrior],
) -> None:
    policy, prior = by
    for account, skill in sorted(skills.items()):
        reason = is_below_bound(skill, policy)
        if reason is not None:
            facts = {"counts": asdict(counted[account]), "skill": asdict(skill), "prior": asdict(prior)}
            await pause_reader(session, account_id=account, reason=reason, facts=facts)
