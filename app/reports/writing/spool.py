"""A temporary file that several writers fill and one reader follows, channel after channel, while it grows.

The bytes lie in the page cache or on the disk, never in the process. The file has no name: it goes with its last user,
also when the process is killed.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator

BLOCK = 256 * 1024
"""Bytes handed on at a time."""


class Channel:
    """One sequence of bytes in a :class:`Spool`: a single writer, a single reader."""

    def __init__(self, spool: "Spool") -> None:
        """Keep its bytes in ``spool``."""
        self._spool = spool
        self._extents: list[tuple[int, int]] = []  # where the bytes lie: offset, length
        self._ended = False
        self._changed = asyncio.Event()

    async def write(self, data: bytes) -> None:
        """Append; as a coroutine, because the database driver wants one."""
        if data:
            self._extents.append((self._spool.append(data), len(data)))
            self._changed.set()

    def end(self) -> None:
        """Say that nothing comes any more."""
        self._ended = True
        self._changed.set()

    async def follow(self) -> AsyncGenerator[bytes, None]:
        """Yield what is written, waiting for more until it has ended."""
        seen = 0
        while True:
            self._changed.clear()
            blocks, seen = self._gather(seen)
            if blocks:
                yield b"".join(blocks)
            elif self._ended:
                return
            else:
                await self._changed.wait()

    def _gather(self, seen: int) -> tuple[list[bytes], int]:
        """Return the next blocks, together about :data:`BLOCK` long, and how many extents are behind us then."""
        blocks: list[bytes] = []
        size = 0
        while seen < len(self._extents) and size < BLOCK:
            offset, length = self._extents[seen]
            blocks.append(self._spool.read(offset, length))
            size += length
            seen += 1
        return blocks, seen


class Spool:
    """The file behind some channels. Close it when nobody reads any more."""

    def __init__(self, count: int) -> None:
        """Make ``count`` channels, empty."""
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by close()
        self._size = 0
        self.channels = tuple(Channel(self) for _ in range(count))

    def append(self, data: bytes) -> int:
        """Write at the end and return where that was."""
        offset = self._size
        written = 0
        while written < len(data):
            written += os.pwrite(self._file.fileno(), data[written:], offset + written)
        self._size += written
        return offset

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes that were written before."""
        return os.pread(self._file.fileno(), length, offset)

    def end(self) -> None:
        """End all channels: whoever follows one is told that nothing comes any more."""
        for channel in self.channels:
            channel.end()

    def close(self) -> None:
        """Give the file up."""
        self._file.close()
