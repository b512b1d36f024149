"""A planted task over HTTP, beside an ordinary one: nothing that its holder can ask tells them apart."""

import random
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.core.access import Role
from app.core.database import Sessions
from app.core.storage import LocalStore
from app.intake.object_keys import crop_key, page_key, rows_key
from app.verification.plants.make import plant_more
from app.verification.plants.object_keys import plant_crop_key, plant_page_key
from tests.conftest import SignInAs
from tests.verification.readings import TRUTH
from tests.verification.world import make_world, tps

PUBLIC, FRESH = b"\xff\xd8public", b"\xff\xd8fresh!"


@pytest.fixture
async def photos(sessions: Sessions, storage: LocalStore) -> dict[int, int]:
    """Ten decided sections that may be planted, two of them are; four that wait. Photographs -> planted item."""
    async with sessions.begin() as session:
        world = await make_world(session)
        for number in range(1, 11):
            await world.read(tps(number), dice=0.01)
            await world.answer(await world.person())
        for number in range(31, 35):
            await world.read(tps(number), dice=0.01)
        await plant_more(session, rng=random.Random(1))
        await session.execute(text("UPDATE planted_item SET mode = 'blind', shown = NULL, state = 'ready'"))
        rows = await session.execute(text("SELECT unnest(photo_ids) AS photo, id FROM planted_item"))
        planted = {row.photo: row.id for row in rows}
        looked_at = [photo for (_, page, _), photo in world.photos.items() if page == 2]
    for photo in looked_at:
        await storage.create(crop_key(photo, "suara_01"), PUBLIC)
        await storage.create(page_key(photo), b"\xff\xd8with the form's head")
        await storage.create(rows_key(photo), PUBLIC)
        if photo in planted:
            await storage.create(plant_crop_key(planted[photo], "suara_01"), FRESH)
            await storage.create(plant_page_key(planted[photo], photo), FRESH)
    return planted


async def take_both(
    sign_in_as: SignInAs, sessions: Sessions
) -> dict[bool, tuple[httpx.AsyncClient, dict[str, Any], httpx.Response]]:
    """Take tasks until there is a planted and an ordinary one; each with its holder and how it was dealt."""
    found: dict[bool, tuple[httpx.AsyncClient, dict[str, Any], httpx.Response]] = {}
    for name in ("sari", "budi"):
        reader = await sign_in_as(name)
        for _ in range(200):
            answer = await reader.post("/api/v1/tasks")
            if answer.status_code == httpx.codes.NO_CONTENT:
                continue
            async with sessions.begin() as session:
                query = text("SELECT plant_id IS NOT NULL FROM task WHERE id = :id")
                planted = bool((await session.execute(query, {"id": answer.json()["id"]})).scalar_one())
            if planted not in found:
                found[planted] = (reader, answer.json(), answer)
                break
            await reader.post(f"/api/v1/tasks/{answer.json()['id']}/skip", json={"reason": "later"})
    assert len(found) == 2, "chance dealt only one kind"
    return found


def shape(said: Any) -> Any:
    """What an answer looks like, its own numbers and times left out."""
    if isinstance(said, dict):
        return {name: shape(one) for name, one in said.items()}
    return [shape(one) for one in said] if isinstance(said, list) else type(said).__name__


def names_of(answer: httpx.Response) -> list[str]:
    return sorted(answer.headers)


async def test_a_planted_task_cannot_be_told_by_anything_its_holder_may_ask(
    sign_in_as: SignInAs, sessions: Sessions, photos: dict[int, int]
) -> None:
    admin = await sign_in_as("pengelola", Role.ADMIN)
    mine = (await admin.post("/api/v1/tasks")).json()["id"]
    assert (await admin.get(f"/api/v1/tasks/{mine}/source")).json()["code"] == "own_task"
    seen: dict[bool, list[Any]] = {}
    for planted, (reader, task, dealt) in (await take_both(sign_in_as, sessions)).items():
        own = f"/api/v1/tasks/{task['id']}"
        told: list[Any] = [dealt.status_code, names_of(dealt), {**shape(task)}, task["fields"][0]["name"]]
        for path in ("", "/crops/suara_01.jpg", "/pages/2.jpg", "/crops/nol.jpg", "/pages/9.jpg", "/source"):
            answer = await reader.get(own + path)
            told += [path, answer.status_code, names_of(answer)]
        picture = (await reader.get(own + "/crops/suara_01.jpg")).content
        page = (await reader.get(own + "/pages/2.jpg")).content
        assert (picture, page) == ((FRESH, FRESH) if planted else (PUBLIC, PUBLIC))
        web = await reader.get("/periksa")
        told += [web.status_code, names_of(web), len(web.text.replace(task["id"], ""))]
        own_numbers = {name: TRUTH[name] for name in (one["name"] for one in task["fields"])}
        for numbers in ({}, own_numbers, own_numbers, {**own_numbers, "suara_01": 5}):
            answer = await reader.post(own + "/reading", json={"numbers": numbers})
            told += [answer.status_code, names_of(answer), shape(answer.json())]
            if answer.status_code == httpx.codes.CREATED:
                told += [len(answer.json()["reading_ids"])]
        told += [(await reader.post(own + "/skip", json={"reason": "later"})).status_code]
        told += [(await reader.get(own)).status_code, shape((await reader.get("/api/v1/me/reading")).json())]
        told += [(await reader.get("/api/v1/me/reading")).json()["answered"]]
        told += [(await reader.post(own + "/undo")).status_code, (await reader.post(own + "/undo")).status_code]
        source = (await admin.get(own + "/source")).json()
        told += [shape(source), source["tps"][:10] == tps(1)[:10]]
        seen[planted] = told
    assert seen[True] == seen[False]
