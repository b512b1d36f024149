"""`./runut pemilu`: import an election file, list the contests."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.core.config import Settings, get_settings
from app.core.database import open_sessions
from app.pemilu.definition import Contest
from app.pemilu.service import SHIPPED, ElectionReport, get_contest, import_pemilu, list_contests
from app.tally.service import rebuild
from workers.database import open_database

app = typer.Typer(
    help="Import an election: contests, choices, forms, sections, identities, policy.", no_args_is_help=True
)
console = Console()

REGIONS_SHOWN = 6


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help=f"A .toml file, or the name of one that ships: {SHIPPED.name}/*.toml.")],
) -> None:
    """Import an election file (docs/election-file.md): all of it or nothing. The same file again changes nothing.

    `ppwp_2024` ships with Runut and may be named without a path.
    """
    settings = get_settings()
    with open_database(settings) as url:
        report, mended = asyncio.run(run_import(url, settings, find_file(file)))
    print_report(report, mended)


def find_file(file: Path) -> Path:
    """Return ``file``, or the shipped election file of this name when there is no such file here."""
    shipped = SHIPPED / f"{file.name.removesuffix('.toml')}.toml"
    return shipped if not file.exists() and shipped.is_file() else file


async def run_import(url: str, settings: Settings, file: Path) -> tuple[ElectionReport, int]:
    """Import in one transaction and lay the tallies of new contests, and of contests whose regions changed."""
    async with open_sessions(url) as sessions, sessions.begin() as session:
        report = await import_pemilu(session, path=file, layouts=settings.layouts)
        touched = [await get_contest(session, kode=kode) for kode in (*report.added, *report.moved)]
        # By number, as the roller takes them: each locks its contest, and two orders would make a circle.
        laid = [await rebuild(session, contest=contest) for contest in sorted(touched, key=lambda one: one.id)]
        return report, sum(laid)


def print_report(report: ElectionReport, mended: int) -> None:
    """Say what the import changed."""
    changed = len(report.added) + len(report.changed)
    for words, kodes in (("new", report.added), ("changed", report.changed), ("unchanged", report.unchanged)):
        if kodes:
            console.print(f"{words}: {', '.join(kodes)}", highlight=False)
    console.print(f"Election {report.pemilu}: {changed} contest(s) changed.", highlight=False)
    if mended:
        console.print(f"{mended:,} rows of tallies laid.")


@app.command("list")
def list_command() -> None:
    """List the contests."""
    with open_database(get_settings()) as url:
        print_contests(asyncio.run(run_list(url)))


async def run_list(url: str) -> Sequence[Contest]:
    """Return every contest."""
    async with open_sessions(url) as sessions, sessions.begin() as session:
        return await list_contests(session)


def print_contests(contests: Sequence[Contest]) -> None:
    """Print contests as a table, or how to begin."""
    if not contests:
        console.print("No election was imported yet. Begin with:  ./runut pemilu import ppwp_2024")
        return
    table = Table("code", "kind", "name", "regions", "choices", "fields", "sections (* required)")
    for one in contests:
        more = ", ..." if len(one.wilayah) > REGIONS_SHOWN else ""
        sections = ", ".join(f"{section.kode}{'*' if section.required else ''}" for section in one.sections)
        numbers = (str(len(one.choices)), str(len(one.fields)))
        table.add_row(one.kode, one.jenis, one.nama, ", ".join(one.wilayah[:REGIONS_SHOWN]) + more, *numbers, sections)
    console.print(table)
