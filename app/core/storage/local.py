"""A store in a folder of this machine."""

import asyncio
import os
import tempfile
from pathlib import Path

from app.core.storage.interface import StoreUnavailableError, no_object, require_key


class LocalStore:
    """An :class:`~app.core.storage.interface.ObjectStore` in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, made when missing."""
        self.folder = folder

    def _path(self, key: str) -> Path:
        return self.folder / require_key(key)

    async def create(self, key: str, data: bytes) -> bool:
        """See :meth:`ObjectStore.create`."""
        return await asyncio.to_thread(_create_durably, self._path(key), data)

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
