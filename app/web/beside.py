"""What tally strokes and number words of decided forms seem to say: an experiment, for people's eyes only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.errors import NotFoundError
from app.core.storage import ObjectStore
from app.intake.object_keys import beside_key


@dataclass(frozen=True)
class Seen:
    """Of one field; None where the machine cannot tell, or where the form has no such thing."""

    strokes: int | None
    words: int | None


async def load_beside(storage: ObjectStore, photos: Mapping[str, int], fields: Sequence[str]) -> dict[str, Seen]:
    """Return what was seen of ``fields``, those of which anything was; ``photos``: whose picture shows which field.

    Nothing for photographs that nobody looked at so. No transaction may be open: the store may be far away.
    """
    looks = {photo_id: await _load_look(storage, photo_id) for photo_id in dict.fromkeys(photos.values())}
    seen = {field: looks[photos[field]].get(field) for field in fields if field in photos}
    return {field: one for field, one in seen.items() if one and (one.strokes, one.words) != (None, None)}


async def _load_look(storage: ObjectStore, photo_id: int) -> dict[str, Seen]:
    try:
        data = await storage.read(beside_key(photo_id))
    except NotFoundError:
        return {}
    return {field: Seen(one["strokes"], one["words"]) for field, one in json.loads(data).items()}
