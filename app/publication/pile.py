"""Finished volumes of a publication in the making: on the disk, because a nation's are two hundred megabytes.

The file has no name: it goes with its process. What little a small publication has stays in memory.
"""

import tempfile
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from app.publication.volume import Volume

SMALL = 1024 * 1024
"""Bytes that are kept in memory."""


@dataclass(frozen=True, slots=True)
class Piled:
    """A volume that lies in the pile, by its name."""

    sha256: str
    byte_count: int


class Pile:
    """Owned by one run of the publisher; not for two threads at once. Use it as a context: it ends with the block."""

    def __init__(self) -> None:
        """Begin empty."""
        self._file = tempfile.SpooledTemporaryFile(SMALL)  # noqa: SIM115 - closed by __exit__
        self._starts: dict[str, int] = {}
        self.volumes: list[Piled] = []

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the file up."""
        self._file.close()

    def add(self, volume: Volume) -> None:
        """Take a volume.

        Raises:
            OSError: the disk of temporary files is full.
        """
        self._starts[volume.sha256] = self._file.seek(0, 2)
        self._file.write(volume.data)
        self.volumes.append(Piled(volume.sha256, len(volume.data)))

    def read(self, volume: Piled) -> bytes:
        """Return the bytes of a volume."""
        self._file.seek(self._starts[volume.sha256])
        return self._file.read(volume.byte_count)
