"""A reader is banned after thousands of readings: how long until all he touched is decided again, and is it right?

Checked by looking, not by the code that did it: sections that nobody else read stand exactly as before he came; no
decision that stands rests on a reading of his; the results are what the decisions say; the sums are what the results
say; and the rule, asked once more about every section, has nothing to change.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

from sqlalchemy import TextClause, text

from app.core.database import Sessions
from app.pemilu.service import get_contest
from app.tally.service import verify
from app.verification.service import settle_many, withdraw_reader
from bench.queue.ground import CONTEST, Person
from bench.queue.people import read_many

LOOK_EVERY = 0.1
CALM_WITHIN = 900.0
AT_ONCE = 100
_LEFT = text(
    """SELECT (SELECT count(*) FROM tps_section WHERE unsettled_since IS NOT NULL),
              (SELECT count(*) FROM pgqueuer WHERE entrypoint IN ('compare', 'settle', 'withdraw')),
              (SELECT count(*) FROM tally_change)"""
)
"""Jobs that concern photographs stay: no reader runs here."""

_WITHDRAWALS_LEFT = text("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'withdraw'")
_REMEMBER = text(
    """CREATE TABLE IF NOT EXISTS bench_before AS
       SELECT id, state, wanted, why, photo_ids FROM tps_section WHERE wanted IS NOT NULL"""
)
_UNLIKE_BEFORE = text(
    """SELECT count(*), min(s.id) FROM tps_section s JOIN bench_before b ON b.id = s.id
       WHERE s.id = ANY(CAST(:ids AS bigint[]))
         AND (s.state, s.wanted, s.why, s.photo_ids) IS DISTINCT FROM (b.state, b.wanted, b.why, b.photo_ids)"""
)
_TOUCHED = text("SELECT DISTINCT section_id FROM reading WHERE account_id = :account")
_READ_BY_OTHERS = text(
    """SELECT DISTINCT section_id FROM reading
       WHERE section_id = ANY(CAST(:ids AS bigint[])) AND account_id IS NOT NULL AND account_id <> :account"""
)
_RESTING = text(
    """SELECT count(*) FROM decision d CROSS JOIN LATERAL jsonb_array_elements(d.inputs -> 'readings') reading
       WHERE d.state = 'current' AND reading ->> 'reader' = :name AND d.section_id = ANY(CAST(:ids AS bigint[]))"""
)
_UNLIKE = text(
    """SELECT count(*) FROM result r
       LEFT JOIN tps_section s ON s.tps_kode = r.tps_kode AND s.pemilihan_id = r.pemilihan_id AND s.round = r.round
         AND s.section = 'suara'
       LEFT JOIN decision d ON d.section_id = s.id AND d.state = 'current' AND d.outcome = 'accept'
       WHERE r.current AND (r.numbers[1] IS DISTINCT FROM (d.numbers ->> 'suara_01')::int
         OR (r.state = 'accepted') IS DISTINCT FROM (d.id IS NOT NULL))"""
)


@dataclass(frozen=True)
class Ban:
    """What banning a reader came to. ``seconds``: until the last of his sections was decided again."""

    readings: int
    sections: int
    accepted_before: int
    accepted_after: int
    seconds: float
    wrong: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


async def ban_reader(sessions: Sessions, liar: Person, admin: int, others: Sequence[Person], *, readings: int) -> Ban:
    """Let one read ``readings`` photographs and others some of the same, ban him, and look at what is left.

    Workers run beside this.
    """
    async with sessions.begin() as session:
        await session.execute(_REMEMBER)
    tasks = 0
    while await _count_readings(sessions, liar) < readings and await read_many(sessions, liar, count=100):
        tasks += 100
    await wait_until_calm(sessions)
    await asyncio.gather(*(read_many(sessions, one, count=tasks // (4 * len(others))) for one in others))
    await wait_until_calm(sessions)
    ids = await _list(sessions, _TOUCHED, account=liar.account)
    accepted_before = await _count_accepted(sessions, ids)
    began = perf_counter()
    async with sessions.begin() as session:
        done = await withdraw_reader(session, account_id=liar.account, by=admin, reason="bench")
    await _wait_for_none(sessions, _WITHDRAWALS_LEFT)
    seconds = perf_counter() - began
    await wait_until_calm(sessions)
    accepted_after = await _count_accepted(sessions, ids)
    wrong = tuple([one async for one in _find_wrong(sessions, liar, ids)])
    return Ban(done.readings, len(ids), accepted_before, accepted_after, seconds, wrong)


async def wait_until_calm(sessions: Sessions) -> float:
    """Return when nothing is left to settle, to do or to roll up: the seconds that it took."""
    began = perf_counter()
    await _wait_for_none(sessions, _LEFT)
    return perf_counter() - began


async def _wait_for_none(sessions: Sessions, statement: TextClause) -> None:
    async with asyncio.timeout(CALM_WITHIN):
        while any(await _first(sessions, statement)):  # noqa: ASYNC110 - the database says when
            await asyncio.sleep(LOOK_EVERY)


async def _find_wrong(sessions: Sessions, liar: Person, ids: Sequence[int]) -> AsyncIterator[str]:
    alone = set(ids) - set(await _list(sessions, _READ_BY_OTHERS, ids=list(ids), account=liar.account))
    unlike = await _first(sessions, _UNLIKE_BEFORE, ids=sorted(alone))
    if unlike[0]:
        yield f"{unlike[0]} sections that nobody else read stand otherwise than before, e.g. {unlike[1]}"
    resting = (await _first(sessions, _RESTING, name=f"account/{liar.account}", ids=list(ids)))[0]
    if resting:
        yield f"{resting} of his readings still decide something"
    if other := (await _first(sessions, _UNLIKE))[0]:
        yield f"{other} results are not what was decided"
    async with sessions.begin() as session:
        contest = await get_contest(session, kode=CONTEST)
        for drift in await verify(session, contest=contest):
            yield f"the sums: {drift}"
    for start in range(0, len(ids), AT_ONCE):
        async with sessions.begin() as session:
            settled = await settle_many(session, section_ids=ids[start : start + AT_ONCE])
        for one in settled:
            if one.changed:
                yield f"section {one.section_id}: asked once more, the rule says {one.outcome}"


async def _count_readings(sessions: Sessions, person: Person) -> int:
    counted = text("SELECT count(*) FROM reading WHERE account_id = :account")
    return int((await _first(sessions, counted, account=person.account))[0])


async def _count_accepted(sessions: Sessions, ids: Sequence[int]) -> int:
    counted = text("SELECT count(*) FROM tps_section WHERE id = ANY(CAST(:ids AS bigint[])) AND state = 'accepted'")
    return int((await _first(sessions, counted, ids=list(ids)))[0])


async def _list(sessions: Sessions, statement: TextClause, **values: object) -> list[int]:
    async with sessions.begin() as session:
        return sorted((await session.execute(statement, values)).scalars())


async def _first(sessions: Sessions, statement: TextClause, **values: object) -> tuple[Any, ...]:
    async with sessions.begin() as session:
        return tuple((await session.execute(statement, values)).one())
