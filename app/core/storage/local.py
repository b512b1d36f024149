"""A store in a folder of this machine."""

import asyncio
import os
import tempfile
from pathlib import Path

from app.core.durable import sync_folder
from app.core.storage.interface import StoreUnavailableError, no_object, require_key
from app.core.storage.sealing import original_key, sha256_hex

_FOLDERS_KNOWN = 4096


class LocalStore:
    """An :class:`~app.core.storage.interface.ObjectStore` in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, made when missing."""
        self.folder = folder
        self._folders = _Folders(folder)

    def _path(self, key: str) -> Path:
        return self.folder / require_key(key)

    async def create(self, key: str, data: bytes) -> bool:
        """See :meth:`ObjectStore.create`."""
        return await asyncio.to_thread(_create_durably, self._folders, self._path(key), data)

    async def seal(self, data: bytes) -> str:
        """See :meth:`ObjectStore.seal`."""
        return await asyncio.to_thread(self._seal, data)

    def _seal(self, data: bytes) -> str:
        sha256 = sha256_hex(data)
        _create_durably(self._folders, self._path(original_key(sha256)), data)
        return sha256

    async def read(self, key: str) -> bytes:
        """See :meth:`ObjectStore.read`."""
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except FileNotFoundError as error:
            raise no_object(key) from error

    async def exists(self, key: str) -> bool:
        """See :meth:`ObjectStore.exists`."""
        return await asyncio.to_thread(self._path(key).is_file)

    async def check(self) -> None:
        """See :meth:`ObjectStore.check`. The folder may be missing still; then the one above it counts."""
        if not await asyncio.to_thread(_is_writable, self.folder):
            message = f"The folder of the photographs, {self.folder}, cannot be written to."
            raise StoreUnavailableError(message, "Give it to the user Runut runs as, or set RUNUT_HOME.")

    def close(self) -> None:
        """See :meth:`ObjectStore.close`: there is nothing to let go of."""


def _is_writable(folder: Path) -> bool:
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


class _Folders:
    """Folders of a store that outlive a crash. Owned by the store; used by several threads at once."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self._durable = set[Path]()
        """Made or found, and then synced, by this process. What another process made, it may not have synced yet."""

    def ensure(self, folder: Path) -> None:
        """Have ``folder``, at or below the top, and its name in the folder above, and so on up, on the disk.

        A new name is kept by the folder it stands in, so every folder on the way has to be synced; but only once.
        """
        if folder in self._durable:
            return
        folder.mkdir(parents=True, exist_ok=True)
        for made in (folder, *folder.parents):
            sync_folder(made.parent)
            if made == self.top:
                break
        if len(self._durable) >= _FOLDERS_KNOWN:
            self._durable.clear()
        self._durable.add(folder)

    def forget(self, folder: Path) -> None:
        """Take note that ``folder`` is gone."""
        self._durable.discard(folder)


def _create_durably(folders: _Folders, path: Path, data: bytes) -> bool:
    """Write ``data`` beside ``path``, then link it there: a crash leaves the whole object or none."""
    folders.ensure(path.parent)
    if path.exists():
        return _was_there(path)
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    except FileNotFoundError:  # somebody removed the folder since
        folders.forget(path.parent)
        folders.ensure(path.parent)
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
            return _was_there(path)
    finally:
        Path(temporary).unlink()
    sync_folder(path.parent)  # always: the new name is in nothing but this folder
    return True


def _was_there(path: Path) -> bool:
    """Say so only once its name is durable: who wrote it may be between the link and the sync, and crash there."""
    sync_folder(path.parent)
    return False
