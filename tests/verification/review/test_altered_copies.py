"""A sheet photographed twice, one box changed in between: the job finds it and calls a reviewer, once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.database import Sessions
from app.core.jobs import decode_payload
from app.core.storage import LocalStore
from app.intake.object_keys import crop_key
from app.intake.service import get_photo
from app.verification.review.case_view import view_case
from app.verification.review.cases import close_case
from app.verification.service import MachineReading, note_machine_readings
from tests.ocr.test_compare_pages import LAYOUT, change_one_digit, paper, photograph
from tests.verification.review.desk import cases, look, reviewer
from tests.verification.world import World, machine_fields, make_world, tps
from workers.compare_pages import compare_pages
from workers.job import Context
from workers.reader_pool import ReaderPool


async def photograph_page(world: World, storage: LocalStore, sheet_of: int, crops: dict[str, bytes]) -> int:
    """Have a photograph of page 2 read, with the pictures of its fields in the store; return its number."""
    photo = await world.photo(tps(1), 2, uploader=sheet_of)
    for field, picture in crops.items():
        await storage.create(crop_key(photo, field), picture)
    details = {"model_sha256": str(photo), "layout_key": LAYOUT}
    read = MachineReading(await get_photo(world.session, photo_id=photo), machine_fields(2), details)
    await note_machine_readings(world.session, contest=world.contest, readings=[read])
    return photo


async def queued(session: AsyncSession) -> list[dict[str, object]]:
    rows = await session.execute(text("SELECT payload FROM pgqueuer WHERE entrypoint = 'compare_pages' ORDER BY id"))
    return [decode_payload(row.payload) for row in rows]


@pytest.fixture
def readers() -> Iterator[ReaderPool]:
    with ReaderPool(1) as pool:
        yield pool


async def test_a_changed_box_calls_a_reviewer_once(
    sessions: Sessions, settings: Settings, storage: LocalStore, readers: ReaderPool
) -> None:
    changed = change_one_digit(paper(1), paper(3, first=173))
    async with sessions.begin() as session:
        world = await make_world(session)
        first = await photograph_page(world, storage, await world.person(), dict(photograph(paper(1), seed=1)))
        assert not await queued(session), "there is nothing to compare the first with"
        other_hand = dict(photograph(paper(2), seed=2))
        await photograph_page(world, storage, await world.person(), other_hand)
        altered = await photograph_page(world, storage, await world.person(), dict(photograph(changed, seed=3)))
        payloads = await queued(session)
    assert [one["photo_id"] for one in payloads][-1] == altered
    context = Context(sessions, settings, storage, readers)
    for payload in (*payloads, payloads[-1]):
        await compare_pages(context, payload)
    async with sessions.begin() as session:
        world.session = session
        (case,) = [one for one in await cases(world) if one.kind == "altered_copy"]
        person = await reviewer(world)
        await look(world, case.id, person)
        seen = await view_case(session, case_id=case.id, account_id=person)
        assert seen.facts == {"photos": [first, altered], "fields": ["suara_01"]}
        await close_case(session, case_id=case.id, by=person, state="resolved", answer="Kotak ditimpa di foto kedua.")
    await compare_pages(context, payloads[-1])
    async with sessions.begin() as session:
        world.session = session
        assert not [one for one in await cases(world) if one.kind == "altered_copy"], "a reviewer has had this pair"
