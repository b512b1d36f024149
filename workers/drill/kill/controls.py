"""Negative controls: two ways to break the service on purpose. A drill that does not see them has proved nothing.

Both run on the drill's own database after its checks, with the same checks.
"""

import asyncio
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.core.database import Sessions, open_sessions
from app.tally.service import roll_up, set_result
from workers.drill.kill.calls import Caller
from workers.drill.kill.check_sums import check_tallies
from workers.drill.kill.check_uploads import check_rows
from workers.drill.kill.checks import connect
from workers.drill.kill.cluster import OPTIONS, KeptPostgres
from workers.drill.kill.findings import LOST, WRONG_SUM, Findings
from workers.drill.kill.ground import Person
from workers.drill.kill.people import send
from workers.drill.kill.plan import write_numbers
from workers.drill.kill.processes import Kept, Program, kill_now, list_family, wait_until_gone
from workers.drill.kill.record import Record
from workers.drill.kill.run import Scene
from workers.drill.kill.stage import make_site, site_address, wait_for_site
from workers.team import worker_environment

FORGETFUL = {
    **OPTIONS,
    "synchronous_commit": "off",
    "wal_writer_delay": "10s",
    "wal_writer_flush_after": "1GB",
    "wal_buffers": "64MB",
}
"""Commits are acknowledged before they are written, and stay in memory for up to ten seconds."""

UPLOAD_SECONDS = 2.0
WRITERS = 4
KILL_AFTER = (0.2, 1.0)
BEGINS_WITHIN = 60.0
LOOK_EVERY = 0.02
ROUNDS = 8
"""So often at most a roller is killed until a kill falls between its two transactions."""


@dataclass(frozen=True)
class Control:
    """What a control showed. ``seen``: the checks failed, as they must."""

    name: str
    seen: bool
    words: str


async def run_controls(scene: Scene, before: Record) -> tuple[Control, ...]:
    """Run both controls. ``before``: what the drill's callers were told. The database ends spoiled, and is stopped."""
    try:
        roller = await run_broken_roller(scene)
    finally:
        await asyncio.to_thread(scene.database.stop)
    return (await run_forgetful_database(scene, before), roller)


async def run_forgetful_database(scene: Scene, before: Record) -> Control:
    """Upload to a server that acknowledges commits before they are written, and kill all of it.

    What was acknowledged ``before``, by the durable server, must still be there: the same check finds it.
    """
    database = KeptPostgres(scene.database.folder, FORGETFUL, durable=False)
    url = await database.open_database()
    site = Kept(make_site(scene.ports[0], 3, url, scene.settings), scene.folder)
    findings, earlier = Findings(), Findings()
    try:
        await wait_for_site(site_address(scene.ports[0]))
        record = await _upload_until_killed(scene, database)
        await asyncio.to_thread(database.start)
        async with connect(url) as connection:
            await check_rows(connection, record, findings)
            await check_rows(connection, before, earlier)
    finally:
        site.stop()
        await asyncio.to_thread(database.stop)
    lost = findings.count(LOST)
    words = f"{lost} of {len(record.uploads)} acknowledged uploads lost"
    words += f", {len(earlier.found)} of the {len(before.uploads):,} of before"
    return Control("synchronous_commit=off", lost > 0 and not earlier.found, words)


async def _upload_until_killed(scene: Scene, database: KeptPostgres) -> Record:
    """Upload for a moment, then kill the whole server; return what was acknowledged until then."""
    folder = scene.folder / "forgetful"
    folder.mkdir(exist_ok=True)
    record = Record(folder)
    numbers = itertools.count(10 * scene.plan.size.uploads + 1)
    sending = [asyncio.create_task(_keep_sending(scene, person, numbers, record)) for person in scene.ground.uploaders]
    await asyncio.sleep(UPLOAD_SECONDS)
    async with asyncio.timeout(BEGINS_WITHIN):
        while not record.uploads:  # noqa: ASYNC110 (the record has no event for it)
            await asyncio.sleep(LOOK_EVERY)
    await asyncio.to_thread(_kill_all, database)
    for task in sending:
        task.cancel()
    await asyncio.gather(*sending, return_exceptions=True)
    return record


async def _keep_sending(scene: Scene, person: Person, numbers: Iterator[int], record: Record) -> None:
    caller = Caller([site_address(scene.ports[0])], person.token, record, random.Random(person.name))
    try:
        for number in numbers:
            await send(caller, record, scene.album.take(number), person.account_id)
    finally:
        await caller.close()


def _kill_all(database: KeptPostgres) -> None:
    postmaster = database.find_postmaster()
    assert postmaster is not None, "it was started a moment ago"
    family = list_family(postmaster)
    for pid in family:
        kill_now(pid)
    wait_until_gone(family)


async def run_broken_roller(scene: Scene) -> Control:
    """Kill a roller that takes the change list in one transaction and adds up in another."""
    name = "claim and delete apart from adding up"
    async with open_sessions(scene.url) as sessions:
        for turn in range(1, ROUNDS + 1):
            chance = random.Random(f"{scene.plan.size.seed}/{turn}")
            await _correct_until_killed(scene, sessions, chance)
            async with sessions.begin() as session:
                await roll_up(session)  # what the killed one had not taken yet
            findings = Findings()
            async with connect(scene.url) as connection:
                await check_tallies(connection, scene.url, scene.ground.contest, findings)
            if wrong := findings.count(WRONG_SUM):
                return Control(name, seen=True, words=f"{wrong} wrong sums after {turn} kills")
    return Control(name, seen=False, words=f"no wrong sum after {ROUNDS} kills")


async def _correct_until_killed(scene: Scene, sessions: Sessions, chance: random.Random) -> None:
    """Write results without a pause while the broken roller works, and kill it at a random moment."""
    roller = Kept(
        Program("broken_roller", ["workers.drill.kill.broken_roller"], worker_environment(scene.url, scene.settings)),
        scene.folder,
    )
    writing = [asyncio.create_task(_keep_correcting(scene, sessions, chance)) for _ in range(WRITERS)]
    try:
        await _wait_until_rolled(scene)
        await asyncio.sleep(chance.uniform(*KILL_AFTER))
    finally:
        kill_now(roller.pid)
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)
        roller.stop()


async def _keep_correcting(scene: Scene, sessions: Sessions, chance: random.Random) -> None:
    rng = np.random.default_rng(chance.randrange(2**32))
    while True:
        paper = chance.choice(scene.plan.papers)
        numbers = write_numbers(rng)
        async with sessions.begin() as session:
            await set_result(
                session,
                contest=scene.ground.contest,
                tps_kode=paper.tps_kode,
                numbers=numbers,
                state="accepted",
                source_class="one_uploader",
            )


async def _wait_until_rolled(scene: Scene) -> None:
    """Wait until the roller has begun: the list's oldest row is gone."""
    query = "SELECT min(id) FROM tally_change"
    async with asyncio.timeout(BEGINS_WITHIN), connect(scene.url) as connection:
        while (oldest := await connection.fetchval(query)) is None:  # noqa: ASYNC110 (the database says when)
            await asyncio.sleep(LOOK_EVERY)
        while await connection.fetchval(query) == oldest:  # noqa: ASYNC110 (the same)
            await asyncio.sleep(LOOK_EVERY)
