"""Everything at once on one real database: uploaders, readers, workers, rollers, the authority, an admin, a revote.

Whatever the order, nobody waits in a circle, no job is given up, and the end is the one that a calm hour would have
had.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Role
from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import RunutError
from app.core.storage import LocalStore
from app.discrepancy.kinds import PLAIN
from app.discrepancy.models import Discrepancy
from app.discrepancy.rules.catalogue import find_all
from app.discrepancy.rules.figures import lay_figures
from app.discrepancy.service import rules_of
from app.intake.service import PhotoView, get_photo, lock_batch, mark_read
from app.official.service import get_official, import_publication
from app.tally.service import get_result, open_round, verify
from app.verification.models import Decision, TpsSection
from app.verification.queue import answer_task, deal_task, skip_task
from app.verification.service import MachineReading, note_machine_readings, settle, withdraw_reader
from tests.official.factory import make_document, make_tar
from tests.verification.readings import PAGES, TRUTH
from tests.verification.world import World, machine_fields, make_world, tps
from workers.job import Context
from workers.jobs import JOBS
from workers.reader_pool import ReaderPool
from workers.runner import run_worker

PLACES = [tps(number) for number in range(1, 9)]
SECONDS = 12
ACCEPTED_AT_LEAST = 6
WITHIN = 60
"""A busy machine is given longer, so that the storm is one there too."""
pytestmark = [pytest.mark.slow(20), pytest.mark.timeout(180)]


@asynccontextmanager
async def two_workers(url: str, sessions: Sessions, settings: Settings) -> AsyncIterator[None]:
    """Two workers as in production, but for the reader of pictures."""
    context = Context(sessions, settings, LocalStore(settings.objects), ReaderPool(0))
    jobs = {name: job for name, job in JOBS.items() if not job.heavy}
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(2):
            tasks.create_task(run_worker(url, context, jobs, stopping, readers=1))
        yield
        stopping.set()


def misread(chance: random.Random) -> Mapping[str, int | None]:
    """Numbers as somebody reads them who errs now and then."""
    if chance.random() < 0.7:
        return TRUTH
    return {**TRUTH, chance.choice(list(TRUTH)): chance.choice((7, 8, None))}


async def send_pages(sessions: Sessions, world: World, uploader: int, chance: random.Random) -> None:
    """Send photographs; each is noted with its companions, which are seen in a new light, as ``read_photo`` does it."""
    for place in PLACES:
        known: list[PhotoView] = []
        for page in chance.sample((1, 2, 3), 3):
            async with sessions.begin() as session:
                own = World(session, world.contest, uploader)
                photo = await get_photo(session, photo_id=await own.photo(place, page))
                await session.execute(text("UPDATE photo SET state = 'received' WHERE id = :id"), {"id": photo.id})
            known.insert(0, photo)
            async with sessions.begin() as session:
                await note(session, world, tuple(known), chance)


async def note(session: AsyncSession, world: World, batch: tuple[PhotoView, ...], chance: random.Random) -> None:
    assert await lock_batch(session, batch=batch)
    readings = []
    for photo in batch:
        marked = await mark_read(session, photo_id=photo.id, form="", page=photo.page or 0, quality={})
        fields = machine_fields(photo.page, misread(chance)) if photo.page in PAGES else {}
        readings.append(MachineReading(marked, fields, {"model_sha256": str(chance.random())}))
        await asyncio.sleep(chance.random() / 50)
    await note_machine_readings(session, contest=world.contest, readings=readings)


async def read_tasks(sessions: Sessions, person: int, role: Role, chance: random.Random, end: asyncio.Event) -> None:
    while not end.is_set():
        try:
            async with sessions.begin() as session:
                task = await deal_task(session, account_id=person, role=role, lease_seconds=chance.choice((1, 600)))
            await asyncio.sleep(chance.random() / 20)
            if task is not None and chance.random() < 0.1:
                async with sessions.begin() as session:
                    await skip_task(session, task_id=task.id, account_id=person, reason="unreadable")
            elif task is not None:
                numbers = misread(chance)
                said = {name: numbers.get(name, 0) for name in task.fields}
                async with sessions.begin() as session:
                    await answer_task(session, task_id=task.id, account_id=person, numbers=said)
        except RunutError:
            pass  # the lease ran out, or he was withdrawn meanwhile: what the page would tell him


async def publish(sessions: Sessions, world: World, chance: random.Random, end: asyncio.Event) -> None:
    while not end.is_set():
        figures = {
            f"{place}.json": make_document(tuple(chance.choice((123, 274, 32, None)) for _ in range(3)))
            for place in chance.sample(PLACES, 5)
        }
        async with sessions.begin() as session:
            await import_publication(session, contest=world.contest, source=make_tar(figures))
        await asyncio.sleep(0.1)


async def meddle(sessions: Sessions, world: World, admin: int, people: list[int]) -> None:
    """Withdraw readers and open a revote while everything runs."""
    for person in people:
        await asyncio.sleep(SECONDS / 8)
        async with sessions.begin() as session:
            await withdraw_reader(session, account_id=person, by=admin, reason="uji")
        async with sessions.begin() as session:
            await open_round(session, contest=world.contest, tps_kode=PLACES[person % 3], reason="PSU")


async def is_calm(sessions: Sessions) -> bool:
    """Nothing is left to do but for jobs about pictures, which nobody does here."""
    left = """SELECT (SELECT count(*) FROM pgqueuer WHERE entrypoint = ANY(:light))
                + (SELECT count(*) FROM tally_change)
                + (SELECT count(*) FROM tps_section WHERE unsettled_since IS NOT NULL)"""
    light = [name for name, job in JOBS.items() if not job.heavy]
    async with sessions.begin() as session:
        return bool((await session.execute(text(left), {"light": light})).scalar_one() == 0)


async def test_everything_at_once(database: str, sessions: Sessions, settings: Settings) -> None:
    async with sessions.begin() as session:
        world = await make_world(session)
        uploaders = [await world.person() for _ in range(3)]
        people = [await world.person() for _ in range(8)]
        reviewers = [await world.person(Role.REVIEWER) for _ in range(2)]
        admin = await world.person(Role.ADMIN)
    end = asyncio.Event()
    async with two_workers(database, sessions, settings):
        async with asyncio.TaskGroup() as tasks:
            for seed, uploader in enumerate(uploaders):
                tasks.create_task(send_pages(sessions, world, uploader, random.Random(seed)))
            for seed, person in enumerate([*people, *reviewers]):
                role = Role.VOLUNTEER if person in people else Role.REVIEWER
                tasks.create_task(read_tasks(sessions, person, role, random.Random(seed), end))
            tasks.create_task(publish(sessions, world, random.Random(99), end))
            tasks.create_task(meddle(sessions, world, admin, people[:3]))
            await asyncio.sleep(SECONDS)
            await wait_for_acceptances(sessions)
            end.set()
        async with asyncio.timeout(60):
            while not await is_calm(sessions):  # noqa: ASYNC110 - the database says when, not this process
                await asyncio.sleep(0.2)
    await check_the_end(sessions, world)


async def wait_for_acceptances(sessions: Sessions) -> None:
    """Let the storm go on until enough was accepted to say anything, or the patience is over."""
    for _ in range(WITHIN):
        async with sessions.begin() as session:
            accepted = select(Decision).filter_by(state="current", outcome="accept")
            if len((await session.scalars(accepted)).all()) >= ACCEPTED_AT_LEAST:
                return
        await asyncio.sleep(1)


async def check_the_end(sessions: Sessions, world: World) -> None:
    async with sessions.begin() as session:
        assert (await session.execute(text("SELECT job, message FROM job_set_aside"))).all() == []
        circles = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        assert (await session.execute(text(circles))).scalar_one() == 0
        assert await verify(session, contest=world.contest) == []
        accepted = select(Decision).filter_by(state="current", outcome="accept")
        assert len((await session.scalars(accepted)).all()) >= ACCEPTED_AT_LEAST, "hardly anything happened"
    async with sessions.begin() as session:
        for section in (await session.scalars(select(TpsSection.id))).all():
            assert not (await settle(session, section_id=section)).changed
        for place in PLACES:
            await check_differences(session, world, place)


async def check_differences(session: AsyncSession, world: World, place: str) -> None:
    """The open differences are those of the result and of the official figures as they stand now."""
    ours = [*(await get_result(session, contest=world.contest, tps_kode=place)).numbers.values()]
    official = await get_official(session, pemilihan_id=world.contest.id, tps_kode=place)
    stated = {place: official.numbers} if official else {}
    figures = lay_figures(world.contest.fields, {place: ours}, stated)
    wanted = find_all(figures, world.contest, rules_of(world.contest, scope="tps"))
    rows = (await session.scalars(select(Discrepancy).filter_by(tps_kode=place, state="open"))).all()
    open_now = {(row.kind, row.field, row.ours, row.official) for row in rows if row.kind in PLAIN}
    assert open_now == {(one.code, one.field, one.ours, one.official) for one in wanted}
