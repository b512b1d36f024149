"""`./runut wilayah`: import an edition of the hierarchy, and look codes and names up."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.core.config import get_settings
from app.core.database import open_sessions
from app.tally.service import rebuild_all
from app.wilayah.codes import parse_kode
from app.wilayah.service import (
    ImportReport,
    Region,
    TpsPlace,
    get_path,
    get_tps,
    import_wilayah,
    list_children,
    list_tps,
    search_wilayah,
)
from app.wilayah.service import Progress as Told
from workers.database import open_database

app = typer.Typer(help="Import provinces, regencies, districts, villages and their TPS.", no_args_is_help=True)
console = Console()

LISTED = 20


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="A .csv or .csv.gz with one region a line.")],
    *,
    name: Annotated[str | None, typer.Option(help="What this edition is called; the file's name otherwise.")] = None,
) -> None:
    """Import an edition of the hierarchy: all of the file or nothing of it.

    Columns: kode, tingkat, nama, tps_terakhir, tps_tambahan_awal, tps_tambahan_akhir and, if codes were replaced,
    kode_lama. Codes that a later edition no longer holds stay resolvable. The same file again changes nothing.
    """
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    with open_database(get_settings()) as url, progress:
        task = progress.add_task(f"Importing {file.name}", total=None)

        def tell(step: str, done: int, total: int) -> None:
            progress.update(task, description=f"Importing {file.name}: {step}", completed=done, total=total)

        report, mended = asyncio.run(run_import(url, file, name or file.name, tell))
    print_report(report, mended)


async def run_import(url: str, file: Path, name: str, progress: Told) -> tuple[ImportReport, int]:
    """Import in one transaction; when something changed, let the tallies of all contests follow it there too."""
    async with open_sessions(url) as sessions, sessions.begin() as session:
        report = await import_wilayah(session, path=file, name=name, progress=progress)
        if not report.rows_changed:
            return report, 0
        progress("tallies", 5, 5)
        return report, await rebuild_all(session)


def print_report(report: ImportReport, mended: int) -> None:
    """Say what the import changed."""
    if not report.rows_changed:
        console.print(f"0 rows changed: {report.unchanged:,} regions and {report.tps_total:,} TPS are as they were.")
        return
    table = Table("", "regions", "TPS")
    table.add_row("new", f"{report.added:,}", f"{report.tps_added:,}")
    table.add_row("ended (still resolvable)", f"{report.ended:,}", f"{report.tps_ended:,}")
    table.add_row("known again", f"{report.revived:,}", "")
    table.add_row("renamed", f"{report.changed:,}", "")
    table.add_row("with another number of TPS", f"{report.resized:,}", "")
    table.add_row("unchanged", f"{report.unchanged:,}", "")
    console.print(table)
    console.print(f"{report.rows_changed:,} rows changed; the edition holds {report.tps_total:,} TPS.")
    if mended:
        console.print(f"{mended:,} rows of tallies followed.")
    if report.suggestions:
        print_suggestions(report)


def print_suggestions(report: ImportReport) -> None:
    """List guesses at what replaces ended codes."""
    table = Table("ended", "perhaps now", "name", title="Ended codes with a like-named new one", title_justify="left")
    for one in report.suggestions[:LISTED]:
        table.add_row(one.kode_lama, one.kode_baru, one.nama)
    console.print(table)
    more = len(report.suggestions) - LISTED
    rest = f" ({more:,} more.)" if more > 0 else ""
    console.print(f"Nothing of this was stored.{rest} To store it, name the old codes in the column kode_lama.")


@app.command("show")
def show_command(
    text: Annotated[str, typer.Argument(help="A code (0 is the nation), or words of a name.")] = "0",
) -> None:
    """Show a region with what lies in it, a TPS, or the regions of a name."""
    with open_database(get_settings()) as url:
        asyncio.run(run_show(url, text))


async def run_show(url: str, text: str) -> None:
    """Look ``text`` up, as a code if it consists of digits."""
    async with open_sessions(url) as sessions, sessions.begin() as session:
        if not text.replace(".", "").isdigit():
            print_regions(await search_wilayah(session, text=text, limit=LISTED), f"Regions named {text!r}")
            return
        kode = parse_kode(text)
        print_path(await get_path(session, kode=kode.text))
        if kode.tingkat == "tps":
            print_tps((await get_tps(session, kode=kode.text),))
        elif kode.tingkat == "kelurahan":
            print_tps(await list_tps(session, kelurahan=kode.text))
        else:
            print_regions(await list_children(session, kode=kode.text), "In it")


def print_path(path: tuple[Region, ...]) -> None:
    """Print the regions from the nation down, and what became of an ended code."""
    console.print(" > ".join(f"{one.nama} ({one.kode})" for one in path), markup=False)
    last = path[-1]
    if not last.current:
        follows = ", ".join(last.successors) or "nothing was named"
        console.print(f"{last.kode} was ended by a later edition; followed by: {follows}.")


def print_regions(regions: tuple[Region, ...], title: str) -> None:
    """Print regions as a table, or that there are none."""
    if not regions:
        console.print("Nothing found. Try fewer words, or the code.")
        return
    table = Table("code", "level", "name", "TPS", title=title, title_justify="left")
    for one in regions:
        table.add_row(one.kode, one.tingkat, one.nama, f"{one.tps_count:,}")
    console.print(table)


def print_tps(places: tuple[TpsPlace, ...]) -> None:
    """Print the numbers of polling stations, runs of them as ``1-451``."""
    if not places:
        console.print("No TPS.")
        return
    ended = [one for one in places if not one.current]
    console.print(f"{len(places)} TPS: {', '.join(join_runs([one.nomor for one in places]))}", highlight=False)
    if ended:
        console.print(f"Ended by a later edition: {', '.join(join_runs([one.nomor for one in ended]))}.")


def join_runs(numbers: Sequence[int]) -> list[str]:
    """Write rising numbers with runs joined: 1, 2, 3, 901 is ``["1-3", "901"]``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
