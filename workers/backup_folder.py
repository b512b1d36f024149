"""What a folder of backups holds, and how each file in it is written and read.

::

    FOLDER/
        objects/original/ab/abcdef...     every object once, shared by all backups of the folder
        20240214-190500Z/                 one complete backup
            database.dump                 pg_dump's custom format
            objects.tsv.gz                key, bytes, SHA-256 of every object that this backup refers to
            keys/receipt.pem              a secret: whoever has it can sign receipts in our name
            manifest.json                 written last
        20240215-190500Z.unfinished/      a backup that was cut off; never read, removed by the next one

A backup becomes complete by one rename. Objects are written beside their name and renamed, so a name never carries half
an object; nothing that a complete backup refers to is ever written again or removed.
"""

import contextlib
import fcntl
import gzip
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import structlog

from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.storage import LocalStore
from workers.fingerprint import TablePrint

log = structlog.get_logger(__name__)

FORMAT = 1
UNFINISHED = ".unfinished"
MANIFEST, DUMP, INDEX, KEY, OBJECTS = "manifest.json", "database.dump", "objects.tsv.gz", "keys/receipt.pem", "objects"
_LOCK = "backup.lock"
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Kept:
    """One object of a backup. ``sha256`` in 64 hexadecimal digits."""

    key: str
    byte_count: int
    sha256: str


@dataclass(frozen=True)
class FileMark:
    """Size in bytes and SHA-256 of a file of the backup."""

    byte_count: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What one backup holds. Times are ISO 8601 in UTC."""

    format: int
    software: str
    schema: str
    server: str
    snapshot_at: str
    """The moment the backup shows: everything committed before, nothing after."""
    finished_at: str
    originals_only: bool
    files: Mapping[str, FileMark]
    """Every file beside the manifest, by its path from there."""
    object_count: int
    object_bytes: int
    lost: tuple[str, ...]
    """Objects that the database names and the store no longer had, or had with other bytes."""
    tables: Mapping[str, TablePrint]

    def to_json(self) -> str:
        """Return the manifest as it is written."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, words: str) -> Self:
        """Return the manifest that :meth:`to_json` wrote.

        Raises:
            InvalidInputError: it is damaged, or of a later release.
        """
        try:
            read: dict[str, Any] = json.loads(words)
            if read["format"] != FORMAT:
                raise InvalidInputError(f"This backup has format {read['format']}.", "A newer Runut can read it.")
            read["files"] = {name: FileMark(**mark) for name, mark in read["files"].items()}
            read["tables"] = {name: TablePrint(**table) for name, table in read["tables"].items()}
            return cls(**{**read, "lost": tuple(read["lost"])})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidInputError(
                f"The manifest is damaged ({error}).", "Use another backup of the folder."
            ) from error


