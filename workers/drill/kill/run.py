"""The drill from its beginning to its end: prepare, work under fire, wait until calm, check."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.config import Settings
from app.core.schema import migrate
from workers.drill.kill.calls import Caller
from workers.drill.kill.checks import check_everything, count_left, wait_until_calm
from workers.drill.kill.cluster import KeptPostgres
from workers.drill.kill.findings import Findings
from workers.drill.kill.ground import Ground, prepare_ground
from workers.drill.kill.killer import Killer, plan_kills
from workers.drill.kill.people import Crowd, read_all, send_all
from workers.drill.kill.pictures import Album
from workers.drill.kill.plan import Plan, Size
from workers.drill.kill.record import Record
from workers.drill.kill.stage import SITES, Stage, choose_ports, run_stage, site_address

CALM_WITHIN = 180.0
"""Seconds after the last acknowledgement beside what the reader needs for the photographs that wait."""

SECONDS_A_PHOTO = 1.0
TELL_EVERY = 0.5

Tell = Callable[[str, float, float], None]
"""(what, so much of it, of how much) for the progress bars."""


@dataclass
class Outcome:
    """What the drill did and found."""

    size: Size
    findings: Findings = field(default_factory=Findings)
    set_aside: list[str] = field(default_factory=list)
    kills: dict[str, int] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    controls: list[dict[str, Any]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Tell whether nothing was found and every control failed as it should."""
        return not self.findings.found and all(control["seen"] for control in self.controls)


@dataclass(frozen=True)
class Scene:
    """Where the drill takes place."""

    folder: Path
    settings: Settings
    database: KeptPostgres
    url: str
    ports: tuple[int, ...]
    plan: Plan
    ground: Ground
    album: Album

    @property
    def sites(self) -> list[str]:
        """Return the sites' addresses."""
        return [site_address(port) for port in self.ports]


async def prepare_scene(folder: Path, size: Size) -> Scene:
    """Start the database and prepare everything that stands before the first call."""
    settings = Settings(home=folder / "home", find_copies=False, uploads_first_day=0)
    settings.home.mkdir()
    database = KeptPostgres(folder / "postgres")
    url = await database.open_database()
    await migrate(url)
    plan = Plan(size)
    ground = await prepare_ground(url, settings, plan, folder)
    album = await asyncio.to_thread(Album, plan)
    return Scene(folder, settings, database, url, tuple(choose_ports(SITES)), plan, ground, album)


async def run_drill(scene: Scene, outcome: Outcome, tell: Tell) -> Record:
    """Work under fire, wait until calm, check: it all goes into ``outcome``. Return the callers' record."""
    record = Record(scene.folder)
    async with run_stage(scene.database, scene.url, scene.settings, scene.ports, scene.folder) as stage:
        began = time.monotonic()
        killer = await _work_under_fire(scene, stage, record, tell)
        outcome.seconds["work"] = time.monotonic() - began
        outcome.kills, outcome.starts = dict(killer.done), stage.count_starts()
        outcome.counts = _count(record, outcome.seconds["work"], await count_left(scene.url))
        patience = CALM_WITHIN + SECONDS_A_PHOTO * len(record.uploads)
        outcome.seconds["until calm"] = await wait_until_calm(scene.url, patience)
        began = time.monotonic()
        outcome.findings, outcome.set_aside = await check_everything(
            scene.url,
            scene.sites[0],
            scene.settings.objects,
            scene.ground.contest,
            record,
            readers_killed=killer.done["reader"],
        )
        outcome.seconds["checks"] = time.monotonic() - began
    return record


async def _work_under_fire(scene: Scene, stage: Stage, record: Record, tell: Tell) -> Killer:
    size, album = scene.plan.size, scene.album
    crowd = Crowd(record, scene.ground.papers, scene.ground.overseer, size.uploads, size.readings)
    killer = Killer(stage, plan_kills(size.kills, size.seed), lambda: crowd.progress, scene.folder)
    async with _telling(crowd, killer, tell), AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        tasks.create_task(killer.run())
        uploaders = scene.ground.uploaders
        for place, person in enumerate(uploaders):
            caller = Caller(scene.sites, person.token, record, random.Random(f"{size.seed}/{person.name}"))
            stack.push_async_callback(caller.close)
            numbers = album.numbers_of(place, len(uploaders))
            tasks.create_task(send_all(caller, crowd, album, numbers, person.account_id))
        for person in scene.ground.readers:
            chance = random.Random(f"{size.seed}/{person.name}")
            caller = Caller(scene.sites, person.token, record, chance)
            stack.push_async_callback(caller.close)
            tasks.create_task(read_all(caller, crowd, person.account_id, chance))
    return killer


@asynccontextmanager
async def _telling(crowd: Crowd, killer: Killer, tell: Tell) -> AsyncIterator[None]:
    async def keep_telling() -> None:
        while True:
            tell("uploads", len(crowd.record.uploads), crowd.uploads_wanted)
            tell("readings", crowd.record.readings, crowd.readings_wanted)
            tell("kills", killer.done.total(), killer.wanted)
            await asyncio.sleep(TELL_EVERY)

    telling = asyncio.create_task(keep_telling())
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


def _count(record: Record, seconds: float, waiting: int) -> dict[str, Any]:
    return {
        "uploads": len(record.uploads),
        "answers": len(record.answers),
        "readings": record.readings,
        "uploads_a_second": round(len(record.uploads) / seconds, 1),
        "answers_a_second": round(len(record.answers) / seconds, 1),
        "sent_twice_on_purpose": record.repeated,
        "waiting_jobs_at_the_end_of_work": waiting,
        "failed_calls": dict(record.trouble),
    }
