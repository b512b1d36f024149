"""Job ``read_beside``: tally strokes and number words of a photograph that was read, kept for people's eyes only.

An experiment whose weight in every decision is 0. What is found lies in the object store, where no rule looks; only the
numbers are kept, not the letters: anybody may write anything on the line for words.
"""

import json

from app.core.storage import read_original
from app.intake.object_keys import beside_key
from app.intake.service import get_photo
from workers.job import Context, Payload
from workers.reader_child import call_named

_CHILD = "workers.look_at_files"


async def read_beside(context: Context, payload: Payload) -> None:
    """Look at ``{"photo_id": ...}`` once more; one that was looked at is left as it is.

    A crash before the end leaves nothing.
    """
    key = beside_key(payload["photo_id"])
    if await context.storage.exists(key):
        return
    async with context.sessions.begin() as session:
        photo = await get_photo(session, photo_id=payload["photo_id"])
    data = await read_original(context.storage, photo.sha256)
    said = await context.ocr(call_named, _CHILD, "look_beside_page", data)
    numbers = {name: {"strokes": one["strokes"], "words": one["words_value"]} for name, one in said["fields"].items()}
    await context.storage.create(key, json.dumps(numbers).encode())
