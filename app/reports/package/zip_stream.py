"""A ZIP that is written as it is read: nothing of it is kept."""

import asyncio
import hashlib
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator
from typing import IO, cast


class _Outlet:
    """What the library writes into; taken away after each block. Owned by one :class:`ZipStream`."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._blocks.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        taken = b"".join(self._blocks)
        self._blocks.clear()
        return taken


class ZipStream:
    """A ZIP in the making. Entries are added one after another; ``finish`` gives the end of it."""

    def __init__(self, moment: tuple[int, int, int, int, int, int]) -> None:
        """Date all entries with ``moment`` (year, month, day, hour, minute, second)."""
        self._outlet = _Outlet()
        self._zip = zipfile.ZipFile(cast("IO[bytes]", self._outlet), "w", zipfile.ZIP_DEFLATED, compresslevel=5)
        self._moment = moment
        self.byte_count = 0
        self.sha256 = ""
        """Of the entry that was added last, unpacked."""

    async def add(self, name: str, blocks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """Add an entry and yield the bytes of the ZIP as they come. Compressed in a thread: the event loop goes on."""
        info = zipfile.ZipInfo(name, date_time=self._moment)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as entry:
            async for block in blocks:
                digest.update(block)
                size += len(block)
                await asyncio.to_thread(entry.write, block)
                if packed := self._outlet.take():
                    yield packed
        self.byte_count, self.sha256 = size, digest.hexdigest()
        yield self._outlet.take()

    def finish(self) -> bytes:
        """Return the last bytes of the ZIP."""
        self._zip.close()
        return self._outlet.take()
