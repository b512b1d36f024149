"""Job ``make_plant``: make the pictures of a planted item, then let it be dealt; and choose what is to be planted."""

import asyncio
import random

from app.core.errors import NotFoundError
from app.core.storage import ObjectStore, read_original
from app.verification.plants.make import PhotoToCut, load_plant, plant_more, retire_plant, set_ready
from app.verification.plants.object_keys import plant_crop_key, plant_page_key
from ocr.covering import ROWS
from workers.job import Context, Payload
from workers.look_at_plants import cut_anew

PLANT_EVERY = 30.0


async def make_plant(context: Context, payload: Payload) -> None:
    """Make ``{"plant_id"}``; one that is made or given up already is left as it is.

    A crash before the end leaves pictures that the next try finds under their keys and leaves as they are.
    """
    plant_id = payload["plant_id"]
    async with context.sessions.begin() as session:
        photos = await load_plant(session, plant_id=plant_id)
    if not photos:
        return
    made = [await _make_pictures(context, plant_id, photo) for photo in photos]
    async with context.sessions.begin() as session:
        if all(made):
            await set_ready(session, plant_id=plant_id)
        else:
            await retire_plant(session, plant_id=plant_id)


async def give_plant_up(context: Context, payload: Payload, _reason: str) -> None:
    """Retire an item whose pictures could not be made: there are others."""
    async with context.sessions.begin() as session:
        await retire_plant(session, plant_id=payload["plant_id"])


async def plant_once(context: Context) -> int:
    """Choose decided sections where a contest runs short of items; the pictures come by jobs."""
    async with context.sessions.begin() as session:
        await plant_more(session, rng=random.Random())
    return 0


async def _make_pictures(context: Context, plant_id: int, photo: PhotoToCut) -> bool:
    """Keep the pictures of one photograph; false where its bytes are gone or can no longer be read."""
    try:
        data = await read_original(context.storage, photo.sha256)
    except NotFoundError:
        return False
    async with context.readers.ahead:
        pictures = await context.ocr(cut_anew, data, photo.placed, plant_id)
    if pictures is None:
        return False
    await _keep(context.storage, plant_id, photo.id, pictures)
    return True


async def _keep(storage: ObjectStore, plant_id: int, photo_id: int, pictures: dict[str, bytes]) -> None:
    rows = pictures.pop(ROWS)
    crops = {plant_crop_key(plant_id, field): crop for field, crop in pictures.items()}
    await asyncio.gather(
        storage.create(plant_page_key(plant_id, photo_id), rows),
        *(storage.create(key, crop) for key, crop in crops.items()),
    )
