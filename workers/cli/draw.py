"""`./runut draw FOLDER`: draw filled result sheets and photograph them, with the truth beside them."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.core.errors import InvalidInputError
from ocr.draw.command import draw_to_folder

app = typer.Typer(add_completion=False)


class Tier(StrEnum):
    """How bad the photographs are."""

    SCAN = "scan"
    PHOTO = "photo"
    HARD = "hard"


class Split(StrEnum):
    """Whose hands write."""

    TRAIN = "train"
    EVALUATION = "evaluation"
    DEMO = "demo"


@app.command()
def draw(
    folder: Annotated[Path, typer.Argument(help="Where to write; made when missing.", show_default=False)],
    *,
    count: Annotated[int, typer.Option(min=1, help="How many TPS.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same forms.")] = 1,
    tier: Annotated[Tier, typer.Option(help="Condition of the photographs.")] = Tier.PHOTO,
    split: Annotated[Split, typer.Option(help="Whose hands write.")] = Split.DEMO,
    pages: Annotated[str, typer.Option(help="Pages, separated by commas.")] = "2,3",
) -> None:
    """Draw forms to practise on: `<TPS>-hal<page>.jpg`, and `truth.json` with what is written on each.

    The forms are invented; only the names of the regions are true. `./runut read FOLDER` reads them.
    """
    numbers = _parse_pages(pages)
    _check_free(folder)
    columns = (TextColumn("drawing TPS"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=count)
        truth = draw_to_folder(
            folder,
            count=count,
            seed=seed,
            tier=tier.value,
            split=split.value,
            pages=numbers,
            progress=lambda done, _: progress.update(bar, completed=done),
            processes=min(count, os.cpu_count() or 1),
        )
    typer.echo(f"{len(truth)} photographs and truth.json are in {folder}.")


def _parse_pages(text: str) -> tuple[int, ...]:
    pages = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if not pages or any(page not in {"1", "2", "3"} for page in pages):
        raise InvalidInputError(f"--pages {text!r} names no pages.", "C.HASIL-PPWP has pages 1, 2 and 3: --pages 2,3")
    return tuple(int(page) for page in pages)


def _check_free(folder: Path) -> None:
    """Refuse a folder that holds other things: nothing of the user's is overwritten."""
    if folder.exists() and not folder.is_dir():
        raise InvalidInputError(f"{folder} is a file.", "Name a folder to write into.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "truth.json").is_file():
        raise InvalidInputError(f"{folder} is not empty and was not drawn here.", "Name a new folder.")
