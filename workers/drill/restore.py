"""`./runut drill restore`: an election night, backups taken in the middle of it, everything wiped, restored, compared.

The night is the demonstration's: drawn photographs uploaded over HTTP, read by machine and by people. Beside the
restore's own comparison, rows and bytes are compared here once more, by code that shares nothing with it; and a damaged
backup and a damaged restore have to be seen, or the drill fails.
"""

import asyncio
import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from rich.console import Console
from rich.table import Table

from app.core.config import Settings
from app.core.logs import configure_logs
from app.core.postgres import EmbeddedPostgres
from app.core.postgres.databases import plain_dsn
from app.core.storage import open_store
from app.transparency.signing import find_key_file
from workers.backup import Backup, be_quiet, check_backup, take_backup
from workers.cli.restore import restore_into
from workers.database import open_database
from workers.demo.people import Habits
from workers.demo.plan import Plan, make_plan
from workers.demo.run import Board, Demo, open_demo
from workers.drill import DrillFailedError
from workers.restore import Equality, compare_with_backup

TABLES = ("account", "photo", "reading", "decision", "result", "tally", "log_entry", "official_row", "discrepancy")
PAUSE = 1.5
"""Seconds between two backups of the night; a backup is named after its second."""


@dataclass
class Outcome:
    """What the drill saw. ``during`` counts backups that were taken while photographs or readings came in."""

    seed: int
    tps: int
    backups: int = 0
    during: int = 0
    rows: Mapping[str, int] = field(default_factory=dict)
    originals: int = 0
    restored: dict[str, bool] = field(default_factory=dict)
    controls: dict[str, bool] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Every restore is equal, every planted damage was seen, and backups were taken in full swing."""
        return self.during > 0 and all(self.restored.values()) and all(self.controls.values())


@dataclass(frozen=True)
class Truth:
    """Every row of the tables as text, and the SHA-256 of every object by its key."""

    rows: Mapping[str, Sequence[str]]
    objects: Mapping[str, str]


def restore(
    *,
    tps: Annotated[int, typer.Option(min=1, max=24, help="Polling stations of the night.")] = 24,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other papers and hands.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Back up while an election night goes on, wipe everything, restore into an empty folder, compare every byte."""
    configure_logs()
    console = Console(stderr=as_json)
    folder = Path(tempfile.mkdtemp(prefix="runut-drill-"))
    folder.chmod(0o755)  # root's PostgreSQL runs as another user, who has to come through
    outcome = run_restore_drill(folder, tps, seed, console)
    if as_json:
        typer.echo(json.dumps(asdict(outcome)))
    print_outcome(console, outcome)
    if not outcome.passed:
        raise DrillFailedError(f"The drill failed; seed {seed}.", f"Everything was kept in {folder}.")
    shutil.rmtree(folder)


