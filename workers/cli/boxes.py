"""`./runut boxes`: single digit boxes, cut out of forms: read them, or turn what volunteers read into such a file."""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import Progress

from app.core.config import Settings, get_settings
from app.core.database import open_sessions
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.storage import open_store
from ocr.box_values import BoxValue, value_boxes
from ocr.classify import ModelError, load_classifier
from ocr.model import MODELS
from workers.box_file import BoxFile, open_box_file
from workers.database import open_database
from workers.export_boxes import CHILD, Export, gather_boxes, write_boxes
from workers.reader_process import LIMITS, ReaderProcess

app = typer.Typer(help="Single digit boxes, cut out of forms.", no_args_is_help=True, add_completion=False)

SHOW_PROGRESS_ABOVE = 2_000
"""Pictures; fewer take no time worth a bar."""

Show: TypeAlias = Callable[[int, BoxValue, int | None], None]


@app.callback()
def begin() -> None:
    """Single digit boxes, cut out of forms."""


@app.command("read")
def read_command(
    file: Annotated[Path, typer.Argument(help="An .npz file with an array x of box pictures.", show_default=False)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines: one object a picture.")] = False,
    key: Annotated[str, typer.Option(help="Name of the array of pictures.")] = "x",
    labels: Annotated[str | None, typer.Option(help="Name of an array of true values: say how many are right.")] = None,
    model: Annotated[str, typer.Option(help=f"The net to read with: {' or '.join(MODELS)}.")] = MODELS[0],
) -> None:
    """Read pictures of digit boxes, uint8 (N, 64, 64), border and guide dots included.

    With --json, every picture gives one line on standard output, in the order of the file:
    {"index", "value", "probability", "symbol", "symbol_probability"}. A cross (X), a dash (-) and a blank box (_) have
    the value 0; the probability is that of the value, the sum over its symbols. How many are right (--labels) is said
    on standard error then. Labels below 0 mean "not known" and are left out of the count.
    """
    boxes = open_box_file(file, key)
    truth = None if labels is None else boxes.read_labels(labels).tolist()
    answers = _follow(_read_boxes(boxes, model), boxes.count)
    right = _tell(answers, truth, _print_json if as_json else _print_line)
    if truth is not None:
        typer.echo(_say_accuracy(right, sum(label >= 0 for label in truth)), err=as_json)


@app.command("export")
def export_command(
    *,
    out: Annotated[Path, typer.Option(help="The .npz file to write.", show_default=False)],
    since: Annotated[
        datetime | None,
        typer.Option(help="Only decisions made since then (UTC).", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many box pictures.")] = 50_000,
) -> None:
    """Write labelled pictures of digit boxes that volunteers have read blind and the rule has accepted.

    The file holds x (N, 64, 64), y (0 to 9; -1: not known, as leading places may be crossed, dashed, nought or blank),
    photo (a salted number, equal for boxes of one photograph) and about (what it was made of, as JSON). No name, no
    polling station. `./runut boxes read FILE --labels y` reads it; the training takes it with --volunteers.
    """
    if out.exists():
        raise ConflictError(f"{out} exists already.", "Choose another name; nothing was written.")
    if not out.absolute().parent.is_dir():
        raise InvalidInputError(f"There is no folder {out.absolute().parent}.", "Make it first.")
    settings = get_settings()
    with open_database(settings) as url:
        export = asyncio.run(_gather(url, settings, None if since is None else since.replace(tzinfo=UTC), limit))
    if not export.boxes:
        raise NotFoundError("No accepted section was read blind.", "Decide some first; nothing was written.")
    typer.echo(json.dumps(write_boxes(export, out), indent=1))


async def _gather(url: str, settings: Settings, since: datetime | None, limit: int) -> Export:
    with closing(ReaderProcess(LIMITS, (CHILD,))) as reader:
        async with open_sessions(url) as sessions:
            return await gather_boxes(sessions, open_store(settings), reader, since=since, limit=limit)


def _read_boxes(boxes: BoxFile, model: str) -> Iterator[BoxValue]:
    """Yield the answers, a few hundred pictures in memory at a time."""
    try:
        classifier = load_classifier(model)
    except ModelError as error:
        raise InvalidInputError(
            f"The net cannot be used: {error}.", f"--model is one of {', '.join(MODELS)}."
        ) from error
    for pictures in boxes.read_pictures():
        yield from value_boxes(classifier.classify(pictures))


def _follow(answers: Iterator[BoxValue], count: int) -> Iterable[BoxValue]:
    """Pass the answers on, with a bar on standard error where there are many."""
    with Progress(console=Console(stderr=True), transient=True, disable=count <= SHOW_PROGRESS_ABOVE) as progress:
        yield from progress.track(answers, total=count, description="reading")


def _tell(answers: Iterable[BoxValue], truth: Sequence[int] | None, show: Show) -> int:
    """Print every answer, and return how many are right."""
    right = 0
    for index, answer in enumerate(answers):
        label = None if truth is None else truth[index]
        right += answer.value == label
        show(index, answer, label)
    return right


def _print_json(index: int, answer: BoxValue, label: int | None) -> None:
    said = {name: round(value, 7) if isinstance(value, float) else value for name, value in asdict(answer).items()}
    typer.echo(json.dumps({"index": index, **said} | ({} if label is None else {"label": label})))


def _print_line(index: int, answer: BoxValue, label: int | None) -> None:
    wrong = "" if label is None or label in {answer.value, -1} else f"\t(label {label})"
    typer.echo(f"{index}\t{answer.value}\t{answer.probability:.5f}\t{answer.symbol}{wrong}")


def _say_accuracy(right: int, known: int) -> str:
    if not known:
        return "No picture has a label of 0 or more."
    return f"{right} of {known} right ({100 * right / known:.2f} %), {known - right} wrong."
