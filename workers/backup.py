"""Take a backup while the service runs, and read one again to see that it is whole.

The order makes it consistent. One transaction exports its snapshot; pg_dump, the tables' fingerprints and the list of
objects all see that moment and no other. Objects are copied afterwards: the store never changes or removes one, and a
row is written only after its bytes are sealed, so every object that the snapshot names is there.
"""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import open_sessions
from app.core.errors import ConflictError
from app.core.storage import ObjectStore, sha256_hex
from workers import VERSION
from workers.backup_folder import (
    DUMP,
    FORMAT,
    INDEX,
    KEY,
    OBJECTS,
    UNFINISHED,
    FileMark,
    Kept,
    Manifest,
    finish,
    keep_key,
    list_complete,
    lock_folder,
    mark_file,
    objects_of,
    read_index,
    read_manifest,
    read_newest_index,
    remove_cut_off,
)
from workers.backup_objects import Copied, Copier, Wanted, list_wanted
from workers.dump import dump_database
from workers.fingerprint import TablePrint, print_tables

WANTED = "wanted.jsonl"
AT_ONCE = 16

Tell = Callable[[str, int, int | None], object]
"""Told of progress: the step, how many are done, how many there are (null: not known)."""


@dataclass(frozen=True)
class Backup:
    """A complete backup, and how much of it was new to its folder."""

    path: Path
    manifest: Manifest
    copied: int
    seconds: float


@dataclass(frozen=True)
class _Moment:
    """What one snapshot of the database showed."""

    at: str
    schema: str
    server: str
    tables: Mapping[str, TablePrint]
    wanted: int


def be_quiet(_step: str, _done: int, _of: int | None) -> None:
    """Tell nobody."""


async def take_backup(
    url: str, store: ObjectStore, key: Path, folder: Path, *, originals_only: bool = False, tell: Tell = be_quiet
) -> Backup:
    """Add a complete backup to ``folder``; nothing that is in it already is changed.

    ``key``: the file of the key that signs receipts. ``originals_only``: without the pictures made of photographs,
    which only reading every photograph again can make.

    A crash anywhere leaves a folder ``*.unfinished`` that nobody reads, and objects that the next backup uses.

    Raises:
        ConflictError: another backup is being written there, or a backup of this very second exists.
        DumpError: the database could not be dumped.
    """
    started = time.monotonic()
    with lock_folder(folder):
        remove_cut_off(folder)
        earlier = list_complete(folder)
        unfinished = _begin(folder)
        moment = await _dump(url, unfinished, originals_only=originals_only, tell=tell)
        keep_key(key, unfinished / KEY)
        outcome = await _copy(store, unfinished, earlier, moment.wanted, tell)
        (unfinished / WANTED).unlink()
        manifest = _make_manifest(unfinished, moment, outcome, originals_only=originals_only)
        path = await asyncio.to_thread(finish, unfinished, manifest)
    return Backup(path, manifest, outcome.copied, time.monotonic() - started)


def _begin(folder: Path) -> Path:
    name = datetime.now(UTC).strftime("%Y%m%d-%H%M%SZ")
    if (folder / name).exists():
        raise ConflictError(f"{folder} holds a backup of this second already.", "Try again.")
    unfinished = folder / (name + UNFINISHED)
    (folder / OBJECTS).mkdir(mode=0o700, exist_ok=True)
    unfinished.mkdir(mode=0o700)
    return unfinished


@asynccontextmanager
async def _open_moment(url: str) -> AsyncIterator[tuple[AsyncSession, str]]:
    """Give a transaction that sees one moment for as long as it lasts, and the snapshot's name for others."""
    async with open_sessions(url) as sessions, sessions.begin() as session:
        await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        yield session, (await session.execute(text("SELECT pg_export_snapshot()"))).scalar_one()


