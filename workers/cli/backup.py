"""`./runut backup`: keep database, photographs and keys in a folder, while the service runs."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from app.core.config import Settings, get_settings
from app.core.storage import open_store
from app.transparency.signing import find_key_file
from workers.backup import Backup, Tell, check_backup, take_backup
from workers.backup_folder import OBJECTS, find_backup, read_manifest
from workers.database import open_unmigrated

app = typer.Typer()
console = Console()

LISTED = 20


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="Folder for backups: empty, or with earlier backups, which stay.")],
    *,
    originals_only: Annotated[
        bool, typer.Option("--originals-only", help="Leave out crops, covered pages and thumbnails.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Back nothing up; read the newest backup again and compare every byte.")
    ] = False,
) -> None:
    """Keep database, photographs and keys in a folder while the service runs. Objects that it has already are skipped.

    The folder then holds SECRETS (the key that signs receipts, password hashes) and undecided readings: keep it as
    safe as the service itself. Ends with 1 when an object was lost before the backup, or when --check finds damage.
    """
    if check:
        raise typer.Exit(show_check(folder))
    raise typer.Exit(show_backup(make_backup(get_settings(), folder, originals_only=originals_only)))


def make_backup(settings: Settings, folder: Path, *, originals_only: bool = False) -> Backup:
    """Back the installation of ``settings`` up, as it is: before an upgrade its schema is an older one, and stays so.

    Raises:
        NewerSchemaError: a later release made the schema, and this one may not work on it.
        ConflictError: there is nothing to back up, or another backup is being written.
    """
    with open_unmigrated(settings) as url, show_progress() as tell, closing(open_store(settings)) as store:
        key = find_key_file(settings)
        return asyncio.run(take_backup(url, store, key, folder, originals_only=originals_only, tell=tell))


@contextmanager
def show_progress() -> Iterator[Tell]:
    """Show one bar for each step, for as long as the block lasts."""
    columns = (TextColumn("{task.description:12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bars: dict[str, TaskID] = {}
    with Progress(*columns, console=console) as progress:

        def tell(step: str, done: int, of: int | None) -> None:
            if step not in bars:
                bars[step] = progress.add_task(step, total=of)
            progress.update(bars[step], completed=done, total=of)

        yield tell


def show_backup(made: Backup) -> int:
    """Say what was kept and where; return the exit code."""
    manifest = made.manifest
    rows = sum(table.rows for table in manifest.tables.values())
    console.print(f"Complete: {made.path}", highlight=False, soft_wrap=True)
    console.print(
        f"  {rows:,} rows in {len(manifest.tables)} tables as of {manifest.snapshot_at}, schema {manifest.schema}; "
        f"{manifest.object_count:,} objects ({decimal(manifest.object_bytes)}), {made.copied:,} of them new; "
        f"{made.seconds:.1f} s",
        highlight=False,
    )
    console.print("  It holds secrets (keys, password hashes): keep it as safe as the service itself.")
    if manifest.lost:
        console.print(
            f"  {len(manifest.lost):,} objects were LOST before this backup, in the store itself:", style="red"
        )
        for key in manifest.lost[:LISTED]:
            console.print(f"    {key}", highlight=False)
    return int(bool(manifest.lost))


def show_check(folder: Path) -> int:
    """Read the newest complete backup again; return the exit code."""
    path = find_backup(folder)
    with show_progress() as tell:
        wrong = asyncio.run(check_backup(path, tell=tell))
    manifest = read_manifest(path)
    if not wrong:
        size = decimal(manifest.object_bytes)
        console.print(f"{path.name} is whole: {manifest.object_count:,} objects ({size}), database and keys.")
        return 0
    console.print(f"{path.name} is damaged:", style="red")
    for line in wrong[:LISTED]:
        console.print(f"  {line}", highlight=False)
    if len(wrong) > LISTED:
        console.print(f"  ... and {len(wrong) - LISTED:,} more.")
    console.print(
        f"Remove the damaged objects from {path.parent / OBJECTS} and back up again: what is not there is read from the"
        " store anew. Damage to anything else: remove this backup, the others stand for themselves.",
        soft_wrap=True,
    )
    return 1
