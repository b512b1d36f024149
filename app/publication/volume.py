"""Volumes: many small files in one immutable object, each compressed by itself. Pure.

A publication of 92,000 regions is about fifty objects, one of a single result five: an object costs a disk's sync or a
bucket's request, a file in it only its bytes. Layout: one line of 32 bytes, ``runut-volume-1`` and the length of the
index in 16 digits; the index, JSON ``{name: [offset, length, sha256]}`` with offsets counted from its own end; then the
files, each a brotli stream (RFC 7932). ``sha256`` is of the file as it is after unpacking. The volume's own name is the
SHA-256 of all its bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import brotli
import orjson

MARK = b"runut-volume-1 "
HEAD_BYTES = 32
FILES_MAX = 2048
"""More would make an index that takes long to fetch for one file."""

BYTES_MAX = 8 * 1024 * 1024

LEAF_QUALITY, PARENT_QUALITY = 3, 5
"""Of brotli. Measured on kelurahan of ten TPS (2,492 bytes): quality 3 gives 803 bytes in 26 us, 5 770 in 67, 9 771 in
2,026; of parents there are few, and phones fetch them often."""


class BrokenVolumeError(RuntimeError):
    """An object is no volume, or not the one it was written as."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One file, compressed. ``sha256``: of the plain bytes."""

    name: str
    sha256: str
    data: bytes


@dataclass(frozen=True)
class Volume:
    """A finished volume; ``sha256`` names it."""

    sha256: str
    data: bytes
    names: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where a file lies in its volume: a span of the object, and the hash it must have when it is unpacked."""

    start: int
    length: int
    sha256: str


@dataclass
class VolumeWriter:
    """Takes files and gives volumes. Owned by one publication; not for two threads at once."""

    _files: list[Packed] = field(default_factory=list)
    _bytes: int = 0

    def add(self, file: Packed) -> Volume | None:
        """Take a file; return the volume that was full before it, if there was one."""
        full = self._files and (len(self._files) >= FILES_MAX or self._bytes + len(file.data) > BYTES_MAX)
        finished = self.finish() if full else None
        self._files.append(file)
        self._bytes += len(file.data)
        return finished

    def finish(self) -> Volume | None:
        """Return what was taken since the last volume; None when that was nothing."""
        files, self._files, self._bytes = self._files, [], 0
        return join_files(files) if files else None


def pack_file(name: str, plain: bytes, quality: int) -> Packed:
    """Compress a file."""
    return Packed(name, sha256(plain).hexdigest(), brotli.compress(plain, quality=quality))


def unpack_file(data: bytes, expected_sha256: str) -> bytes:
    """Return the plain bytes of a file.

    Raises:
        BrokenVolumeError: they are not the ones that were packed.
    """
    try:
        plain = bytes(brotli.decompress(data))
    except brotli.error as error:
        message = "A published file cannot be unpacked."
        raise BrokenVolumeError(message) from error
    if sha256(plain).hexdigest() != expected_sha256:
        message = f"A published file has another hash than {expected_sha256}."
        raise BrokenVolumeError(message)
    return plain


def join_files(files: list[Packed]) -> Volume:
    """Make one volume of files, in their order."""
    index, offset = {}, 0
    for file in files:
        index[file.name] = [offset, len(file.data), file.sha256]
        offset += len(file.data)
    table = orjson.dumps(index)
    data = b"".join((MARK, b"%016d\n" % len(table), table, *(file.data for file in files)))
    return Volume(sha256(data).hexdigest(), data, tuple(index))


def index_length(head: bytes) -> int:
    """Return how many bytes the index has, from a volume's first :data:`HEAD_BYTES`.

    Raises:
        BrokenVolumeError: no volume begins like this.
    """
    digits = head[len(MARK) : HEAD_BYTES - 1]
    if not head.startswith(MARK) or not digits.isdigit():
        message = "The object is no volume."
        raise BrokenVolumeError(message)
    return int(digits)


def read_index(table: bytes) -> Mapping[str, Place]:
    """Return where each file lies, by name. ``table``: the index's bytes.

    Raises:
        BrokenVolumeError: it is no index.
    """
    start = HEAD_BYTES + len(table)
    try:
        return {name: Place(start + place[0], place[1], place[2]) for name, place in orjson.loads(table).items()}
    except (orjson.JSONDecodeError, AttributeError, IndexError, TypeError) as error:
        message = "The index of a volume cannot be read."
        raise BrokenVolumeError(message) from error
