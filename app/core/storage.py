"""Where bytes are kept. The interface is three calls, and each says what holds once it has returned."""

import asyncio
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

from app.core.errors import NotFoundError

_KEY = re.compile(r"^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9._-]*)+$")


class CorruptObjectError(RuntimeError):
    """Stored bytes no longer match the hash in their key: the disk or a person changed them."""


class ObjectStore(Protocol):
    """Keeps bytes under keys such as ``original/ab/abcdef...``; nothing is ever overwritten."""

    async def create(self, key: str, data: bytes) -> bool:
        """Keep ``data`` under ``key``. Durable once it returns. False: the key was there already, unchanged."""
        ...

    async def read(self, key: str) -> bytes:
        """Return the bytes under ``key``. Raises ``NotFoundError``."""
        ...

    async def exists(self, key: str) -> bool:
        """Tell whether ``key`` is there."""
        ...


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def original_key(sha256: str) -> str:
    """Key of an original photograph: sealed under its own hash."""
    return f"original/{sha256[:2]}/{sha256}"


async def seal(store: ObjectStore, data: bytes) -> str:
    """Keep original bytes under their hash and return the hash. Durable once it returns; idempotent."""
    sha256 = await asyncio.to_thread(sha256_hex, data)
    await store.create(original_key(sha256), data)
    return sha256


async def read_original(store: ObjectStore, sha256: str) -> bytes:
    """Return the sealed bytes, checked against their hash.

    Raises:
        NotFoundError: nothing is sealed under this hash.
        CorruptObjectError: the bytes are not the ones that were sealed.
    """
    data = await store.read(original_key(sha256))
    if await asyncio.to_thread(sha256_hex, data) != sha256:
        message = f"The original {sha256} was changed on disk; restore it from a backup."
        raise CorruptObjectError(message)
    return data


class LocalStore:
    """An :class:`ObjectStore` in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, made when missing."""
        self.folder = folder

    def _path(self, key: str) -> Path:
        # The key never comes from a client as it is, yet a path that leaves the folder must stay impossible.
        if not _KEY.match(key):
            message = f"{key!r} is no object key."
            raise ValueError(message)
        return self.folder / key

    async def create(self, key: str, data: bytes) -> bool:
        """See :meth:`ObjectStore.create`."""
        return await asyncio.to_thread(_create_durably, self._path(key), data)

    async def read(self, key: str) -> bytes:
        """See :meth:`ObjectStore.read`."""
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except FileNotFoundError as error:
            message = f"No object {key}."
            raise NotFoundError(message, "It may not have been made yet.") from error

    async def exists(self, key: str) -> bool:
        """See :meth:`ObjectStore.exists`."""
        return await asyncio.to_thread(self._path(key).is_file)


def _create_durably(path: Path, data: bytes) -> bool:
    """Write ``data`` beside ``path``, then link it there: a crash leaves the whole object or none."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # link, not rename: of two writers of one key the second must lose, not overwrite.
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
    finally:
        Path(temporary).unlink()
    _sync_folders(path.parent, 3)
    return True


def _sync_folders(folder: Path, levels: int) -> None:
    """Make the new names durable too; a folder just made is known only to its parent."""
    for place in (folder, *folder.parents)[:levels]:
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
