"""`./runut read FILE...`: read photographs of result sheets on this machine, without any service."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.core.errors import InvalidInputError
from ocr.read_files import read_files
from ocr.reading import Check, FieldReading, PhotoReading
from ocr.refusals import SENTENCES

app = typer.Typer(add_completion=False)

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")


@app.command()
def read(
    files: Annotated[list[Path], typer.Argument(help="Photographs, or folders of them.", show_default=False)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line a file.")] = False,
    each: Annotated[bool, typer.Option("--each", help="Read each file by itself.")] = False,
    keep: Annotated[Path | None, typer.Option(help="Write a picture of each stage into this folder.")] = None,
) -> None:
    """Read photographs of C.HASIL forms.

    Files that share the name before the first "-" are one TPS and share evidence: page 3's sums help to read page 2.
    A refused page is no error: its reason is told, and nothing is read from it.
    """
    paths = list(_list_pictures(files))
    readings = read_files(paths, each=each, keep=keep)
    if as_json:
        for reading in readings:
            typer.echo(json.dumps(reading.to_json(), ensure_ascii=False))
        return
    console = Console()
    with Progress(console=console, transient=True, disable=len(paths) == 1 or not console.is_terminal) as progress:
        for reading in progress.track(readings, total=len(paths), description="reading"):
            _show(console, reading)


def _list_pictures(files: list[Path]) -> Iterator[Path]:
    """Yield the files, and the pictures inside folders.

    Raises:
        InvalidInputError: a name leads nowhere, or a folder holds no pictures.
    """
    for path in files:
        if not path.exists():
            raise InvalidInputError(f"There is no file {path}.", "Check the name; nothing was read.")
        if path.is_file():
            yield path
            continue
        inside = sorted(one for one in path.iterdir() if one.suffix.lower() in PICTURES)
        if not inside:
            raise InvalidInputError(f"The folder {path} holds no pictures.", f"They end in {', '.join(PICTURES)}.")
        yield from inside


def _show(console: Console, reading: PhotoReading) -> None:
    if reading.refused is not None:
        where = f" (page {reading.page})" if reading.page else ""
        console.print(f"[bold]{reading.file}[/]{where}: [yellow]not read[/] — {SENTENCES[reading.refused].en}")
        if reading.detail:
            console.print(f"  {reading.detail}", style="dim")
        return
    title = f"{reading.file}\n{reading.form}, page {reading.page}, {reading.ms:.0f} ms"
    table = Table(title=title, title_justify="left")
    for column in ("field", "boxes", "bubbles", "value", "confidence", ""):
        table.add_column(column, justify="right" if column in {"value", "confidence"} else "left")
    for field in reading.fields.values():
        table.add_row(*_row(field))
    console.print(table)
    for check in reading.checks:
        if check.closes is False:
            console.print("  " + _say_open_sum(check), style="yellow")


def _row(field: FieldReading) -> tuple[str, ...]:
    value = "–" if field.value is None else str(field.value)
    mark = "[green]sure[/]" if field.sure else (field.reason or "to be read by people")
    return field.name, field.digits, field.bubbles or "–", value, f"{field.confidence:.4f}", mark


def _say_open_sum(check: Check) -> str:
    terms = " + ".join(check.terms)
    return f"{terms} is {check.computed}, but {check.total} reads {check.written} ({check.hint or 'cause unknown'})."
