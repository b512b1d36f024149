"""Accepted results: eight clients answer, the rule accepts, a worker settles, compares and rolls up. How many a second?

An answer writes two readings with a log entry each; accepting it writes a decision with a log entry, the section, the
result, a row of the change list and a comparison to do.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from sqlalchemy import text

from app.core.database import Sessions
from app.core.statements import Statements, look
from app.verification.dealt_here import note_dealt
from app.verification.held_task import TASK_COLUMNS, HeldTask, make_held_task
from app.verification.queue import answer_task
from app.verification.tasks import DealtTask, describe_task
from bench.queue.cost import measure_cost
from bench.queue.ground import FORM, VOTES
from bench.tally.workers_cost import measure_workers

DATABASE = "bench_queue"
LOOK_EVERY = 0.05
CALM_WITHIN = 300.0
CONNECTIONS = 8

_SHOWN = {name: FORM[name] for fields in VOTES.values() for name in fields}

# An account holds one task at a time: each of these tasks has a holder of its own, as thousands of people would.
_DEAL = text(
    """WITH people AS (
         INSERT INTO account (name, display_name, password_hash, role)
         SELECT 'settle-' || n, '', '-', 'volunteer' FROM generate_series(1, :count) n RETURNING id),
       numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM people),
       open AS (
         SELECT s.*, row_number() OVER (ORDER BY s.id) AS place FROM tps_section s
         WHERE s.section = 'suara' AND s.wanted = 'confirm')
       INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until, shown)
       SELECT open.id, numbered.id, 'confirm', open.photo_ids, now() + interval '1 day', CAST(:shown AS jsonb)
       FROM open JOIN numbered USING (place)"""
)
_HELD = f"""
    SELECT {TASK_COLUMNS} FROM task t JOIN tps_section s ON s.id = t.section_id
    JOIN pemilihan c ON c.id = s.pemilihan_id WHERE t.state = 'leased' ORDER BY md5(t.id::text)"""  # noqa: S608 - a constant
_ACCEPTED = "SELECT count(*) AS number FROM result WHERE state = 'accepted'"
# As old as the oldest result that is committed and that no sum holds. Its time is that of its transaction's beginning:
# errs towards older.
_STALE = "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0)::float8 AS age FROM tally_change"
_WAITING = """
    SELECT (SELECT count(*) FROM tps_section WHERE unsettled_since IS NOT NULL)
         + (SELECT count(*) FROM tally_change) AS number"""

Task = tuple[HeldTask, DealtTask]


@dataclass
class Watch:
    """How old the nation's row was, in seconds, whenever somebody looked. Owned by :func:`_watch`."""

    ages: list[float] = field(default_factory=list)

    def at_most(self, share: float) -> float:
        """Return the age that it had at most in this share of looks."""
        ages = sorted(self.ages)
        return ages[min(int(len(ages) * share), len(ages) - 1)] if ages else 0.0


@dataclass(frozen=True)
class Settled:
    """Results that were accepted while clients answered for ``seconds``, and until all was settled and rolled up."""

    accepted: int
    seconds: float
    caught_up: float
    watch: Watch
    cost: tuple[float, float, float]
    """Seconds of a core: of the clients, of the worker, of PostgreSQL."""

    @property
    def rate(self) -> float:
        """Accepted results a second; the time to catch up counts."""
        return self.accepted / (self.seconds + self.caught_up)


async def deal_tasks(sessions: Sessions, *, count: int) -> list[Task]:
    """Give ``count`` people a task each, as if this process had dealt it."""
    async with sessions.begin() as session:
        await session.execute(_DEAL, {"count": count, "shown": json.dumps(_SHOWN)})
    async with look(sessions) as statements:
        held = [make_held_task(row) for row in await statements.rows(_HELD)]
        return [(one, await describe_task(statements, one)) for one in held]


async def accept_results(sessions: Sessions, tasks: list[Task], *, seconds: float) -> Settled:
    """Let eight clients answer tasks until the time is over or none is left; a worker runs beside this.

    Answered tasks are taken off the list.
    """
    before = await _count(sessions, _ACCEPTED)
    spent, worked = measure_cost(DATABASE), measure_workers()
    watch = Watch()
    watching = asyncio.create_task(_watch(sessions, watch))
    began = perf_counter()
    await asyncio.gather(*(_answer_on(sessions, tasks, began + seconds) for _ in range(CONNECTIONS)))
    answered_in = perf_counter() - began
    await _wait_until_calm(sessions)
    caught_up = perf_counter() - began - answered_in
    watching.cancel()
    cost = measure_cost(DATABASE).since(spent)
    accepted = await _count(sessions, _ACCEPTED) - before
    all_cost = (cost.python, measure_workers() - worked, cost.postgres)
    return Settled(accepted, answered_in, caught_up, watch, all_cost)


async def _answer_on(sessions: Sessions, tasks: list[Task], until: float) -> None:
    while tasks and perf_counter() < until:
        held, dealt = tasks.pop()
        note_dealt(held, dealt)
        async with look(sessions) as statements:
            await answer_task(statements, task_id=held.id, account_id=held.account_id, numbers=_SHOWN)


async def _watch(sessions: Sessions, watch: Watch) -> None:
    while True:
        async with look(sessions) as statements:
            row = await statements.row(_STALE)
        assert row is not None, "an aggregate is a row"
        watch.ages.append(max(row["age"], 0.0))
        await asyncio.sleep(LOOK_EVERY)


async def _wait_until_calm(sessions: Sessions) -> None:
    end = perf_counter() + CALM_WITHIN
    while await _count(sessions, _WAITING):
        if perf_counter() > end:
            message = "The worker does not catch up."
            raise RuntimeError(message)
        await asyncio.sleep(LOOK_EVERY)


async def _count(sessions: Sessions, statement: str) -> int:
    async with look(sessions) as statements:
        return await count_rows(statements, statement)


async def count_rows(statements: Statements, statement: str, *values: Sequence[int]) -> int:
    """Return the number that a statement counts as ``number``."""
    row = await statements.row(statement, *values)
    assert row is not None, "an aggregate is a row"
    return int(row["number"])
