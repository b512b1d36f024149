"""Where published files stand: the object store, with what publishing needs beyond it. Each call says what it promises.

Volumes are named by their content and may be written again. Pointers are the only objects of Runut that are replaced.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from botocore.exceptions import ClientError

from app.core.durable import make_folder, replace_file
from app.core.storage import LocalStore, ObjectStore, S3Store, StoreUnavailableError
from app.core.storage.interface import no_object, require_key
from app.core.storage.s3_answers import is_absent, unexpected
from app.publication.pile import Pile, Piled

VOLUMES_AT_ONCE = 2
"""Each is in memory while it is kept, with up to 8 MiB."""
INDEX_KEY = "publication/index.json"


def volume_key(sha256: str) -> str:
    """Key of a volume."""
    return f"publication/volume/{sha256[:2]}/{sha256}"


def pointer_key(pemilihan: str) -> str:
    """Key of a contest's pointer."""
    return f"publication/pointer/{pemilihan}.json"


class Shelf(Protocol):
    """Keeps volumes and pointers. Every call may raise ``StoreUnavailableError``."""

    async def put(self, key: str, data: bytes) -> None:
        """Keep ``data`` under ``key`` in the place of what was there. Whole or not at all; durable once it returns."""
        ...

    async def read(self, key: str, span: range | None = None) -> bytes:
        """Return the bytes under ``key``, or those of ``span`` that are there. Raises ``NotFoundError``."""
        ...

    async def remove(self, key: str) -> None:
        """Remove what lies under ``key``; nothing there is as good."""
        ...


def open_shelf(store: ObjectStore) -> Shelf:
    """Return the shelf in this store.

    Raises:
        TypeError: a store of another kind.
    """
    if isinstance(store, LocalStore):
        return LocalShelf(store.folder)
    if isinstance(store, S3Store):
        return S3Shelf(store)
    message = f"Nothing can be published in a {type(store).__name__}."
    raise TypeError(message)


async def put_volumes(shelf: Shelf, pile: Pile, volumes: Sequence[Piled]) -> None:
    """Keep volumes of a pile, a few at once; all of them are durable once it returns."""
    gate = asyncio.Semaphore(VOLUMES_AT_ONCE)

    async def put(volume: Piled) -> None:
        async with gate:  # and only now in memory
            await shelf.put(volume_key(volume.sha256), pile.read(volume))

    async with asyncio.TaskGroup() as tasks:
        for volume in volumes:
            tasks.create_task(put(volume))


class LocalShelf:
    """A :class:`Shelf` in the folder of the local store."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, made when something is kept."""
        self.folder = folder

    def _path(self, key: str) -> Path:
        return self.folder / require_key(key)

    async def put(self, key: str, data: bytes) -> None:
        """See :meth:`Shelf.put`."""
        await asyncio.to_thread(self._put, self._path(key), data)

    def _put(self, path: Path, data: bytes) -> None:
        try:
            make_folder(path.parent)
            replace_file(path, data)
        except OSError as error:
            message = f"{path} could not be written: {error.strerror}."
            raise StoreUnavailableError(message, "See to the disk under RUNUT_HOME.") from error

    async def read(self, key: str, span: range | None = None) -> bytes:
        """See :meth:`Shelf.read`."""
        return await asyncio.to_thread(self._read, key, span)

    def _read(self, key: str, span: range | None) -> bytes:
        try:
            with self._path(key).open("rb") as file:
                if span is None:
                    return file.read()
                file.seek(span.start)
                return file.read(len(span))
        except FileNotFoundError as error:
            raise no_object(key) from error

    async def remove(self, key: str) -> None:
        """See :meth:`Shelf.remove`."""
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)


class S3Shelf:
    """A :class:`Shelf` in the bucket of an S3 store."""

    def __init__(self, store: S3Store) -> None:
        """Use the connection of ``store``."""
        self._connection = store.connection

    async def put(self, key: str, data: bytes) -> None:
        """See :meth:`Shelf.put`."""
        await self._ask("put_object", key, Body=data, ContentType="application/octet-stream")

    async def read(self, key: str, span: range | None = None) -> bytes:
        """See :meth:`Shelf.read`."""
        wanted = {} if span is None else {"Range": f"bytes={span.start}-{span.stop - 1}"}
        return bytes(await self._connection.run(partial(self._read, require_key(key), wanted)))

    def _read(self, key: str, wanted: dict[str, str]) -> bytes:
        try:
            answer = self._connection.call_now("get_object", {"Key": self._connection.key(key), **wanted})
        except ClientError as error:
            if is_absent(error):
                raise no_object(key) from error
            raise unexpected(error) from error
        return self._connection.read_body(answer["Body"])

    async def remove(self, key: str) -> None:
        """See :meth:`Shelf.remove`."""
        await self._ask("delete_object", key)

    async def _ask(self, operation: str, key: str, **arguments: object) -> None:
        try:
            await self._connection.call(operation, Key=self._connection.key(require_key(key)), **arguments)
        except ClientError as error:
            raise unexpected(error) from error
