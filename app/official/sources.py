"""From a path to the bytes that are sealed, and from those bytes to the files in them.

Figures are read from the sealed bytes and from nothing else, so that anybody who has the snapshot can read them again.
Nothing is ever unpacked to disk: a name in an archive is only a name.
"""

import gzip
import io
import os
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.core.errors import NotFoundError
from app.official.errors import BrokenArchiveError, OfficialFileTooLargeError, UnknownOfficialFormatError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MEGABYTE = 1024 * 1024
SOURCE_MAX = 512 * MEGABYTE
"""Bytes of a file, or of all JSON in a folder: they are held in memory once, to be sealed."""
UNPACKED_MAX = 4096 * MEGABYTE
"""Bytes an archive may unpack to: all TPS of a national election are about 2 GB."""
FILE_MAX = 256 * 1024
"""Bytes of one TPS's JSON; the real ones have about 1,500."""
READ_MAX = 4 * MEGABYTE
"""Bytes of any one read: a forged header cannot ask for gigabytes."""

GZIP_MAGIC = b"\x1f\x8b"

Kind = Literal["sirekap_json", "sirekap_csv"]


@dataclass(frozen=True)
class Source:
    """The whole of what was published, as it is sealed. ``shape`` says how to read ``data``."""

    name: str
    kind: Kind
    shape: Literal["tar", "json", "csv"]
    data: bytes


@dataclass(frozen=True)
class SourceFile:
    """One file of a source. ``data`` is None for what is no regular file, or too large, which ``problem`` then says."""

    name: str
    data: bytes | None
    problem: str | None = None


def read_source(path: Path) -> Source:
    """Return what lies at ``path``: a folder of JSON, a .tar or .tar.gz of it, one .json, or a .csv or .csv.gz.

    A folder becomes a deterministic tar (sorted names, no times, no owners), so the same files give the same hash.

    Raises:
        NotFoundError: nothing is there.
        UnknownOfficialFormatError: the name ends in nothing that is read here.
        OfficialFileTooLargeError: more than ``SOURCE_MAX`` bytes.
    """
    if path.is_dir():
        return Source(path.resolve().name, "sirekap_json", "tar", _pack_folder(path))
    name_source(path.name, b"")  # refuses by the name before anything is read
    return name_source(path.name, _read_bounded(path))


def name_source(name: str, data: bytes) -> Source:
    """Return ``data`` as the kind of publication that its file's name says.

    Raises:
        UnknownOfficialFormatError: the name ends in nothing that is read here.
    """
    small = name.lower()
    if small.endswith((".tar", ".tar.gz", ".tgz")):
        return Source(name, "sirekap_json", "tar", data)
    if small.endswith(".json"):
        return Source(name, "sirekap_json", "json", data)
    if small.endswith((".csv", ".csv.gz")):
        return Source(name, "sirekap_csv", "csv", data)
    raise UnknownOfficialFormatError(
        f"{name} is no format of official figures that is read here.",
        "Give a folder of JSON files, a .tar or .tar.gz of it, one .json, or a .csv or .csv.gz.",
    )


