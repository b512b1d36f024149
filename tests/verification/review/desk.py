"""A disputed polling station and the people at its desk: readers, uploaders, reviewers."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from app.core.access import Role
from app.verification.queue import answer_task
from app.verification.review.listing import CaseLine, list_cases
from app.verification.review.look import begin_look, finish_look
from app.verification.service import settle
from tests.verification.readings import TRUTH, changed
from tests.verification.world import World

OTHER = changed(suara_01=173, suara_sah=479, suara_total=487)
"""What the altered copy shows: one vote for another place, and sums that follow it."""


async def dispute(world: World, place: str) -> int:
    """Let two uploaders send photos of other numbers, and readers confirm both; return the disputed section."""
    other = await world.person()
    section = await world.read(place, confidence=0.5, sure=False)
    await world.read(place, uploader=other, numbers=OTHER, confidence=0.5, sure=False)
    for photos, numbers in ((await photos_of(world, place), TRUTH), (await photos_of(world, place, other), OTHER)):
        for _ in range(2):
            await read_photos(world, section, photos, numbers)
    await settle(world.session, section_id=section)
    return section


async def photos_of(world: World, place: str, uploader: int | None = None) -> list[int]:
    owner = world.uploader if uploader is None else uploader
    return [photo for (where, _, who), photo in world.photos.items() if (where, who) == (place, owner)]


async def read_photos(world: World, section: int, photos: list[int], numbers: Mapping[str, int | None]) -> None:
    """Have somebody new read these photographs with empty boxes."""
    reader = await world.person()
    lease = text(
        """INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until)
           VALUES (:section, :account, 'blind', :photos, now() + interval '1 hour') RETURNING id"""
    )
    values = {"section": section, "account": reader, "photos": photos}
    task = (await world.session.execute(lease, values)).scalar_one()
    await answer_task(world.session, task_id=task, account_id=reader, numbers=dict(numbers))


async def look(world: World, case: int, reviewer: int, numbers: Mapping[str, int | None] = TRUTH) -> None:
    """Have a reviewer look at a case and write down what he reads."""
    task = await begin_look(world.session, case_id=case, account_id=reviewer, lease_seconds=600)
    own = {name: numbers[name] for name in task.fields}
    await answer_task(world.session, task_id=task.id, account_id=reviewer, numbers=own)
    await finish_look(world.session, case_id=case, account_id=reviewer)
    (section,) = (
        await world.session.execute(text("SELECT section_id FROM review_case WHERE id = :id"), {"id": case})
    ).scalars()
    await settle(world.session, section_id=section)


async def reviewer(world: World) -> int:
    return await world.person(Role.REVIEWER)


async def cases(world: World, **asked: Any) -> list[CaseLine]:
    return list(await list_cases(world.session, account_id=asked.pop("account_id", 0), **asked))


async def events(world: World, case: int) -> list[str]:
    query = text("SELECT event FROM review_event WHERE case_id = :case ORDER BY id")
    return list((await world.session.execute(query, {"case": case})).scalars())


async def decision(world: World, section: int) -> Any:
    query = text("SELECT * FROM decision WHERE section_id = :section AND state = 'current'")
    return (await world.session.execute(query, {"section": section})).one_or_none()


async def link(world: World, *accounts: int) -> None:
    """Say that these accounts belong together."""
    for account in accounts:
        await world.session.execute(
            text("INSERT INTO linked_account (account_id, group_id, why) VALUES (:account, :group, '{}')"),
            {"account": account, "group": accounts[0]},
        )
