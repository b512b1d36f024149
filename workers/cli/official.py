"""`./runut official`: import what the election authority published, and list what was imported."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings, get_settings
from app.core.database import Sessions, open_sessions
from app.core.errors import InvalidInputError, NotFoundError
from app.core.storage import ObjectStore, open_store, seal
from app.official.errors import UnknownOfficialFormatError
from app.official.photo_files import PhotoFolder, open_photos
from app.official.recaps import RecapKind, RecapReport, import_recap
from app.official.service import ImportReport, Snapshot, import_publication, list_snapshots
from app.official.service import Progress as Told
from app.official.sources import Source, read_source
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest, list_contests
from workers.cli.official_report import LISTED, console, print_report
from workers.database import open_database
from workers.official_fetch import FetchReport, fetch_official
from workers.official_photos import PhotosReport, import_official_photos
from workers.polite_client import HostNotAllowedError, PoliteClient, read_hosts

app = typer.Typer(help="Import what the election authority published.", no_args_is_help=True, add_completion=False)
ForContest = Annotated[
    str | None, typer.Option("--pemilihan", help="Contest, e.g. ppwp-2024; needed if there are several.")
]


@app.command("import")
def import_command(
    source: Annotated[Path, typer.Argument(help="A folder of JSON files, a .tar[.gz] of it, a .json, or a .csv[.gz].")],
    *,
    pemilihan: ForContest = None,
) -> None:
    """Import official figures (Sirekap's JSON, one file a TPS named by its 13 digits; or a CSV, one row a TPS).

    All or nothing. The original is kept under its hash; only what differs from the last import is written, and compared
    with the accepted results by the workers.
    """
    publication = read_source(source)
    settings = get_settings()
    with open_database(settings) as url, make_progress() as progress:
        task = progress.add_task(f"Reading {publication.name}", total=None)
        report = asyncio.run(
            run_import(url, settings, publication, pemilihan, lambda count: progress.update(task, completed=count))
        )
    print_report(report)


@app.command("recap")
def recap_command(
    source: Annotated[Path, typer.Argument(help="A .csv or .csv.gz, one region a row; see docs/official.md.")],
    *,
    kind: Annotated[
        RecapKind, typer.Option(help="A recap sheet, the decree per province, or Sirekap's own totals.")
    ] = "d_hasil",
    pemilihan: ForContest = None,
) -> None:
    """Import totals of regions: recap sheets (D.Hasil), the decree, Sirekap's page of totals.

    All or nothing. The original is kept under its hash; what a later file corrects is superseded and stays readable.
    """
    totals = read_source(source)
    if totals.kind != "sirekap_csv":
        raise UnknownOfficialFormatError(f"{totals.name} is no CSV.", "Give totals as .csv or .csv.gz.")
    settings = get_settings()
    with open_database(settings) as url:
        report = asyncio.run(run_recap(url, settings, totals, kind, pemilihan))
    console.print(
        f"[bold]{report.name}[/]  sha256 {report.sha256}\n"
        f"{report.regions:,} regions, {report.changed:,} with new totals.",
        highlight=False,
    )
    if report.unknown:
        console.print(f"Regions that we do not know (kept): {', '.join(report.unknown[:LISTED])}", markup=False)


@app.command("fetch")
def fetch_command(
    urls: Annotated[list[str] | None, typer.Argument(help="Addresses of .json, .csv[.gz] or .tar[.gz] files.")] = None,
    *,
    listed: Annotated[Path | None, typer.Option("--list", help="A file with one address a line.")] = None,
    pemilihan: ForContest = None,
) -> None:
    """Fetch what the authority publishes, politely, and import what is new.

    Only hosts that RUNUT_OFFICIAL_HOSTS names are asked, one question at a time, RUNUT_OFFICIAL_PAUSE seconds apart;
    what did not change is not sent again. Every answer is kept whole under its hash.
    """
    addresses = [*(urls or ()), *(_read_list(listed) if listed else ())]
    if not addresses:
        raise InvalidInputError("No address was given.", "Name addresses, or a file of them with --list.")
    settings = get_settings()
    if not read_hosts(settings.official_hosts):
        raise HostNotAllowedError(httpx.URL(addresses[0]).host or addresses[0][:100])
    with open_database(settings) as url, make_progress("addresses") as progress:
        task = progress.add_task("Fetching", total=len(addresses))
        report = asyncio.run(
            run_fetch(url, settings, addresses, pemilihan, lambda count: progress.update(task, completed=count))
        )
    console.print(f"{report.asked:,} addresses asked, {report.fresh:,} with something new.", highlight=False)
    for one in report.imports:
        print_report(one)


def _read_list(path: Path) -> list[str]:
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}.", "Look at the path.")
    return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]


async def run_fetch(
    url: str, settings: Settings, addresses: Sequence[str], pemilihan: str | None, told: Told | None = None
) -> FetchReport:
    """Fetch and import."""
    client = PoliteClient(read_hosts(settings.official_hosts), pause=settings.official_pause)
    async with open_sessions(url) as sessions:
        async with sessions.begin() as session:
            contest = await choose_contest(session, pemilihan)
        return await fetch_official(sessions, open_store(settings), client, contest=contest, urls=addresses, told=told)


@app.command("list")
def list_command(*, pemilihan: ForContest = None) -> None:
    """List the kept publications, newest first."""
    with open_database(get_settings()) as url:
        snapshots = asyncio.run(run_list(url, pemilihan))
    if not snapshots:
        console.print("Nothing was imported yet. Begin with:  ./runut official import FILE")
        return
    table = Table("number", "imported", "kind", "name", "TPS", "changed", "sha256")
    for one in snapshots:
        changed, tps = f"{one.changed_count:,}", f"{one.tps_count:,}"
        table.add_row(str(one.id), f"{one.at:%Y-%m-%d %H:%M}", one.kind, one.name, tps, changed, one.sha256[:16])
    console.print(table)


@app.command("photos")
def photos_command(
    source: Annotated[Path, typer.Argument(help="A folder or a .tar[.gz] of photographs.")],
    *,
    pemilihan: ForContest = None,
    manifest: Annotated[
        Path | None, typer.Option(help="CSV with the columns file,tps; without it a file's name holds the 13 digits.")
    ] = None,
    by: Annotated[str, typer.Option("--source", help="Who published them; their account is made for it.")] = "kpu",
) -> None:
    """Import photographs of forms that the authority published: a source of their own, read through the same queue.

    Every file is looked at before the first is taken in; running it again adds only what is not here yet.
    """
    folder = open_photos(source, manifest=manifest)
    settings = get_settings()
    with open_database(settings) as url, make_progress("files") as progress:
        task = progress.add_task(f"Taking in {folder.name}", total=None)
        report = asyncio.run(
            run_photos(
                url,
                settings,
                folder,
                pemilihan=pemilihan,
                by=by,
                progress=lambda count: progress.update(task, completed=count),
            )
        )
    console.print(
        f"{report.files:,} files of {report.tps:,} TPS: {report.added:,} added, {report.known:,} were here before, "
        f"{report.same:,} are copies of what somebody else sent.",
        highlight=False,
    )


async def run_photos(
    url: str, settings: Settings, folder: PhotoFolder, *, pemilihan: str | None, by: str, progress: Told | None = None
) -> PhotosReport:
    """Look at every photograph, then take them in."""
    async with open_sessions(url) as sessions:
        async with sessions.begin() as session:
            contest = await choose_contest(session, pemilihan)
        return await import_official_photos(
            sessions,
            open_store(settings),
            contest=contest,
            folder=folder,
            source=by,
            largest=settings.photo_bytes_max,
            progress=progress,
        )


async def run_import(
    url: str, settings: Settings, publication: Source, pemilihan: str | None, progress: Told | None = None
) -> ImportReport:
    """Seal the original, then import it in one transaction."""
    async with open_sessions(url) as sessions:
        return await import_official(
            sessions, open_store(settings), publication, pemilihan=pemilihan, progress=progress
        )


async def run_recap(
    url: str, settings: Settings, totals: Source, kind: RecapKind, pemilihan: str | None
) -> RecapReport:
    """Seal the original, then take the totals in with one transaction."""
    async with open_sessions(url) as sessions:
        await seal(open_store(settings), totals.data)
        async with sessions.begin() as session:
            contest = await choose_contest(session, pemilihan)
            return await import_recap(session, contest=contest, source=totals, source_kind=kind)


async def import_official(
    sessions: Sessions,
    storage: ObjectStore,
    publication: Source,
    *,
    pemilihan: str | None = None,
    progress: Told | None = None,
) -> ImportReport:
    """Import a publication for the contest named, or for the only one that has official figures."""
    # Sealed first: a crash in between leaves bytes that nobody refers to, never a snapshot without its bytes.
    await seal(storage, publication.data)
    async with sessions.begin() as session:
        contest = await choose_contest(session, pemilihan)
        return await import_publication(session, contest=contest, source=publication, progress=progress)


async def run_list(url: str, pemilihan: str | None) -> list[Snapshot]:
    """Return the kept publications."""
    async with open_sessions(url) as sessions, sessions.begin() as session:
        contest = await choose_contest(session, pemilihan)
        return await list_snapshots(session, pemilihan_id=contest.id)


async def choose_contest(session: AsyncSession, kode: str | None) -> Contest:
    """Return the contest of this code; without one the only contest whose official names are known.

    Raises:
        NotFoundError: there is no such contest, or none or several to choose from.
    """
    if kode is not None:
        return await get_contest(session, kode=kode)
    able = [contest for contest in await list_contests(session) if contest.official_names]
    if len(able) == 1:
        return able[0]
    if not able:
        raise NotFoundError(
            "No contest with official figures is known.", "Import an election first:  ./runut pemilu import FILE"
        )
    raise NotFoundError(
        f"There are {len(able)} contests with official figures.",
        f"Name one:  --pemilihan {' | '.join(contest.kode for contest in able)}",
    )


def make_progress(what: str = "TPS") -> Progress:
    """Return the bar that counts."""
    count = TextColumn(f"{{task.completed:,.0f}} {what}")
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), count)
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True)
