"""The storms: every result corrected by many at once; readers withdrawn while others read and a revote begins."""

import asyncio
import os
import random
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from app.core.access import Role
from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.tally.service import TpsResult, open_round, set_results
from app.verification.queue import answer_task, deal_task
from app.verification.service import withdraw_reader
from workers.drill.storm.ground import Ground
from workers.team import WorkerTeam

WRITERS = 8
KELURAHAN_DIGITS = 10
LEASE = 600
_ACCEPTED = text(
    """SELECT tps_kode, round, numbers, state, source_class, flags FROM result
       WHERE pemilihan_id = :contest AND current AND state = 'accepted' ORDER BY tps_kode"""
)
_WRITTEN = text(
    """SELECT s.tps_kode, r.numbers FROM task t JOIN tps_section s ON s.id = t.section_id
       JOIN reading r ON r.section_id = s.id AND r.mode = 'machine' WHERE t.id = :task"""
)


@dataclass
class Tally:
    """What the storms did, for the report; owned by the run."""

    corrected: int = 0
    changes: int = 0
    """Rows that the corrections must have left on the change list: one a kelurahan and transaction."""
    withdrawn_sections: int = 0
    answered: int = 0
    revotes: int = 0
    killed: int = 0


async def correct_all(sessions: Sessions, contest: Contest, tally: Tally, *, batch: int, rounds: int) -> None:
    """Correct every accepted result ``rounds`` times, the last time back to what was decided.

    Eight writers at once, each with ``batch`` results a transaction, in an order of its own.
    """
    async with sessions.begin() as session:
        decided = [_as_result(contest, row) for row in await session.execute(_ACCEPTED, {"contest": contest.id})]
    for number in range(1, rounds + 1):
        shift = 0 if number == rounds else number
        parts = [decided[writer::WRITERS] for writer in range(WRITERS)]
        async with asyncio.TaskGroup() as tasks:
            for writer, part in enumerate(parts):
                random.Random(number * WRITERS + writer).shuffle(part)
                tasks.create_task(_correct(sessions, contest, [_shift(one, shift) for one in part], batch, tally))


async def _correct(
    sessions: Sessions, contest: Contest, results: Sequence[TpsResult], batch: int, tally: Tally
) -> None:
    for start in range(0, len(results), batch):
        own = sorted(results[start : start + batch], key=lambda one: one.tps_kode)
        async with sessions.begin() as session:
            await set_results(session, contest=contest, results=own)
        tally.corrected += len(own)
        tally.changes += len({one.tps_kode[:KELURAHAN_DIGITS] for one in own})


def _as_result(contest: Contest, row: Row[Any]) -> TpsResult:
    numbers = dict(zip(contest.fields, row.numbers, strict=True))
    return TpsResult(row.tps_kode, row.round, numbers, row.state, row.source_class, tuple(row.flags))


def _shift(result: TpsResult, by: int) -> TpsResult:
    """Return the result with every number ``by`` larger."""
    numbers = {name: None if number is None else number + by for name, number in result.numbers.items()}
    return TpsResult(result.tps_kode, result.round, numbers, result.state, result.source_class, result.flags)


async def withdraw_readers(sessions: Sessions, ground: Ground, tally: Tally) -> None:
    """Withdraw the reader of everything and the one of a twentieth, one right after the other."""
    for reader in (ground.reader_of_all, ground.reader_of_some):
        async with sessions.begin() as session:
            done = await withdraw_reader(session, account_id=reader, by=ground.admin, reason="storm")
        tally.withdrawn_sections += done.sections


async def read_on(sessions: Sessions, person: int, tally: Tally, end: asyncio.Event) -> None:
    """Take tasks and answer them with what the paper says, until ``end``."""
    while not end.is_set():
        async with sessions.begin() as session:
            task = await deal_task(session, account_id=person, role=Role.VOLUNTEER, lease_seconds=LEASE)
        if task is None:
            await asyncio.sleep(0.1)
            continue
        async with sessions.begin() as session:
            written: dict[str, int] = {}
            for row in await session.execute(_WRITTEN, {"task": task.id}):
                written |= row.numbers
        async with sessions.begin() as session:
            said: Mapping[str, int | None] = {name: written[name] for name in task.fields}
            await answer_task(session, task_id=task.id, account_id=person, numbers=said)
        tally.answered += 1


async def revote(sessions: Sessions, contest: Contest, places: Sequence[str], tally: Tally) -> None:
    """Open a new round at some TPS, a moment apart."""
    for place in places:
        async with sessions.begin() as session:
            await open_round(session, contest=contest, tps_kode=place, reason="storm")
        tally.revotes += 1
        await asyncio.sleep(0.2)


async def kill_workers(team: WorkerTeam, times: int, chance: random.Random, tally: Tally) -> None:
    """Kill a worker (kill -9) every few seconds; what it was doing another one finds in the queue."""
    for _ in range(times):
        await asyncio.sleep(chance.uniform(2, 6))
        os.kill(chance.choice(list(team.processes().values())), signal.SIGKILL)
        tally.killed += 1
