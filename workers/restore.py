"""Restore a backup into an empty installation, and show that what stands there is what was kept.

The order makes a cut recognisable: a mark is written first; objects and keys come next, each idempotent; the database
comes last, in one transaction; the mark goes when every comparison holds. Until then no command serves from the folder,
and the same restore can be started again.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.database import open_sessions
from app.core.durable import make_folder, replace_file
from app.core.errors import ConflictError
from app.core.postgres.databases import plain_dsn
from app.core.schema import list_revisions, require_known_schema
from app.core.storage import ObjectStore
from app.pemilu.service import list_contests
from app.tally.service import verify
from app.transparency.canonical import canonical_sha256
from app.transparency.signing import find_key_file
from workers.backup import AT_ONCE, Tell, be_quiet
from workers.backup_folder import (
    DUMP,
    KEY,
    Kept,
    Manifest,
    mark_file,
    objects_of,
    read_index,
    read_manifest,
)
from workers.dump import load_database
from workers.fingerprint import TablePrint, print_tables
from workers.restore_mark import find_begun

LISTED = ("account", "photo", "reading", "decision", "result", "tally", "log_entry")
"""Tables that the comparison names one by one; the others are summed up in one line."""


@dataclass(frozen=True)
class Equality:
    """One comparison of the restored installation with the backup."""

    what: str
    kept: str
    found: str

    @property
    def holds(self) -> bool:
        """Tell whether both sides are equal."""
        return self.kept == self.found


def require_empty_home(settings: Settings, backup: Path) -> None:
    """Let only an empty home through, or one where this very restore was cut off.

    Raises:
        ConflictError: photographs or keys lie there, or another restore was begun there.
    """
    remedy = "Restore into an empty folder: RUNUT_HOME=/path/to/new/folder ./runut restore ..."
    if (begun := find_begun(settings.home)) is not None:
        if begun != backup.name:
            raise ConflictError(f"In {settings.home} a restore of {begun} was cut off, not of {backup.name}.", remedy)
        return
    for held in (settings.objects, settings.home / "keys"):
        if held.is_dir() and any(held.iterdir()):
            raise ConflictError(f"{held} is not empty. Nothing was changed.", remedy)
    if settings.signing_key_file is not None:
        require_same_key(settings.signing_key_file, backup)


async def require_empty_database(url: str) -> None:
    """Let only a database without any table through.

    Raises:
        ConflictError: it holds tables.
    """
    if found := await count_tables(url):
        raise ConflictError(
            f"The database holds {found} tables already. Nothing was changed.",
            "Restore into an empty database: CREATE DATABASE, and name it in DATABASE_URL.",
        )


async def count_tables(url: str) -> int:
    """Return how many tables and views people have made in the database of ``url``."""
    async with open_sessions(url) as sessions, sessions.begin() as session:
        query = text(
            "SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
            " WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname !~ '^pg_' AND nspname <> 'information_schema'"
        )
        return int((await session.execute(query)).scalar_one())


def require_readable(manifest: Manifest) -> None:
    """Let only a backup through whose schema this release knows.

    Raises:
        NewerSchemaError: it was made by a later release.
    """
    require_known_schema(manifest.schema)


async def restore_backup(
    url: str, store: ObjectStore, settings: Settings, backup: Path, *, tell: Tell = be_quiet
) -> tuple[Equality, ...]:
    """Fill the empty database of ``url``, ``store`` and the key's file from ``backup``; return the comparisons.

    The backup was checked before (``check_backup``), the emptiness too.

    Raises:
        ConflictError: the store holds another object under a key of the backup; none of them is overwritten.
        DumpError: the database could not be loaded; it is empty still.
    """
    manifest = read_manifest(backup)
    await _restore_objects(store, backup, manifest, tell)
    await asyncio.to_thread(restore_key, backup, settings)
    # Tables can only be ours, of a restore that was cut off after the load: emptiness was required before its mark.
    if await count_tables(url) == 0:
        tell("database", 0, None)
        await load_database(url, backup / DUMP)
        tell("database", 1, 1)
    return await compare_with_backup(url, store, settings, backup, tell=tell)


async def _restore_objects(store: ObjectStore, backup: Path, manifest: Manifest, tell: Tell) -> None:
    source, index, done = objects_of(backup), read_index(backup), 0

    async def put(kept: Kept) -> None:
        data = await source.read(kept.key)
        if not await store.create(kept.key, data) and await store.read(kept.key) != data:
            raise ConflictError(
                f"The store holds another object under {kept.key}. It was left as it is.",
                "Restore into an empty bucket or folder.",
            )

    while batch := list(islice(index, AT_ONCE)):
        async with asyncio.TaskGroup() as tasks:
            for kept in batch:
                tasks.create_task(put(kept))
        done += len(batch)
        tell("objects", done, manifest.object_count)


def require_same_key(given: Path, backup: Path) -> None:
    """Let only the backup's own key through where RUNUT_SIGNING_KEY_FILE names one.

    Raises:
        ConflictError: it is another one, or missing.
    """
    kept = backup / KEY
    if kept.exists() and not (given.exists() and given.read_bytes() == kept.read_bytes()):
        raise ConflictError(
            f"RUNUT_SIGNING_KEY_FILE ({given}) is not the key of the backup. Nothing was changed.",
            f"Put the backup's there ({kept}), or leave the setting out.",
        )


def restore_key(backup: Path, settings: Settings) -> None:
    """Copy the key back, readable by its owner only. A key that the operator provides stays where it is."""
    target, kept = find_key_file(settings), backup / KEY
    if settings.signing_key_file is None and kept.exists():
        make_folder(target.parent, 0o700)
        replace_file(target, kept.read_bytes())


async def compare_with_backup(
    url: str, store: ObjectStore, settings: Settings, backup: Path, *, tell: Tell = be_quiet
) -> tuple[Equality, ...]:
    """Compare rows, objects and keys with the backup, recompute the log's hashes, and add the tallies up again.

    A backup of an older schema has to be migrated before this software can add up: see :func:`compare_tallies`.
    """
    manifest = read_manifest(backup)
    async with open_sessions(url) as sessions, sessions.begin() as session:
        await session.execute(text("SET TRANSACTION READ ONLY"))
        rows = compare_tables(manifest.tables, await print_tables(session))
        log = await _compare_log(session)
    objects = await _compare_objects(store, backup, manifest, tell)
    key = await asyncio.to_thread(_compare_key, settings, backup)
    tallies = () if is_older(manifest) else (await compare_tallies(url),)
    return (*rows, objects, key, log, *tallies)


def compare_tables(kept: Mapping[str, TablePrint], found: Mapping[str, TablePrint]) -> list[Equality]:
    """Return one line for each table that people ask for, and one for all others together."""

    def words(one: TablePrint | None) -> str:
        return "no such table" if one is None else f"{one.rows:,} rows, fingerprint {int(one.digest):x}"

    named = [Equality(name, words(kept.get(name)), words(found.get(name))) for name in LISTED]
    others = sorted((kept.keys() | found.keys()) - set(LISTED))
    unequal = [name for name in others if kept.get(name) != found.get(name)]
    kept_rows = sum(kept[name].rows for name in others if name in kept)
    right = f"{len(others)} tables, {kept_rows:,} rows, every fingerprint"
    return [*named, Equality("other tables", right, f"not equal: {', '.join(unequal)}" if unequal else right)]


async def _compare_objects(store: ObjectStore, backup: Path, manifest: Manifest, tell: Tell) -> Equality:
    """Read every object back from where it was restored to."""
    source, index, same, done = objects_of(backup), read_index(backup), 0, 0

    async def is_same(kept: Kept) -> bool:
        if not await store.exists(kept.key):
            return False
        return await store.read(kept.key) == await source.read(kept.key)

    while batch := list(islice(index, AT_ONCE)):
        same += sum(await asyncio.gather(*map(is_same, batch)))
        done += len(batch)
        tell("comparison", done, manifest.object_count)
    return Equality("photographs and pictures", f"{manifest.object_count:,} objects", f"{same:,} objects")


def _compare_key(settings: Settings, backup: Path) -> Equality:
    """Compare the keys by their files' hash, cut to what a person compares; the key itself is never shown."""

    def words(path: Path) -> str:
        return f"file {mark_file(path).sha256[:16]}" if path.exists() else "none"

    return Equality("key of receipts", words(backup / KEY), words(find_key_file(settings)))


async def _compare_log(session: AsyncSession) -> Equality:
    """Compute the hash of every fact of the log again from the fact itself."""
    rows = await session.stream(
        text("SELECT payload, payload_sha256 FROM log_entry"), execution_options={"yield_per": 5000}
    )
    count = right = 0
    async for payload, sha256 in rows:
        count += 1
        right += canonical_sha256(payload) == sha256
    return Equality("log entries whose hash holds", f"{count:,}", f"{right:,}")


def is_older(manifest: Manifest) -> bool:
    """Tell whether a backup that is readable has an older schema than this software works on."""
    return manifest.schema != list_revisions()[0]


async def compare_tallies(url: str) -> Equality:
    """Add every sum of every contest up again; the database has the newest schema."""
    wrong = 0
    async with open_sessions(url) as sessions:
        async with sessions.begin() as session:
            contests = await list_contests(session)
        for contest in contests:
            async with sessions.begin() as session:
                wrong += len(await verify(session, contest=contest))
    return Equality(f"sums of {len(contests)} contests, added up again", "0 wrong", f"{wrong:,} wrong")


async def analyse(url: str) -> None:
    """Let the planner know the tables: a restored database has no statistics."""
    connection = await asyncpg.connect(plain_dsn(url))
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
