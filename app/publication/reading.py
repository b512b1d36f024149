"""Published files, read back from the shelf and kept in memory. No database: reads go on while it is away.

Whatever comes from the shelf is compared with its hash before it is used. Owned by one site process and used from its
event loop alone.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from time import monotonic
from typing import Any, Generic, TypeVar

import orjson
import structlog

from app.core.errors import NotFoundError
from app.core.storage import CorruptObjectError, StoreUnavailableError
from app.publication.files import CONTEST_NAME
from app.publication.shelf import INDEX_KEY, Shelf, pointer_key, volume_key
from app.publication.volume import (
    HEAD_BYTES,
    BrokenVolumeError,
    Place,
    index_length,
    read_index,
    unpack_file,
)
from app.wilayah.codes import ancestors

log = structlog.get_logger(__name__)

POINTER_SECONDS = 1.0
"""How long a pointer is believed without a look at the shelf."""

FIRST_BYTES = 64 * 1024
"""What is fetched of an unknown volume: all of a small one, and of most others the whole index."""

FILES_BYTES, TABLES_MAX, CHILDREN_MAX, POINTERS_MAX = 64 * 1024 * 1024, 512, 12_000, 4096
"""What is kept in memory: bytes of packed files; indexes of volumes; children of regions; pointers, absent ones too."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class NotPublishedError(NotFoundError):
    """There is no such file: not published, held back, or swept long after it was replaced."""

    code = "not_published"


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file as it is kept: its plain bytes' hash, and those bytes as a brotli stream."""

    name: str
    sha256: str
    packed: bytes

    def unpack(self) -> bytes:
        """Return the plain bytes."""
        return unpack_file(self.packed, self.sha256)


@dataclass
class Pointer:
    """A small file that changes, as it was last seen: a contest's pointer, or the list of contests.

    ``looked``: when the shelf was asked last, by the monotonic clock; null text: there is none. When the shelf has
    another one, this one is ``replaced``; its text never changes. Owned by :class:`PublishedFiles`.
    """

    text: bytes | None
    looked: float
    replaced: bool = False

    def is_current(self) -> bool:
        """Tell whether it may be believed without asking."""
        return not self.replaced and monotonic() - self.looked < POINTER_SECONDS

    def known_text(self) -> bytes:
        """Return the text of one that is there."""
        assert self.text is not None, "one that is none is never handed on"
        return self.text


