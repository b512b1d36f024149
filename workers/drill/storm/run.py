"""The drill from beginning to end: a database and workers of its own, the storms, the checks."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.core.config import Settings
from app.core.database import Sessions, open_sessions
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.schema import migrate
from workers.drill.storm.checks import check_everything
from workers.drill.storm.ground import Ground, lay_ground
from workers.drill.storm.watch import Staleness, wait_until_calm
from workers.drill.storm.waves import (
    Tally,
    correct_all,
    kill_workers,
    read_on,
    revote,
    withdraw_readers,
)
from workers.team import WorkerTeam

NAME = "storm"
_ACCEPTED = text("SELECT count(*) FROM result WHERE current AND state = 'accepted'")
_PLACES = text("SELECT kode FROM tps ORDER BY kode")


@dataclass(frozen=True)
class Size:
    """How large a storm. ``batch``: corrections in one transaction; ``kills``: of workers, during the withdrawal."""

    results: int
    seed: int
    tps_each: int = 50
    rounds: int = 3
    batch: int = 1
    workers: int = 2
    kills: int = 0
    revotes: int = 5
    answers_min: int = 20
    calm_sample: int = 5000


@dataclass
class Outcome:
    """What was done, how long it took, how stale the nation got, and what was wrong."""

    size: Size
    tally: Tally = field(default_factory=Tally)
    seconds: dict[str, float] = field(default_factory=dict)
    staleness: dict[str, float] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


async def run_storm(folder: Path, size: Size, say: Callable[[str], None]) -> Outcome:
    """Run the drill in ``folder`` on a durable database of its own."""
    server = EmbeddedPostgres(folder / "postgres")
    try:
        url = await prepare_database(await asyncio.to_thread(server.start), NAME)
        await migrate(url)
        return await storm_on(url, folder, size, say)
    finally:
        await asyncio.to_thread(server.stop)


async def storm_on(url: str, folder: Path, size: Size, say: Callable[[str], None]) -> Outcome:
    """Run the drill on an empty, migrated database; the workers' home is ``folder``."""
    outcome = Outcome(size)
    async with open_sessions(url) as sessions:
        async with _phase(outcome, "written", say):
            ground = await lay_ground(sessions, results=size.results, tps_each=size.tps_each)
        async with _workers(url, folder, size) as team:
            await _storm(sessions, ground, outcome, team, say)
        async with _phase(outcome, "checked", say):
            outcome.wrong = await check_everything(sessions, ground, outcome.tally, calm_sample=size.calm_sample)
    return outcome


async def _storm(
    sessions: Sessions, ground: Ground, outcome: Outcome, team: WorkerTeam, say: Callable[[str], None]
) -> None:
    size, tally = outcome.size, outcome.tally
    async with _phase(outcome, "decided", say, sessions):
        await wait_until_calm(sessions)
    async with _phase(outcome, "corrected", say, sessions):
        await correct_all(sessions, ground.contest, tally, batch=size.batch, rounds=size.rounds)
        await wait_until_calm(sessions)
    async with _phase(outcome, "withdrawn", say, sessions):
        await _withdraw_amid_everything(sessions, ground, outcome, team)
        await wait_until_calm(sessions)


async def _withdraw_amid_everything(sessions: Sessions, ground: Ground, outcome: Outcome, team: WorkerTeam) -> None:
    """Withdraw, while others read on, some TPS vote again, and workers are killed."""
    size, tally, chance, end = outcome.size, outcome.tally, random.Random(outcome.size.seed), asyncio.Event()
    async with sessions.begin() as session:
        places = chance.sample(list((await session.execute(_PLACES)).scalars()), size.revotes)
    async with asyncio.TaskGroup() as tasks:
        for person in ground.answerers:
            tasks.create_task(read_on(sessions, person, tally, end))
        await withdraw_readers(sessions, ground, tally)
        tasks.create_task(revote(sessions, ground.contest, places, tally))
        await kill_workers(team, size.kills, chance, tally)
        await _wait_for_withdrawals(sessions, tally, size.answers_min)
        end.set()


async def _wait_for_withdrawals(sessions: Sessions, tally: Tally, answers_min: int) -> None:
    """Return when every batch is done and people have answered so much since."""
    left = text("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'withdraw'")
    while True:
        async with sessions.begin() as session:
            withdrawing = (await session.execute(left)).scalar_one()
        if not withdrawing and tally.answered >= answers_min:
            return
        await asyncio.sleep(0.2)


@asynccontextmanager
async def _workers(url: str, folder: Path, size: Size) -> AsyncIterator[WorkerTeam]:
    """Run real worker processes; one that is killed is started again."""
    team = WorkerTeam(size.workers, url, Settings(home=folder / "home"))
    keeping = asyncio.create_task(team.keep_running())
    try:
        yield team
    finally:
        keeping.cancel()
        await asyncio.to_thread(team.stop)


@asynccontextmanager
async def _phase(
    outcome: Outcome, name: str, say: Callable[[str], None], sessions: Sessions | None = None
) -> AsyncIterator[None]:
    """Time a part of the drill; with ``sessions``, watch how old the national sum gets meanwhile."""
    began, staleness = time.monotonic(), Staleness()
    watching = None if sessions is None else asyncio.create_task(staleness.watch(sessions))
    try:
        yield
    finally:
        if watching is not None:
            watching.cancel()
    outcome.seconds[name] = round(time.monotonic() - began, 1)
    if sessions is None:
        say(f"{name}: {outcome.seconds[name]} s")
        return
    async with sessions.begin() as session:
        outcome.accepted[name] = int((await session.execute(_ACCEPTED)).scalar_one())
    outcome.staleness[name] = round(staleness.worst, 1)
    say(f"{name}: {outcome.seconds[name]} s; {outcome.accepted[name]:,} accepted; nation {staleness.worst:.1f} s old")
