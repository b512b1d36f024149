"""`./runut boxes`: single digit boxes, cut out of forms: read them, or turn what volunteers read into such a file."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import Progress

from app.core.errors import InvalidInputError
from ocr.box_values import BoxValue, value_boxes
from ocr.classify import MODELS, ModelError, load_classifier
from workers.box_file import BoxFile, open_box_file

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