async def _dump(url: str, unfinished: Path, *, originals_only: bool, tell: Tell) -> _Moment:
    """Write the dump and the list of objects, both of the same moment. No object is read in here."""
    tell("database", 0, None)
    async with _open_moment(url) as (session, snapshot):
        at = (await session.execute(text("SELECT now()"))).scalar_one()
        dumping = asyncio.create_task(dump_database(url, snapshot, unfinished / DUMP))
        try:
            tables = await print_tables(session)
            wanted = await _write_wanted(session, unfinished / WANTED, originals_only=originals_only)
            schema = (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
            server = (await session.execute(text("SHOW server_version"))).scalar_one()
            await dumping
        except BaseException:
            dumping.cancel()
            await asyncio.gather(dumping, return_exceptions=True)
            raise
    tell("database", 1, 1)
    return _Moment(at.astimezone(UTC).isoformat(), schema, server, tables, wanted)


async def _write_wanted(session: AsyncSession, path: Path, *, originals_only: bool) -> int:
    """Spool the list of objects: at the size of a nation it does not fit into memory."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        async for one in list_wanted(session, originals_only=originals_only):
            file.write(json.dumps([one.key, one.kind]) + "\n")
            count += 1
    return count


def _read_wanted(path: Path) -> Iterator[Wanted]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Wanted(*json.loads(line))


async def _copy(store: ObjectStore, unfinished: Path, earlier: list[Path], wanted: int, tell: Tell) -> Copied:
    """Copy the objects and write the index beside."""
    known = await asyncio.to_thread(read_newest_index, earlier)
    copier = Copier(store, unfinished.parent / OBJECTS, unfinished, known)
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        tell("objects", done, wanted)

    tell("objects", 0, wanted)
    with gzip.open(unfinished / INDEX, "wt", encoding="ascii", compresslevel=3) as index:

        def note(kept: Kept) -> None:
            index.write(f"{kept.key}\t{kept.byte_count}\t{kept.sha256}\n")

        await copier.copy(_read_wanted(unfinished / WANTED), note, count)
    return copier.outcome


def _make_manifest(unfinished: Path, moment: _Moment, outcome: Copied, *, originals_only: bool) -> Manifest:
    paths = [path for path in (unfinished / DUMP, unfinished / INDEX, unfinished / KEY) if path.exists()]
    return Manifest(
        format=FORMAT,
        software=VERSION,
        schema=moment.schema,
        server=moment.server,
        snapshot_at=moment.at,
        finished_at=datetime.now(UTC).isoformat(),
        originals_only=originals_only,
        files={path.relative_to(unfinished).as_posix(): mark_file(path) for path in paths},
        object_count=outcome.count,
        object_bytes=outcome.byte_count,
        lost=tuple(outcome.lost),
        tables=moment.tables,
    )


async def check_backup(backup: Path, *, tell: Tell = be_quiet) -> tuple[str, ...]:
    """Read a complete backup again, every byte, and return what is wrong with it; empty: it is whole."""
    manifest = read_manifest(backup)
    wrong = [name for name, mark in manifest.files.items() if not _is_marked(backup / name, mark)]
    if wrong:
        return tuple(f"{name} is missing or was changed" for name in wrong)
    store = objects_of(backup)
    found: list[str] = []
    count = 0
    index = read_index(backup)
    while batch := list(islice(index, AT_ONCE)):
        answers = await asyncio.gather(*(_is_whole(store, kept) for kept in batch))
        found += [
            f"object {kept.key} is missing or was changed" for kept, ok in zip(batch, answers, strict=True) if not ok
        ]
        count += len(batch)
        tell("objects", count, manifest.object_count)
    if count != manifest.object_count:
        found.append(f"the index names {count} objects, the manifest {manifest.object_count}")
    return tuple(found)


def _is_marked(path: Path, mark: FileMark) -> bool:
    return path.is_file() and mark_file(path) == mark


async def _is_whole(store: ObjectStore, kept: Kept) -> bool:
    """Tell whether the object is there with the bytes that were kept."""
    if not await store.exists(kept.key):
        return False
    data = await store.read(kept.key)
    return len(data) == kept.byte_count and await asyncio.to_thread(sha256_hex, data) == kept.sha256
