"""The flood from its beginning to its end: a database and workers of its own, the uploads, the counting."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import text
from starlette.datastructures import State

from app.core.access import Principal, Role
from app.core.config import PROJECT, Settings
from app.core.database import Sessions, open_sessions
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.schema import migrate
from app.core.storage import open_store
from app.intake.routes import keep_photo
from app.intake.upload import Upload
from app.pemilu.service import SHIPPED, import_pemilu
from app.wilayah.service import import_wilayah
from workers.drill.flood.checks import Findings, Sent, count_costs, count_sent, judge
from workers.drill.flood.pictures import make_picture
from workers.drill.flood.plan import (
    ATTACKERS,
    FORMS_OF_TEN,
    HONEST,
    Sending,
    Size,
    code_of,
    name_places,
    plan_sendings,
)
from workers.team import WorkerTeam

NAME, CONTEST = "flood", "ppwp-2024"
AHEAD = 200
"""Photographs that may wait to be read before more are sent: the queue stays as short as on a machine that keeps up."""
LOOK_AFTER = 50
LOOK_EVERY = 0.5
_PEOPLE = text(
    """INSERT INTO account (name, display_name, password_hash, role)
       SELECT 'flood-' || n, '', '-', 'volunteer' FROM generate_series(1, :count) n ORDER BY n RETURNING id"""
)
_WAITING = text("SELECT count(*) FROM pgqueuer")

Tell = Callable[[str, int, int], None]
"""(what, so many of it, of how many) for the progress bar."""


@dataclass
class Outcome:
    """What was done and found, and how long it took."""

    size: Size
    seconds: dict[str, float] = field(default_factory=dict)
    found: Findings | None = None
    wrong: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "seen": self.found.seen if self.found else None}


async def run_flood(folder: Path, size: Size, tell: Tell) -> Outcome:
    """Run the drill in ``folder`` on a durable database of its own."""
    server = EmbeddedPostgres(folder / "postgres")
    try:
        url = await prepare_database(await asyncio.to_thread(server.start), NAME)
        await migrate(url)
        return await flood_on(url, folder, size, tell)
    finally:
        await asyncio.to_thread(server.stop)


async def flood_on(url: str, folder: Path, size: Size, tell: Tell) -> Outcome:
    """Run the drill on an empty, migrated database; the workers' home is ``folder``."""
    outcome, began = Outcome(size), time.monotonic()
    settings = Settings(home=folder / "home", find_copies=size.find_copies)
    async with open_sessions(url) as sessions:
        people = await _lay_ground(sessions, size)
        async with _workers(url, settings, size):
            sent = await _send_all(sessions, settings, size, people, tell)
            outcome.seconds["sent"] = round(time.monotonic() - began, 1)
            while waiting := await _count_waiting(sessions):
                tell("read", len(sent) - min(waiting, len(sent)), len(sent))
                await asyncio.sleep(LOOK_EVERY)
        tell("read", len(sent), len(sent))
        outcome.seconds["read"] = round(time.monotonic() - began, 1)
        async with sessions.begin() as session:
            outcome.found = await count_costs(session, sent)
    outcome.size = count_sent(size, sent)
    outcome.wrong = judge(outcome.found, outcome.size)
    return outcome


async def _lay_ground(sessions: Sessions, size: Size) -> Sequence[int]:
    async with sessions.begin() as session:
        await import_wilayah(session, lines=list(name_places(size)), name=NAME)
        await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=PROJECT / "ocr" / "layouts")
        return list((await session.execute(_PEOPLE, {"count": ATTACKERS + HONEST})).scalars())


async def _send_all(
    sessions: Sessions, settings: Settings, size: Size, people: Sequence[int], tell: Tell
) -> list[Sent]:
    """Send everything in order, through the very function that stands behind the upload route.

    Limits of accounts and addresses stand before it and are left out: with them the flood would end at the first.
    """
    state = State()
    state.sessions, state.storage = sessions, open_store(settings)
    sent: list[Sent] = []
    end = time.monotonic() + 60 * size.minutes
    planned = plan_sendings(size)
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    try:
        for sending, data in zip(planned, _draw_ahead(pool, size, planned), strict=True):
            picture = await asyncio.wrap_future(data)
            who = Principal(people[sending.sender], "", Role.VOLUNTEER)
            receipt = await keep_photo(state, Upload(who, picture, code_of(sending.station), CONTEST))
            form = sending.kind == "genuine" or (sending.kind == "copy" and sending.picture % 10 < FORMS_OF_TEN)
            sent.append(Sent(receipt.photo_id, sending.kind, form, sending.picture))
            tell("sent", len(sent), len(planned))
            if len(sent) % LOOK_AFTER == 0:
                await _let_them_read(sessions)
            if time.monotonic() > end:
                break
    finally:
        pool.shutdown(cancel_futures=True)
        state.storage.close()
    return sent


def _draw_ahead(pool: ProcessPoolExecutor, size: Size, planned: Sequence[Sending]) -> Iterator[Any]:
    """Give the pictures as futures, some drawn ahead."""
    draw = partial(make_picture, size)
    futures = [pool.submit(draw, sending) for sending in planned[:AHEAD]]
    for place in range(len(planned)):
        yield futures[place]
        futures[place] = None  # type: ignore[call-overload] # its bytes are not kept
        if place + AHEAD < len(planned):
            futures.append(pool.submit(draw, planned[place + AHEAD]))


async def _let_them_read(sessions: Sessions) -> None:
    """Wait until few photographs wait."""
    while await _count_waiting(sessions) > AHEAD:  # noqa: ASYNC110 - other processes take them away
        await asyncio.sleep(LOOK_EVERY)


async def _count_waiting(sessions: Sessions) -> int:
    async with sessions.begin() as session:
        return int((await session.execute(_WAITING)).scalar_one())


@asynccontextmanager
async def _workers(url: str, settings: Settings, size: Size) -> AsyncIterator[None]:
    """Run real worker processes for as long as the block lasts."""
    settings.home.mkdir(parents=True, exist_ok=True)
    team = WorkerTeam(size.workers, url, settings)
    keeping = asyncio.create_task(team.keep_running())
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.to_thread(team.stop)
