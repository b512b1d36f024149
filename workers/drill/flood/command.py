"""`./runut drill flood`: run the drill, show how it goes, print what it found."""

import asyncio
import json
import secrets
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from app.core.logs import configure_logs
from workers.drill import DrillFailedError
from workers.drill.flood.plan import Size
from workers.drill.flood.run import Outcome, run_flood

CONTROL = (200, 5, 20, 10)


def flood(
    *,
    copies: Annotated[int, typer.Option(min=10, help="Uploads of the same few pictures, encoded anew.")] = 10_000,
    pictures: Annotated[int, typer.Option(min=2, help="How many pictures those are.")] = 50,
    genuine: Annotated[int, typer.Option(min=10, help="Genuine forms among them.")] = 3_000,
    others: Annotated[int, typer.Option(min=0, help="Pictures that are no form.")] = 2_000,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes, each with a reader a processor.")] = 1,
    seed: Annotated[int | None, typer.Option(help="Draws the same pictures and sends them in the same order.")] = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="Send nothing more after this time; judge what was.")] = 1e9,
    controls: Annotated[bool, typer.Option(help="Also show that it fails without looking for copies.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Send thousands of copies of a few pictures among genuine forms; reviewers must see one item a picture.

    Real intake, real workers and a durable PostgreSQL in a temporary folder.
    """
    configure_logs()
    size = Size(copies, pictures, genuine, others, secrets.randbelow(1_000_000) if seed is None else seed, workers)
    size = replace(size, minutes=minutes)
    console = Console(stderr=as_json)
    console.print(f"Drill flood, seed {size.seed}: {copies + genuine + others:,} uploads.")
    folder, outcome = _run(console, size)
    seen = not controls or _run_control(console, size.seed)
    if as_json:
        typer.echo(json.dumps({**outcome.to_json(), "control_failed_as_it_must": seen if controls else None}))
    _print(console, outcome)
    if outcome.wrong or not seen:
        raise DrillFailedError(f"The drill failed; seed {size.seed}.", f"Everything was kept in {folder}.")
    shutil.rmtree(folder)


def _run(console: Console, size: Size) -> tuple[Path, Outcome]:
    folder = Path(tempfile.mkdtemp(prefix="runut-drill-"))
    folder.chmod(0o755)  # root's PostgreSQL runs as another user, who has to come through
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bars: dict[str, TaskID] = {}

        def tell(what: str, done: int, every: int) -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=every)
            progress.update(bars[what], completed=done)

        return folder, asyncio.run(run_flood(folder, size, tell))


def _run_control(console: Console, seed: int) -> bool:
    """Tell whether the drill fails when copies are not looked for, in a small flood of its own."""
    folder, outcome = _run(console, Size(*CONTROL, seed, find_copies=False))
    shutil.rmtree(folder)
    console.print(f"Control, copies not looked for: {'; '.join(outcome.wrong) or 'NOTHING FOUND, the drill is blind'}.")
    return bool(outcome.wrong)


def _print(console: Console, outcome: Outcome) -> None:
    found, size = outcome.found, outcome.size  # what was sent, not what was planned
    assert found is not None, "counted at the end"
    for name, count in found.states.items():
        console.print(f"  {name}: {count:,}")
    console.print(
        f"Reviewers see {found.seen} items ({', '.join(f'{name} {count}' for name, count in found.items.items())}); "
        f"of {size.genuine:,} genuine forms {found.lost} were set aside by machine and {found.unreadable} could not "
        f"be read; {found.counted:,} of {size.copies:,} copies still stand as photographs. "
        f"{outcome.seconds['read']:.0f} s."
    )
    for line in outcome.wrong:
        console.print(f"[red]WRONG[/] {line}")