def run_restore_drill(folder: Path, tps: int, seed: int, console: Console) -> Outcome:
    """Run the drill in ``folder`` and return what it saw."""
    outcome = Outcome(seed, tps)
    settings = Settings(home=folder / "first", database_url=None)
    settings.home.mkdir()
    backups, truth = run_night(settings, folder / "kept", cut_plan(make_plan(seed), tps), seed, console, outcome)
    EmbeddedPostgres(settings.home / "postgres").remove()
    shutil.rmtree(settings.home)
    console.print(f"{len(backups)} backups; the installation is wiped.")
    for name, backup in {"one of the middle": backups[len(backups) // 2], "the last": backups[-1]}.items():
        home = folder / f"restored-{backup.path.name}"
        target = settings.model_copy(update={"home": home})
        equalities = restore_into(target, backup.path, be_quiet)
        outcome.restored[f"{name}: the restore's own comparison"] = all(one.holds for one in equalities)
        if name == "the last":
            outcome.restored["rows and bytes compared once more"] = read_truth(target) == truth
            outcome.controls = run_controls(target, backup)
    return outcome


def cut_plan(plan: Plan, tps: int) -> Plan:
    """Return the night with its first polling stations only."""
    papers = plan.papers[:tps]
    kodes = {paper.place.tps_kode for paper in papers}
    planted = tuple(one for one in plan.planted if one.tps_kode in kodes)
    return replace(plan, papers=papers, planted=planted)


def run_night(  # noqa: PLR0917 (one caller)
    settings: Settings, kept: Path, plan: Plan, seed: int, console: Console, outcome: Outcome
) -> tuple[list[Backup], Truth]:
    """Let the night go by with backups beside it, and note what stood there at its end."""
    with open_demo(settings, plan, seed, 0, Board(console)) as demo:
        backups = asyncio.run(_keep_through(demo, kept))
    with open_database(settings) as url:  # nobody writes any more: the last backup and the truth are the same moment
        backups.append(asyncio.run(_keep(url, settings, kept)))
    counts = [backup.manifest.tables["photo"].rows + backup.manifest.tables["reading"].rows for backup in backups]
    outcome.backups = len(backups)
    outcome.during = sum(0 < count < counts[-1] for count in counts)
    truth = read_truth(settings)
    outcome.rows = {name: len(rows) for name, rows in truth.rows.items()}
    outcome.originals = sum(key.startswith("original/") for key in truth.objects)
    return backups, truth


async def _keep_through(demo: Demo, kept: Path) -> list[Backup]:
    """Take one backup after the other until the night is over."""
    night = asyncio.create_task(demo.run_night(Habits()))
    backups = []
    try:
        while not night.done():
            backups.append(await _keep(demo.ground.url, demo.ground.settings, kept))
            await asyncio.wait([night], timeout=PAUSE)
        await night
    finally:
        night.cancel()
    return backups


async def _keep(url: str, settings: Settings, kept: Path) -> Backup:
    store = open_store(settings)
    try:
        return await take_backup(url, store, find_key_file(settings), kept)
    finally:
        store.close()


def read_truth(settings: Settings) -> Truth:
    """Read every row and hash every object of an installation that nobody works on.

    Published files are left out, as backups do: the publisher writes them anew where they are missing.
    """
    objects = {
        path.relative_to(settings.objects).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in settings.objects.rglob("*")
        if path.is_file() and not path.is_relative_to(settings.objects / "publication")
    }
    with open_database(settings) as url:
        return Truth(asyncio.run(_read_rows(url)), objects)


async def _read_rows(url: str) -> dict[str, list[str]]:
    connection = await asyncpg.connect(plain_dsn(url))
    try:
        return {
            name: sorted(str(row[0]) for row in await connection.fetch(f"SELECT t::text FROM {name} AS t"))  # noqa: S608 (our own names)
            for name in TABLES
        }
    finally:
        await connection.close()


def run_controls(target: Settings, backup: Backup) -> dict[str, bool]:
    """Do damage, and tell whether it was seen: to the restored database and objects, and to the backup itself."""
    with open_database(target) as url:
        found = asyncio.run(_damage_and_compare(url, target, backup))
    seen = {one.what for one in found if not one.holds}
    (original,) = list((backup.path.parent / "objects" / "original").rglob("*"))[-1:]
    original.write_bytes(original.read_bytes()[:-1] + b"?")
    return {
        "a changed tally row is seen": "tally" in seen,
        "a sum that is not the sum is seen": any("added up again" in what for what in seen),
        "a lost photograph is seen": "photographs and pictures" in seen,
        "a damaged backup is seen": bool(asyncio.run(check_backup(backup.path))),
    }


async def _damage_and_compare(url: str, target: Settings, backup: Backup) -> Sequence[Equality]:
    connection = await asyncpg.connect(plain_dsn(url))
    try:
        await connection.execute("UPDATE tally SET tps_photo = tps_photo + 1 WHERE kode = '0'")
    finally:
        await connection.close()
    next(path for path in (target.objects / "original").rglob("*") if path.is_file()).unlink()
    store = open_store(target)
    try:
        return await compare_with_backup(url, store, target, backup.path)
    finally:
        store.close()


def print_outcome(console: Console, outcome: Outcome) -> None:
    """Print what the drill saw."""
    table = Table(
        title=f"Drill restore, seed {outcome.seed}, {outcome.tps} TPS", title_justify="left", show_header=False
    )
    table.add_row("backups, of which in full swing", f"{outcome.backups}, {outcome.during}")
    table.add_row("rows at the end", ", ".join(f"{name} {count:,}" for name, count in outcome.rows.items()))
    table.add_row("photographs at the end", f"{outcome.originals:,}")
    for what, holds in outcome.restored.items():
        table.add_row(what, "equal" if holds else "NOT EQUAL", style="" if holds else "red")
    for what, holds in outcome.controls.items():
        table.add_row(f"control: {what}", "yes" if holds else "NO", style="" if holds else "red")
    console.print(table)
