"""Photographs that the authority published: a folder or a tar of them, and which TPS each one shows.

Nothing is unpacked to disk, links are not followed, and every file is looked at before the first is taken in.
"""

import csv
import gzip
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from app.core.errors import InvalidInputError, NotFoundError
from app.official.errors import SHOWN, BrokenArchiveError, Problem, UnknownOfficialFormatError
from app.official.sources import GZIP_MAGIC

_KODE = re.compile(r"(?<!\d)\d{13}(?!\d)")
"""A TPS's code stands by itself among the digits of a name; KPU's own names end in one and a random word."""
_TAR = (".tar", ".tar.gz", ".tgz")
MANIFEST_MAX = 64 * 1024 * 1024


class OfficialPhotosError(InvalidInputError):
    """Some of the files cannot be taken; none was."""

    code = "official_photos_invalid"

    def __init__(self, name: str, problems: list[Problem]) -> None:
        """List the first problems of the folder or archive ``name``."""
        self.problems = tuple(problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems[:SHOWN])
        more = "\n  (looking stopped here)" if len(self.problems) >= SHOWN else ""
        super().__init__(
            f"{name} has files that cannot be taken:\n{lines}{more}\n",
            "Nothing was imported. Rename, mend or leave out what is named (or name it in --manifest), and try again.",
        )


@dataclass(frozen=True)
class PhotoFile:
    """One file: its name inside the folder or archive, its bytes; null where there are more than fit."""

    name: str
    data: bytes | None


@dataclass(frozen=True)
class PhotoFolder:
    """A folder or tar of photographs; ``manifest``: file -> TPS code as written, where one is given."""

    path: Path
    manifest: Mapping[str, str] | None

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.path.name

    def files(self, *, largest: int) -> Iterator[PhotoFile]:
        """Yield the files in a fixed order, one at a time in memory; one of more than ``largest`` bytes without them.

        Raises:
            BrokenArchiveError: the archive is damaged or cut.
        """
        return _list_folder(self.path, largest) if self.path.is_dir() else _list_tar(self.path, largest)

    def name_tps(self, name: str) -> str | None:
        """Return the code that the manifest, or else the file's own name, gives for a file; null: none."""
        if self.manifest is not None:
            return self.manifest.get(name)
        for part in reversed(PurePosixPath(name).parts):
            if found := _KODE.findall(part):
                return str(found[-1]) if len(set(found)) == 1 else None
        return None


def open_photos(path: Path, *, manifest: Path | None = None) -> PhotoFolder:
    """Return the folder or archive at ``path``; ``manifest`` is a CSV with the columns ``file`` and ``tps``.

    Raises:
        NotFoundError: one of the two is not there.
        UnknownOfficialFormatError: neither a folder nor a tar.
        InvalidInputError: the manifest lacks a column or names a file twice.
    """
    if not path.exists():
        raise NotFoundError(f"There is no folder or file {path}.", "Look at the path.")
    if not path.is_dir() and not path.name.lower().endswith(_TAR):
        raise UnknownOfficialFormatError(
            f"{path.name} is neither a folder nor a tar of photographs.", "Give a folder, a .tar or a .tar.gz."
        )
    return PhotoFolder(path, None if manifest is None else _read_manifest(manifest))


def _read_manifest(path: Path) -> Mapping[str, str]:
    if not path.is_file() or path.stat().st_size > MANIFEST_MAX:
        raise NotFoundError(f"There is no manifest {path} of at most 64 MB.", "Look at the path.")
    found: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"file", "tps"}.issubset(rows.fieldnames or ()):
            columns = ", ".join(rows.fieldnames or ())
            raise InvalidInputError(
                f"{path.name} has the columns {columns or '(none)'}.", "Its first line must name: file,tps"
            )
        for row in rows:
            name, tps = (row["file"] or "").strip(), (row["tps"] or "").strip()
            if name in found:
                message = f"{path.name}, line {rows.line_num}: {name!r} stands there twice."
                raise InvalidInputError(message, "A file shows one TPS: leave one of the lines.")
            found[name] = tps
    return found


def _list_folder(folder: Path, largest: int) -> Iterator[PhotoFile]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            with path.open("rb") as file:
                yield PhotoFile(name, _read_bounded(file, largest))


def _list_tar(path: Path, largest: int) -> Iterator[PhotoFile]:
    try:
        with _open_raw(path) as raw:
            yield from _list_members(_Remembering(raw), largest)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BrokenArchiveError(path.name, str(error) or type(error).__name__) from error


def _open_raw(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


class _Remembering:
    """A file of which tarfile reads, and of which the last block that was read is known. It is only read forwards."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.last = b""

    def read(self, size: int = -1, /) -> bytes:
        self.last = self._file.read(size)
        return self.last

    def seek(self, place: int, /) -> int:
        return self._file.seek(place)

    def tell(self) -> int:
        return self._file.tell()


def _list_members(file: _Remembering, largest: int) -> Iterator[PhotoFile]:
    with tarfile.open(fileobj=cast("IO[bytes]", file), mode="r:") as archive:
        while (member := archive.next()) is not None:
            if member.isreg() and not PurePosixPath(member.name).name.startswith("."):
                opened = archive.extractfile(member)
                assert opened is not None, "regular files always open"
                yield PhotoFile(member.name.removeprefix("./"), _read_bounded(opened, largest))
            # It remembers every header it has seen; millions would fill the memory.
            archive.members = []  # type: ignore[attr-defined]  # unknown to the stubs
    # A cut archive looks finished to it. A whole one ends with a block of zeros, a whole gzip stream with a checksum.
    if file.last != bytes(tarfile.BLOCKSIZE):
        raise EOFError("the end mark is missing")
    while file.read(1 << 20):
        pass


def _read_bounded(file: IO[bytes], largest: int) -> bytes | None:
    data = file.read(largest + 1)
    return data if len(data) <= largest else None
