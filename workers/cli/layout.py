"""`./runut layout edit` and `./runut layout check`: describe a new form, and try the description out."""

import tempfile
import webbrowser
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.core.errors import InvalidInputError
from ocr.draw.photograph import Tier
from ocr.layout import LayoutError
from workers.blank_pages import open_blank_pages
from workers.layout_check import TierResult, check_layout
from workers.layout_edit.server import EditServer, open_editor

app = typer.Typer(add_completion=False, no_args_is_help=True)

FAILED = 1
SHOWN_MISSES = 12


@app.callback()
def layout() -> None:
    """Add a form: draw its boxes on the blank page, then have it drawn, photographed and read."""


@app.command()
def edit(
    file: Annotated[Path, typer.Argument(help="The blank form: PDF, PNG or JPEG.", show_default=False)],
    *,
    layout: Annotated[Path | None, typer.Option(help="The layout file; FILE with .json if not given.")] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
) -> None:
    """Draw boxes, rules, titles, sums and private areas on a blank form, in a page that only this machine sees."""
    target = layout or file.with_suffix(".json")
    server = open_editor(target, open_blank_pages(file))
    typer.echo(f"The editor is at {server.address} (Ctrl-C ends it; {target} is written when you save).")
    if browser:
        webbrowser.open(server.address)
    _serve(server)


def _serve(server: EditServer) -> None:
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        typer.echo("The editor is closed.")
    finally:
        server.server_close()


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The layout file.", show_default=False)],
    *,
    form: Annotated[Path | None, typer.Option(help="The blank form (PDF or picture) to write on.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Papers a tier.")] = 5,
    tier: Annotated[list[str] | None, typer.Option(help="scan, photo or hard; scan and photo if not given.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same papers.")] = 1,
    pictures: Annotated[Path | None, typer.Option(help="Folder for pictures of what went wrong.")] = None,
) -> None:
    """Draw the form filled in, photograph it, read it, and show what came back. Ends with 1 when that is too little."""
    tiers = _parse_tiers(tier or ["scan", "photo"])
    folder = pictures or Path(tempfile.mkdtemp(prefix="layout-check-"))
    console = Console()
    try:
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("drawing and reading", total=count * len(tiers))
            results = check_layout(
                file.read_bytes(),
                blanks=open_blank_pages(form) if form else {},
                count=count,
                tiers=tiers,
                seed=seed,
                folder=folder,
                progress=lambda: progress.advance(bar),
            )
    except OSError as error:
        raise InvalidInputError(f"{file}: {error.strerror}.", "Name a layout file.") from error
    except LayoutError as error:
        raise InvalidInputError(f"{file}: {error}.", "Nothing was drawn; `layout edit` shows the place.") from error
    _show(console, results, folder)
    if not all(result.good for result in results):
        raise typer.Exit(FAILED)


def _parse_tiers(words: list[str]) -> list[Tier]:
    known = get_args(Tier)
    for word in words:
        if word not in known:
            raise InvalidInputError(f"--tier {word!r} is unknown.", f"Use one of {', '.join(known)}.")
    return [one for one in known if one in words]


def _show(console: Console, results: list[TierResult], folder: Path) -> None:
    table = Table()
    for column in ("tier", "pages", "refused", "fields", "right", "sure but wrong", ""):
        table.add_column(column, justify="left" if column in {"tier", ""} else "right")
    for one in results:
        share = f"{one.right} ({one.right / max(1, one.fields):.1%})"
        counts = (str(one.pages), str(one.refused), str(one.fields), share, str(one.sure_wrong))
        table.add_row(one.tier, *counts, "[green]good[/]" if one.good else "[red]not good enough[/]")
    console.print(table)
    misses = [miss for one in results for miss in one.misses]
    for miss in misses[:SHOWN_MISSES]:
        line = f"  {miss.photograph}: {miss.field or 'page'}: {miss.written} was read as {miss.read}"
        console.print(line, markup=False)
    if misses:
        console.print(f"{len(misses)} differences; photographs and what the reader saw: {folder}.", markup=False)
