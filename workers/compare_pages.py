"""Job ``compare_pages``: does an earlier photograph of the same page show the same sheet, but for a few boxes?"""

import asyncio

from app.core.errors import NotFoundError
from app.core.storage import ObjectStore
from app.intake.object_keys import crop_key
from app.verification.review.altered_copies import Pair, list_pairs, note_altered
from ocr.compare_pages import find_altered
from workers.job import Context, Payload


async def compare_pages(context: Context, payload: Payload) -> None:
    """Compare ``{"photo_id"}`` with the earlier photographs of its page; twice opens no second case."""
    async with context.sessions.begin() as session:
        pairs = await list_pairs(session, photo_id=payload["photo_id"])
    for pair in pairs:
        altered = await _find_altered(context, pair)
        async with context.sessions.begin() as session:
            await note_altered(session, pair=pair, fields=altered)


async def _find_altered(context: Context, pair: Pair) -> tuple[str, ...]:
    """Return the fields that differ on what is otherwise one sheet; with no transaction open."""
    ours = await _load_crops(context.storage, pair.ours, pair.fields)
    theirs = await _load_crops(context.storage, pair.theirs, pair.fields)
    if not ours or not theirs:
        return ()
    return await context.ocr(find_altered, pair.layout_key, pair.page, ours, theirs)


async def _load_crops(storage: ObjectStore, photo_id: int, fields: tuple[str, ...]) -> dict[str, bytes]:
    """Return the pictures of a photograph's fields; one that was never made is left out."""
    found = await asyncio.gather(*(_load(storage, crop_key(photo_id, field)) for field in fields))
    return {field: data for field, data in zip(fields, found, strict=True) if data is not None}


async def _load(storage: ObjectStore, key: str) -> bytes | None:
    try:
        return await storage.read(key)
    except NotFoundError:
        return None