@contextlib.contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Let one backup at a time write into ``folder``, made when missing.

    Raises:
        ConflictError: another one is at it.
        InvalidInputError: the folder cannot be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # it will hold keys, password hashes, whole photographs
        file = (folder / _LOCK).open("w")
    except OSError as error:
        raise InvalidInputError(f"{folder} cannot be written: {error.strerror}.", "Name another folder.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConflictError(f"Another backup is being written into {folder}.", "Wait until it is done.") from None
        yield


def list_complete(folder: Path) -> list[Path]:
    """Return the complete backups of a folder, oldest first."""
    return sorted(path.parent for path in folder.glob(f"*/{MANIFEST}") if not path.parent.name.endswith(UNFINISHED))


def find_backup(folder: Path, name: str | None = None) -> Path:
    """Return the newest complete backup of ``folder``, or the one called ``name``. A backup itself may be named, too.

    Raises:
        NotFoundError: there is none; says whether one was begun.
    """
    if name is None and (folder / MANIFEST).is_file() and not folder.name.endswith(UNFINISHED):
        return folder.resolve()
    found = [path for path in list_complete(folder) if name is None or path.name == name]
    if found:
        return found[-1].resolve()
    wanted = "no complete backup" if name is None else f"no complete backup called {name}"
    begun = ", ".join(sorted(path.name for path in folder.glob(f"*{UNFINISHED}")))
    words = f" It holds one that was cut off ({begun})." if begun else ""
    raise NotFoundError(f"{folder} holds {wanted}.{words}", "Make one with:  ./runut backup FOLDER")


def read_manifest(backup: Path) -> Manifest:
    """Return the manifest of a complete backup."""
    return Manifest.from_json((backup / MANIFEST).read_text("utf-8"))


def objects_of(backup: Path) -> LocalStore:
    """Return the store that a backup shares with the others of its folder."""
    return LocalStore(backup.parent / OBJECTS)


def read_index(backup: Path) -> Iterator[Kept]:
    """Yield the objects of a backup in the order they were written: originals by hash, then by photograph."""
    with gzip.open(backup / INDEX, "rt", encoding="ascii") as lines:
        for line in lines:
            key, byte_count, sha256 = line.rstrip("\n").split("\t")
            yield Kept(key, int(byte_count), sha256)


def read_newest_index(backups: Sequence[Path]) -> Iterator[Kept]:
    """Return the index of the newest of ``backups`` (oldest first) whose index is whole; without one, nothing.

    What a damaged index says is not believed, not even its first lines: the objects are read from the store again.
    """
    for backup in reversed(backups):
        lack = _find_index_lack(backup)
        if lack is None:
            return read_index(backup)
        log.warning(
            "the index of an earlier backup cannot be used; that backup cannot be restored",
            backup=str(backup),
            lack=lack,
            remedy="remove that backup; this one is complete without it",
        )
    return iter(())


def _find_index_lack(backup: Path) -> str | None:
    """Say why the index of a complete backup is not to be believed; null: it is as its manifest says."""
    try:
        mark = read_manifest(backup).files.get(INDEX)
        return None if mark_file(backup / INDEX) == mark else f"{INDEX} was changed"
    except (OSError, ValueError, InvalidInputError) as error:  # missing, unreadable, or the manifest is
        return str(error)


def mark_file(path: Path) -> FileMark:
    """Return size and hash of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
        return FileMark(file.tell(), digest.hexdigest())


def keep_object(path: Path, data: bytes, scratch: Path) -> None:
    """Write ``data`` under ``path`` whole or not at all. Durable only after :func:`make_durable`.

    ``scratch`` is the unfinished backup's folder: what a cut leaves there goes with it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=scratch, prefix=".part-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    # Renaming works where hard links do not (USB sticks, network folders); one backup writes at a time.
    Path(temporary).replace(path)


def keep_key(key: Path, target: Path) -> None:
    """Copy the secret key, readable by its owner only, to ``target``; there is none before the site's first start."""
    target.parent.mkdir(mode=0o700, exist_ok=True)
    if key.exists():
        _write_secret(target, key.read_bytes())


def _write_secret(path: Path, data: bytes) -> None:
    """Write ``path`` whole or not at all, readable by its owner only from the first moment on."""
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(unfinished).replace(path)


def finish(unfinished: Path, manifest: Manifest) -> Path:
    """Write the manifest and give the backup its name. After this it is complete, also if the power goes."""
    (unfinished / MANIFEST).write_text(manifest.to_json(), "utf-8")
    make_durable()
    complete = unfinished.with_name(unfinished.name.removesuffix(UNFINISHED))
    unfinished.rename(complete)
    make_durable()
    return complete


def make_durable() -> None:
    """Wait until the disks hold everything written so far: once for all objects, not once for each."""
    os.sync()


def remove_cut_off(folder: Path) -> list[str]:
    """Remove what backups that were cut off left behind; return their names. Called under the folder's lock."""
    left = sorted(folder.glob(f"*{UNFINISHED}"))
    for path in left:
        shutil.rmtree(path)
    return [path.name for path in left]
