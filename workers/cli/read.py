"""`./runut read FILE...`: read photographs of result sheets on this machine, without any service."""

import json
from collections.abc import Container, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from app.core.errors import InvalidInputError
from ocr.stations import group_by_station
from workers.read_pages import Line, add_beside, read_station
from workers.reader_process import LIMITS, ReaderProcess

app = typer.Typer(add_completion=False)

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".heic", ".heif", ".pdf")

UNUSED = str.maketrans("X-_", "000")
"""Crosses, dashes and blanks before a number stand for nought."""

KEPT_BYTES_MAX = 256 * 1024 * 1024
"""The largest picture of a stage that a reader may write, when it is asked to keep them."""


@app.command()
def read(
    files: Annotated[list[Path], typer.Argument(help="Photographs, scans, or folders of them.", show_default=False)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line a page.")] = False,
    each: Annotated[bool, typer.Option("--each", help="Read each page by itself.")] = False,
    keep: Annotated[Path | None, typer.Option(help="Write a picture of each stage into this folder.")] = None,
    beside: Annotated[
        bool, typer.Option("--beside", help="Also tally strokes and number words: experimental, counts for nothing.")
    ] = False,
) -> None:
    """Read photographs and scans of C.HASIL forms.

    Files that share the name before the first "-" are one TPS and share evidence: page 3's sums help to read page 2.
    Pages of a PDF or TIFF are named scan.pdf#1, scan.pdf#2. A refused page is no error: its reason is told, and nothing
    is read from it. Pages are decoded in processes of their own with limits of memory and time.
    """
    paths = list(dict.fromkeys(_list_pictures(files)))
    limits = LIMITS if keep is None else replace(LIMITS, file_bytes=KEPT_BYTES_MAX)
    with closing(ReaderProcess(limits, ("workers.look_at_files", "workers.chosen_net"))) as reader:
        station = partial(_read_one, reader, each=each, keep=keep, beside=beside)
        _tell(map(station, group_by_station(paths, each=each)), files=len(paths), as_json=as_json)


def _read_one(
    reader: ReaderProcess, paths: Sequence[Path], *, each: bool, keep: Path | None, beside: bool
) -> list[Line]:
    """The lines of one station's files, in their order."""
    lines = read_station(reader, paths, each=each, keep=keep)
    if not beside:
        return lines
    path_of = {str(path): path for path in paths}
    return [add_beside(reader, path_of[_file_of(line, path_of)], line) for line in lines]


def _file_of(line: Line, paths: Container[str]) -> str:
    """The file that a line is from: a page of a document is called after it, scan.pdf#1."""
    name: str = line["file"]
    return name if name in paths else name.rpartition("#")[0]


def _tell(stations: Iterator[list[Line]], *, files: int, as_json: bool) -> None:
    """Print the readings as they come."""
    if as_json:
        for line in chain.from_iterable(stations):
            typer.echo(json.dumps(line, ensure_ascii=False))
        return
    console = Console()
    with Progress(console=console, transient=True, disable=files == 1 or not console.is_terminal) as progress:
        for line in progress.track(chain.from_iterable(stations), total=files, description="reading"):
            _show(console, line)


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


def _show(console: Console, line: Line) -> None:
    name = escape(line["file"])
    if line["refused"] is not None:
        where = f" (page {line['page']})" if line["page"] else ""
        console.print(f"[bold]{name}[/]{where}: [yellow]not read[/] — {line['explanation']['en']}")
        if line["detail"]:
            console.print(f"  {line['detail']}", style="dim", markup=False)
        return
    title = f"{name}\n{line['form']}, page {line['page']}, {line['ms']:.0f} ms"
    table = Table(title=title, title_justify="left")
    for column in ("field", "boxes", "bubbles", "value", "confidence", ""):
        table.add_column(column, justify="right" if column in {"value", "confidence"} else "left")
    for field, said in line["fields"].items():
        table.add_row(*describe_field(field, said))
    console.print(table)
    for check in line["checks"]:
        if check["closes"] is False:
            console.print("  " + describe_open_sum(check), style="yellow")
    if beside := line.get("beside"):
        console.print("  beside the boxes (experimental, counts for nothing)", style="dim")
        for field, said in beside["fields"].items():
            console.print("  " + _say_beside(field, said), style="dim", markup=False)


def _say_beside(field: str, said: Line) -> str:
    """One line about a field, for eyes only."""
    strokes = "–" if said["strokes"] is None else said["strokes"]
    words = "–" if said["words_value"] is None else said["words_value"]
    return f"{field}: strokes {strokes}, words {words} ({said['words'] or 'none read'})"


def describe_field(field: str, said: Line) -> tuple[str, ...]:
    """The row of one field: where sums or bubbles chose another number than the boxes look like, it says so."""
    value = "–" if said["value"] is None else str(said["value"])
    mark = "[green]sure[/]" if said["sure"] else (said["reason"] or "to be read by people")
    if said["value"] is not None and said["digits"].translate(UNUSED) != value.zfill(len(said["digits"])):
        mark += ", boxes look otherwise"
    return field, said["digits"], said["bubbles"] or "–", value, f"{said['confidence']:.4f}", mark


def describe_open_sum(check: Line) -> str:
    """One line about a sum that does not close."""
    terms = " + ".join(check["terms"])
    return f"{terms} is {check['computed']}, but {check['total']} reads {check['written']} ({_say_fault(check)})."


def _say_fault(check: Line) -> str:
    """Whose fault it likely is: the paper's or the reader's, and how probable that is."""
    if check["paper"] is None:
        return check["hint"] or "cause unknown"
    likely = check["paper"] if check["hint"] == "paper" else 1 - check["paper"]
    return f"{check['hint']}, {likely:.0%} probable"
