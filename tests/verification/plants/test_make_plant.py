"""The pictures of a planted item, cut by the real worker from a drawn photograph."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from sqlalchemy import text

from app.core.config import Settings
from app.core.database import Sessions
from app.core.storage import LocalStore
from app.intake.object_keys import crop_key, rows_key
from app.verification.plants.object_keys import plant_crop_key, plant_page_key
from ocr.draw.photograph import photograph
from ocr.draw.tps import draw_tps
from tests.verification.readings import PAGE2
from tests.verification.world import make_world, tps
from workers.job import Context
from workers.make_plant import make_plant
from workers.read_photo import read_photo
from workers.reader_pool import ReaderPool

MAKE = """
WITH d AS (INSERT INTO decision (section_id, outcome, numbers, inputs, explanation, rule_version)
           SELECT id, 'accept', '{}', '{}', '{}', 'x' FROM tps_section RETURNING id, section_id)
INSERT INTO planted_item (section_id, decision_id, mode, photo_ids, truth)
SELECT section_id, id, 'blind', ARRAY[CAST(:photo AS bigint)], '{}' FROM d RETURNING id"""


@pytest.fixture
def context(sessions: Sessions, settings: Settings, storage: LocalStore) -> Iterator[Context]:
    with ReaderPool(1) as readers:
        yield Context(sessions, settings, storage, readers)


@pytest.fixture
async def photo(context: Context) -> int:
    """A photograph of page 2 that the machine has read."""
    drawing = draw_tps(None, seed=7, split="evaluation", pages=(2,))
    data = photograph(drawing.pages[2], "scan", np.random.default_rng(1), quarter_turns=0, exif=False)
    sha256 = await context.storage.seal(data)
    async with context.sessions.begin() as session:
        world = await make_world(session)
        made = await world.photo(tps(1), 2)
        await session.execute(text("UPDATE photo SET sha256 = :sha, state = 'received', form = NULL, page = NULL"),
                              {"sha": sha256})  # fmt: skip
    await read_photo(context, {"photo_id": made})
    return made


def shape(data: bytes) -> tuple[int, ...]:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return tuple(picture.shape)


async def test_an_item_has_pictures_of_its_own_that_look_like_any_others(context: Context, photo: int) -> None:
    async with context.sessions.begin() as session:
        item = (await session.execute(text(MAKE), {"photo": photo})).scalar_one()
    await make_plant(context, {"plant_id": item})
    await make_plant(context, {"plant_id": item})
    async with context.sessions.begin() as session:
        assert (await session.execute(text("SELECT state FROM planted_item"))).scalar_one() == "ready"
    for field in PAGE2:
        public = await context.storage.read(crop_key(photo, field))
        own = await context.storage.read(plant_crop_key(item, field))
        assert own != public
        assert np.allclose(shape(own), shape(public), rtol=0.03)
        assert quantisation(own) == quantisation(public), "the same encoder, or it could be told by it"
    assert await context.storage.read(plant_page_key(item, photo)) != await context.storage.read(rows_key(photo))
    await given_up_where_the_photograph_is_gone(context, item)


async def given_up_where_the_photograph_is_gone(context: Context, item: int) -> None:
    async with context.sessions.begin() as session:
        await session.execute(text("UPDATE photo SET sha256 = repeat('0', 64)"))
        await session.execute(text("UPDATE planted_item SET state = 'making'"))
    await make_plant(context, {"plant_id": item})
    async with context.sessions.begin() as session:
        assert (await session.execute(text("SELECT state FROM planted_item"))).scalar_one() == "retired"


def quantisation(data: bytes) -> bytes:
    start = data.index(b"\xff\xdb")
    return data[start : start + 67]
