"""`./runut restore`: make an installation out of a backup, and compare it with the backup."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.core.config import Settings, get_settings
from app.core.errors import InvalidInputError
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.schema import migrate
from app.core.storage import open_store
from workers.backup import Tell, check_backup
from workers.backup_folder import find_backup, read_manifest
from workers.cli.backup import show_progress
from workers.database import NAME
from workers.restore import (
    Equality,
    analyse,
    compare_tallies,
    is_older,
    require_empty_database,
    require_empty_home,
    require_readable,
    restore_backup,
)
from workers.restore_mark import begin_restore, end_restore, find_begun

app = typer.Typer()
console = Console()


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="Folder of backups, or one backup in it.")],
    *,
    at: Annotated[str | None, typer.Option("--at", metavar="NAME", help="This backup instead of the newest.")] = None,
) -> None:
    """Restore the newest backup into an EMPTY home and database, then compare everything with the backup.

    Checks every byte of the backup first. Refuses a home or a database that holds anything. When it is cut off, start
    the same command again.
    """
    settings, path = get_settings(), find_backup(folder, at)
    with show_progress() as tell:
        equalities = restore_into(settings, path, tell)
    show_equalities(path, equalities)
    raise typer.Exit(int(not all(one.holds for one in equalities)))


def restore_into(settings: Settings, backup: Path, tell: Tell) -> Sequence[Equality]:
    """Restore ``backup`` into the empty installation of ``settings`` and return the comparisons.

    Raises:
        InvalidInputError: the backup is damaged.
        ConflictError: the installation is not empty.
        NewerSchemaError: a later release made the backup.
    """
    require_readable(read_manifest(backup))
    require_empty_home(settings, backup)
    if wrong := asyncio.run(check_backup(backup, tell=tell)):
        raise InvalidInputError(
            f"The backup {backup.name} is damaged: {wrong[0]} ({len(wrong)} faults). Nothing was changed.",
            "Take an earlier one with --at, or another copy of the folder.",
        )
    with open_target(settings) as url:
        if find_begun(settings.home) is None:
            asyncio.run(require_empty_database(url))
            begin_restore(settings.home, backup)
        return asyncio.run(_restore(url, settings, backup, tell))


async def _restore(url: str, settings: Settings, backup: Path, tell: Tell) -> Sequence[Equality]:
    store = open_store(settings)
    try:
        equalities = await restore_backup(url, store, settings, backup, tell=tell)
    finally:
        store.close()
    if all(one.holds for one in equalities):
        # The mark goes first: after the migration the tables are no longer equal to the backup's.
        end_restore(settings.home)
        await analyse(url)
        await migrate(url)
        if is_older(read_manifest(backup)):
            return (*equalities, await _add_up(url, settings, backup))
    return equalities


async def _add_up(url: str, settings: Settings, backup: Path) -> Equality:
    """Add the sums of a backup up that had to be migrated first; where they are wrong, nothing works on the home."""
    tallies = await compare_tallies(url)
    if not tallies.holds:
        begin_restore(settings.home, backup)
    return tallies


@contextmanager
def open_target(settings: Settings) -> Iterator[str]:
    """Give the address of the database to fill, unmigrated: the one of DATABASE_URL, or one under the home."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    server = EmbeddedPostgres(settings.home / "postgres")
    try:
        yield asyncio.run(prepare_database(server.start(), NAME))
    finally:
        server.stop()


def show_equalities(backup: Path, equalities: Sequence[Equality]) -> None:
    """Print the comparisons."""
    table = Table("what", "in the backup", "restored", "", title=f"Restored from {backup.name}", title_justify="left")
    for one in equalities:
        table.add_row(
            one.what, one.kept, one.found, "equal" if one.holds else "NOT EQUAL", style="" if one.holds else "red"
        )
    console.print(table)
    if all(one.holds for one in equalities):
        console.print("Everything is equal. Start it with:  ./runut serve")
    else:
        console.print("The restored installation differs from the backup; it is not served from.", style="red")