def pack_documents(name: str, documents: Mapping[str, bytes]) -> Source:
    """Return documents of single TPS, by their file names, as one publication; the same ones give the same bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(documents):
            entry = tarfile.TarInfo(path)
            entry.size = len(documents[path])
            archive.addfile(entry, io.BytesIO(documents[path]))
    return Source(name, "sirekap_json", "tar", buffer.getvalue())


def list_files(source: Source) -> Iterator[SourceFile]:
    """Yield the files of a JSON source, in the order they are stored.

    Raises:
        BrokenArchiveError: the archive is damaged or ends before its end mark.
        OfficialFileTooLargeError: it unpacks to more than ``UNPACKED_MAX``.
    """
    if source.shape == "json":
        yield SourceFile(source.name, source.data)
        return
    try:
        yield from _list_tar(source.data)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise BrokenArchiveError(source.name, str(error) or type(error).__name__) from error


def open_text(source: Source) -> io.TextIOWrapper:
    """Return the text of a CSV source, unpacked while it is read. A byte-order mark is skipped."""
    # BufferedReader, because TextIOWrapper's type asks for the name of a file.
    return io.TextIOWrapper(io.BufferedReader(BoundedReader(source.data)), encoding="utf-8-sig", newline="")


class BoundedReader(io.RawIOBase):
    """Reads plain or gzip bytes; refuses a huge single read and an endless whole. Remembers the last block it read."""

    def __init__(self, data: bytes) -> None:
        """Read ``data``, unpacked when it begins as gzip does."""
        super().__init__()
        raw = io.BytesIO(data)
        self._file: io.BytesIO | gzip.GzipFile = gzip.GzipFile(fileobj=raw) if data[:2] == GZIP_MAGIC else raw
        self.last = b""

    def readable(self) -> bool:
        """Say that reading is what it is for."""
        return True

    def seekable(self) -> bool:
        """Say that it can skip ahead."""
        return True

    def tell(self) -> int:
        """Return the place in the unpacked bytes."""
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place in the unpacked bytes, but not beyond the bound."""
        if whence == io.SEEK_SET and offset > UNPACKED_MAX:
            raise _too_large("An archive", UNPACKED_MAX, "unpacked")
        return self._file.seek(offset, whence)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to ``size`` bytes; an unbounded read is cut to ``READ_MAX``."""
        wanted = READ_MAX if size is None or size < 0 else size
        if wanted > READ_MAX:
            raise BrokenArchiveError("The archive", f"one part claims {wanted} bytes")
        self.last = self._file.read(wanted)
        if self._file.tell() > UNPACKED_MAX:
            raise _too_large("An archive", UNPACKED_MAX, "unpacked")
        return self.last

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill ``buffer``, as readers of text ask for it."""
        view = memoryview(buffer)
        data = self.read(min(len(view), READ_MAX))
        view[: len(data)] = data
        return len(data)


def _list_tar(data: bytes) -> Iterator[SourceFile]:
    reader = BoundedReader(data)
    with tarfile.open(fileobj=reader, mode="r:") as archive:
        place = -1
        while (member := archive.next()) is not None:
            # A forged size below zero would send the reading back to where it came from, for ever.
            if member.size < 0 or member.offset <= place:
                raise tarfile.ReadError(f"{member.name!r} has a forged size")
            place = member.offset
            yield _read_member(archive, member)
            # TarFile remembers every header it has seen; a million of them would fill the memory.
            archive.members = []  # type: ignore[attr-defined]  # unknown to the stubs
        # tarfile takes a cut file for a finished one. A whole archive ends with a block of zeros ...
        if reader.last != bytes(tarfile.BLOCKSIZE):
            raise EOFError("the end mark is missing")
    # ... and a whole gzip stream with a checksum, which is looked at only when everything has been read.
    while reader.read(MEGABYTE):
        pass


def _read_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> SourceFile:
    if not member.isreg():
        return SourceFile(member.name, None)
    if member.size > FILE_MAX:
        return SourceFile(member.name, None, f"{member.size} bytes; one TPS has at most {FILE_MAX}")
    opened = archive.extractfile(member)
    assert opened is not None  # regular files always open
    data = opened.read()
    if len(data) != member.size:
        raise EOFError(f"{member.name} ends after {len(data)} of {member.size} bytes")
    return SourceFile(member.name, data)


def _pack_folder(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(_find_json(folder)):
            data = _read_bounded(path)
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
            if buffer.tell() > SOURCE_MAX:
                raise _too_large(f"Folder {folder.name}", SOURCE_MAX, "of JSON files")
    return buffer.getvalue()


def _find_json(folder: Path) -> Iterator[Path]:
    # Links are not followed: a folder from elsewhere must not draw other files of this machine into the snapshot.
    for parent, _, names in os.walk(folder, followlinks=False):
        for name in names:
            path = Path(parent, name)
            if name.lower().endswith(".json") and path.is_file() and not path.is_symlink():
                yield path


def _read_bounded(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(SOURCE_MAX + 1)
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no file {path}.", "Look at the path.") from error
    if len(data) > SOURCE_MAX:
        raise _too_large(path.name, SOURCE_MAX, "in one file")
    return data


def _too_large(what: str, limit: int, how: str) -> OfficialFileTooLargeError:
    return OfficialFileTooLargeError(
        f"{what} has more than {limit // MEGABYTE} MB {how}.",
        "Pack it as .tar.gz, or import it in parts (a province at a time).",
    )
