"""Which objects a database's snapshot refers to, and copying them out of the store.

The order of :func:`list_wanted` is the order of every index: a backup is compared with the one before by walking both
side by side, in memory that does not grow with their number.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError
from app.core.storage import CorruptObjectError, ObjectStore, original_key, sha256_hex
from app.intake.object_keys import beside_key, card_key, crop_key, page_key, rows_key, thumb_key, whole_key
from app.verification.plants.object_keys import plant_crop_key, plant_page_key
from workers.backup_folder import Kept, keep_object

AT_ONCE = 32
"""Objects in memory at once: at most that many times the largest upload."""

ORIGINAL, DERIVED, PERHAPS = "original", "derived", "perhaps"
"""What is known of an object: sealed under its hash; made before a reading spoke of it; made if the picture allowed."""

_ORIGINALS = text(
    """SELECT sha256 FROM (SELECT sha256 FROM photo UNION SELECT sha256 FROM official_snapshot) AS sealed
       ORDER BY sha256 COLLATE "C" """
)
_PICTURES = """SELECT photo.id, photo.state = 'read' AS is_read,
              array(SELECT DISTINCT field COLLATE "C"
                    FROM reading, jsonb_each(reading.details -> 'fields') AS seen (field, said)
                    WHERE photo_id = photo.id AND mode = 'machine' ORDER BY 1) AS fields,
              {wholes} AS wholes
       FROM photo ORDER BY photo.id"""
_WHOLES = """array(SELECT 0 FROM photo_appeal WHERE photo_id = photo.id
                    UNION SELECT id FROM hand_placement WHERE photo_id = photo.id)"""
_NO_WHOLES = "CAST('{}' AS bigint[])"
_HAS_WHOLES = text("SELECT to_regclass('hand_placement') IS NOT NULL")
_PLANTS = text(
    """SELECT id, photo_ids, array(SELECT field COLLATE "C" FROM jsonb_object_keys(truth) AS field ORDER BY 1) AS fields
       FROM planted_item ORDER BY id"""
)
_HAS_PLANTS = text("SELECT to_regclass('planted_item') IS NOT NULL")
"""A database of an older release is kept as it is."""
_OF_A_PHOTO = ("thumb", "page", "card", "beside", "crop", "whole")
_OF_A_PLANT = ("crop", "page")


@dataclass(frozen=True)
class Wanted:
    """One object that the database refers to; ``place`` orders an index."""

    key: str
    kind: str

    @property
    def place(self) -> tuple[int, int, int, str]:
        """Originals by their hash, each photograph's pictures by its number, then each planted item's."""
        return place_of(self.key)


def place_of(key: str) -> tuple[int, int, int, str]:
    """Return where an object stands in an index, from its key alone."""
    kind, _, rest = key.partition("/")
    if kind == "original":
        return (0, 0, 0, rest)
    number, _, name = rest.partition("/")
    if kind == "plant":
        part, _, name = name.partition("/")
        return (2, int(number), _OF_A_PLANT.index(part), name.removesuffix(".jpg"))
    return (1, int(number.partition(".")[0]), _OF_A_PHOTO.index(kind), name.removesuffix(".jpg"))


async def list_wanted(session: AsyncSession, *, originals_only: bool) -> AsyncIterator[Wanted]:
    """Yield the objects that the transaction's snapshot refers to, ordered by their place.

    Uploads that were not completed (``incoming/``) are not among them: nobody has a receipt for those.
    """
    async for row in await session.stream(_ORIGINALS, execution_options={"yield_per": 5000}):
        yield Wanted(original_key(row.sha256), ORIGINAL)
    if originals_only:
        return
    wholes = _WHOLES if await session.scalar(_HAS_WHOLES) else _NO_WHOLES
    pictures = text(_PICTURES.format(wholes=wholes))
    async for row in await session.stream(pictures, execution_options={"yield_per": 1000}):
        yield Wanted(thumb_key(row.id), DERIVED if row.is_read else PERHAPS)
        placed = any(row.wholes)  # of one that was placed by hand there is no covered page
        yield Wanted(page_key(row.id), DERIVED if row.is_read and not placed else PERHAPS)
        for key in _list_perhaps(row.id, row.fields, row.wholes):
            yield Wanted(key, PERHAPS)
    if not await session.scalar(_HAS_PLANTS):
        return
    async for row in await session.stream(_PLANTS, execution_options={"yield_per": 1000}):
        crops = [plant_crop_key(row.id, name) for name in row.fields]
        pages = [plant_page_key(row.id, photo) for photo in row.photo_ids]
        for key in sorted((*crops, *pages), key=place_of):
            yield Wanted(key, PERHAPS)


def _list_perhaps(photo_id: int, fields: Iterable[str], wholes: Iterable[int]) -> list[str]:
    """Return, by place, what was made of a photograph if the picture allowed and the release was one that makes it."""
    crops = [rows_key(photo_id), *(crop_key(photo_id, name) for name in fields)]
    seen_whole = [whole_key(photo_id, placement) for placement in wholes]
    return sorted((card_key(photo_id), beside_key(photo_id), *crops, *seen_whole), key=place_of)


@dataclass
class Copied:
    """What came of copying. Owned by :class:`Copier`."""

    count: int = 0
    byte_count: int = 0
    copied: int = 0
    """Objects that were not in the folder before."""
    lost: list[str] = field(default_factory=list)


class Copier:
    """Copies objects of ``store`` into ``target``, skipping those that ``earlier`` (an index) says are there."""

    def __init__(self, store: ObjectStore, target: Path, scratch: Path, earlier: Iterator[Kept]) -> None:
        """Copy nothing yet; ``scratch`` is a folder on the target's disk for objects being written."""
        self.store = store
        self.target = target
        self.scratch = scratch
        self.outcome = Copied()
        self._earlier = earlier
        self._next = next(earlier, None)

    async def copy(
        self, wanted: Iterable[Wanted], note: Callable[[Kept], object], tell: Callable[[int], object]
    ) -> None:
        """Copy all of ``wanted``, ordered by place; ``note`` gets each one kept, ``tell`` how many were looked at."""
        rest = iter(wanted)
        while batch := list(islice(rest, AT_ONCE)):
            known = [self._find_earlier(one) for one in batch]
            found = await asyncio.gather(*map(self._copy_one, batch, known))
            for kept in filter(None, found):
                self.outcome.count += 1
                self.outcome.byte_count += kept.byte_count
                note(kept)
            tell(len(batch))

    def _find_earlier(self, wanted: Wanted) -> Kept | None:
        """Return what the earlier index says of this object. Both walks go forward only."""
        while self._next is not None and place_of(self._next.key) < wanted.place:
            self._next = next(self._earlier, None)
        return self._next if self._next is not None and self._next.key == wanted.key else None

    async def _copy_one(self, wanted: Wanted, earlier: Kept | None) -> Kept | None:
        path = self.target / wanted.key
        if earlier is not None and await asyncio.to_thread(_has_size, path, earlier.byte_count):
            return earlier
        try:
            data = await self.store.read(wanted.key)
        except NotFoundError:
            if wanted.kind != PERHAPS:
                self.outcome.lost.append(wanted.key)
            return None
        except CorruptObjectError:
            self.outcome.lost.append(wanted.key)
            return None
        sha256 = await asyncio.to_thread(sha256_hex, data)
        if wanted.kind == ORIGINAL and wanted.key != original_key(sha256):
            self.outcome.lost.append(wanted.key)
            return None
        await asyncio.to_thread(keep_object, path, data, self.scratch)
        self.outcome.copied += 1
        return Kept(wanted.key, len(data), sha256)


def _has_size(path: Path, byte_count: int) -> bool:
    try:
        return path.stat().st_size == byte_count
    except FileNotFoundError:
        return False