class Recent(Generic[K, V]):
    """What was used last, up to a limit of cost. Owned by :class:`PublishedFiles`."""

    def __init__(self, limit: int, cost: Callable[[V], int] = lambda _: 1) -> None:
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._limit, self._cost, self._used = limit, cost, 0

    def find(self, key: K) -> V | None:
        """Return what is kept under ``key``."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: K, value: V) -> None:
        """Keep ``value``; what was not used for longest goes."""
        if key in self._kept:
            self._used -= self._cost(self._kept.pop(key))
        self._kept[key] = value
        self._used += self._cost(value)
        while self._used > self._limit and len(self._kept) > 1:
            self._used -= self._cost(self._kept.popitem(last=False)[1])


class PublishedFiles:
    """Everything that is published, by contest and region or by volume and name."""

    def __init__(self, shelf: Shelf, *, files_bytes: int = FILES_BYTES) -> None:
        """Read from ``shelf``; nothing is asked of it yet."""
        self.shelf = shelf
        self._files = Recent[tuple[str, str], PublishedFile](files_bytes, lambda one: len(one.packed) + 300)
        self._tables = Recent[str, Mapping[str, Place]](TABLES_MAX)
        self._children = Recent[tuple[str, str], Mapping[str, tuple[str, str]]](CHILDREN_MAX)
        self._pointers = Recent[str, Pointer](POINTERS_MAX)
        self._running: dict[Hashable, asyncio.Task[Any]] = {}

    async def find_pointer(self, pemilihan: str) -> Pointer:
        """Return a contest's pointer, not older than a second; the last one seen while the shelf is away.

        Raises:
            NotPublishedError: there is none.
            StoreUnavailableError: the shelf is away, and nothing was seen before.
        """
        return await self._find(pointer_key(pemilihan))

    async def find_contests(self) -> Pointer:
        """Return the list of published contests; see :meth:`find_pointer`."""
        return await self._find(INDEX_KEY)

    async def _find(self, key: str) -> Pointer:
        known = self._pointers.find(key)
        if known is None or not known.is_current():
            known = await self._once(key, lambda: self._look(key, known))
        if known.text is None:
            raise not_published(key.rpartition("/")[2])
        return known

    async def _look(self, key: str, known: Pointer | None) -> Pointer:
        looked = monotonic()
        try:
            text: bytes | None = await self.shelf.read(key)
        except NotFoundError:
            text = None
        except StoreUnavailableError as error:
            if known is None:
                raise
            log.warning("a pointer could not be looked at", key=key, error=str(error))
            text = known.text
        if known is not None and not known.replaced and known.text == text:
            known.looked = looked
            return known
        if known is not None:
            known.replaced = True
        pointer = Pointer(text, looked)
        self._pointers.keep(key, pointer)
        return pointer

    async def find_current(self, pointer: Pointer, name: str) -> PublishedFile:
        """Return the file of a region (or of the contest, ``pemilihan``) that belongs to ``pointer``.

        Goes down the tree from its root, each file compared with the hash that the one above names.

        Raises:
            NotPublishedError: the contest has no such region.
        """
        said = orjson.loads(pointer.known_text())
        if name == CONTEST_NAME:
            return await self.find_file(said["contest"]["volume"], name, said["contest"]["sha256"])
        volume, sha256 = said["root"]["volume"], said["root"]["sha256"]
        way = [*reversed(ancestors(name)), name]
        for above, below in pairwise(way):
            children = await self._find_children(volume, above, sha256)
            if below not in children:
                raise not_published(name)
            volume, sha256 = children[below]
        return await self.find_file(volume, way[-1], sha256)

    async def _find_children(self, volume: str, name: str, sha256: str) -> Mapping[str, tuple[str, str]]:
        found = self._children.find((volume, name))
        if found is None:
            file = await self.find_file(volume, name, sha256)
            listed = orjson.loads(file.unpack()).get("children", [])
            found = {one["kode"]: (one["volume"], one["sha256"]) for one in listed}
            self._children.keep((volume, name), found)
        return found

    async def find_file(self, volume: str, name: str, sha256: str | None = None) -> PublishedFile:
        """Return a file by where it lies; ``sha256``: what whoever names it says that it is.

        Raises:
            NotPublishedError: there is no such volume, or no such file in it.
            CorruptObjectError: the bytes on the shelf are not the ones that were published.
        """
        file = self._files.find((volume, name))
        if file is None:
            file = await self._once((volume, name), lambda: self._load(volume, name))
        if sha256 is not None and file.sha256 != sha256:
            message = f"Published file {name} in volume {volume} is not the one with the hash {sha256}."
            raise CorruptObjectError(message)
        return file

    async def _load(self, volume: str, name: str) -> PublishedFile:
        try:
            place = (await self._find_table(volume))[name]
            packed = await self.shelf.read(volume_key(volume), range(place.start, place.start + place.length))
            file = PublishedFile(name, place.sha256, packed)
            file.unpack()
        except (NotFoundError, KeyError) as error:
            raise not_published(f"{volume}/{name}") from error
        except BrokenVolumeError as error:
            message = f"{error} It lies in volume {volume}."
            raise CorruptObjectError(message) from error
        self._files.keep((volume, name), file)
        return file

    async def _find_table(self, volume: str) -> Mapping[str, Place]:
        table = self._tables.find(volume)
        return table if table is not None else await self._once(("table", volume), lambda: self._read_table(volume))

    async def _read_table(self, volume: str) -> Mapping[str, Place]:
        key = volume_key(volume)
        first = await self.shelf.read(key, range(FIRST_BYTES))
        end = HEAD_BYTES + index_length(first[:HEAD_BYTES])
        if end > len(first):
            first += await self.shelf.read(key, range(len(first), end))
        table = read_index(first[HEAD_BYTES:end])
        self._tables.keep(volume, table)
        return table

    async def _once(self, key: Hashable, load: Callable[[], Awaitable[V]]) -> V:
        """Let those who ask for the same thing at the same time wait for one answer."""
        running = self._running.get(key)
        if running is None:
            running = asyncio.ensure_future(load())
            self._running[key] = running
            running.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(running)


def not_published(what: str) -> NotPublishedError:
    """Return the error of what is not there."""
    return NotPublishedError(
        f"Tidak ada terbitan {what}. (Nothing is published as {what}.)",
        "Mulailah dari /data/index.json. (Begin at /data/index.json.)",
    )
