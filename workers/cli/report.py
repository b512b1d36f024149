"""`./runut report`: the differences between accepted results and official figures."""

import asyncio
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from rich.console import Console
from rich.table import Table

from app.core.config import get_settings
from app.core.database import open_sessions
from app.core.errors import InvalidInputError
from app.discrepancy.kinds import Kind
from app.discrepancy.listing import PAGE_MAX, list_discrepancies
from app.reports.answers import DiscrepancyList, answer_page
from app.reports.asking import StateWord, make_filter
from app.reports.discrepancy_report import stream_discrepancies
from app.reports.regions import find_places
from workers.database import open_database

app = typer.Typer(
    help="Write the differences between results and official figures.", no_args_is_help=True, add_completion=False
)
console = Console()

LISTED = 50
DASH = Path("-")


@app.callback()
def begin() -> None:
    """Write the differences between results and official figures."""


@app.command("discrepancies")
def discrepancies_command(
    *,
    pemilihan: Annotated[str | None, typer.Option(help="Contest, e.g. ppwp-2024. Default: all.")] = None,
    wilayah: Annotated[str | None, typer.Option(help="Any region's or TPS's code. Default: all.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Default: all kinds.")] = None,
    state: Annotated[str, typer.Option(help="open, closed or all.")] = "open",
    field: Annotated[str | None, typer.Option(help="One field or sum.")] = None,
    min_size: Annotated[int, typer.Option(min=0, help="Smallest size, without its sign.")] = 0,
    csv: Annotated[Path | None, typer.Option(help="Write all of them to this file as CSV; - prints them.")] = None,
    excel: Annotated[bool, typer.Option("--excel", help="Begin the CSV with the mark that Excel needs.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print totals and the first 500 as JSON.")] = False,
) -> None:
    """Show the differences, the largest first; or write all of them to a file.

    A difference says that two copies of one sheet are to be checked, not which one is right.
    """
    if state not in get_args(StateWord):
        raise InvalidInputError(f"--state is {state!r}.", "Write open, closed or all.")
    asked = {
        "pemilihan": pemilihan,
        "wilayah": wilayah,
        "kind": kind,
        "state": state,
        "field": field,
        "min_size": min_size,
    }
    settings = get_settings()
    with open_database(settings) as url:
        if csv is not None:
            asyncio.run(write_csv(url, asked, csv, site=settings.base_url, excel=excel))
            return
        found = asyncio.run(read_page(url, asked, limit=PAGE_MAX if json else LISTED))
    if json:
        typer.echo(found.model_dump_json())
    else:
        print_page(found)


async def read_page(url: str, asked: dict[str, Any], *, limit: int) -> DiscrepancyList:
    """Return the largest differences with the totals of all."""
    async with open_sessions(url) as sessions, sessions.begin() as session:
        filters = await make_filter(session, **asked)
        page = await list_discrepancies(session, filters=filters, limit=limit)
        places = await find_places(session, (item.tps_kode for item in page.items))
    return answer_page(page, places)


async def write_csv(url: str, asked: dict[str, Any], path: Path, *, site: str, excel: bool) -> None:
    """Write the whole CSV to a file, or to the standard output for ``-``."""
    async with open_sessions(url) as sessions:
        async with sessions.begin() as session:
            filters = await make_filter(session, **asked)
        blocks = stream_discrepancies(sessions, filters=filters, site=site, excel=excel)
        with nullcontext(sys.stdout.buffer) if path == DASH else path.open("wb") as file:
            async for block in blocks:
                file.write(block)
            file.flush()
    if path != DASH:
        console.print(f"Wrote {path}", markup=False)


def print_page(found: DiscrepancyList) -> None:
    """Print a table for a person."""
    totals = found.totals
    if not totals.count:
        console.print("No differences. (Results and official figures must both be there to be compared.)")
        return
    table = Table("TPS", "place", "field", "ours", "official", "difference")
    for item in found.items:
        place = f"{item.provinsi}, {item.kabupaten_kota}, {item.kecamatan}, {item.kelurahan}, TPS {item.tps}"
        ours = "" if item.ours is None else f"{item.ours:,}"
        field = item.field if item.kind is Kind.NUMBER else f"{item.field} (sum)"
        table.add_row(item.tps_kode, place, field, ours, f"{item.official:,}", f"{item.difference:+,}")
    console.print(table)
    shown = f"; the {len(found.items)} largest are shown" if len(found.items) < totals.count else ""
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in totals.by_kind.items() if count)
    console.print(f"{totals.count:,} differences at {totals.tps:,} TPS ({kinds}){shown}. To be checked, no accusation.")
