"""`./runut drill kill`: run the drill, show how it goes, print what it found."""

import asyncio
import json
import secrets
import shutil
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.core.logs import configure_logs
from workers.drill import DrillFailedError
from workers.drill.kill.controls import run_controls
from workers.drill.kill.plan import Size
from workers.drill.kill.report import Bars, as_json, print_outcome
from workers.drill.kill.run import Outcome, prepare_scene, run_drill


def kill(
    *,
    kills: Annotated[int, typer.Option(min=7, help="How many times something is killed.")] = 200,
    uploads: Annotated[int, typer.Option(min=50, help="Photographs that are uploaded.")] = 20_000,
    readings: Annotated[int, typer.Option(min=100, help="Readings by people, one a page.")] = 100_000,
    seed: Annotated[int | None, typer.Option(help="The same seed kills the same things at the same points.")] = None,
    controls: Annotated[bool, typer.Option(help="Also show that the checks fail where they must.")] = True,
    as_json_wanted: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the folder even if nothing was found.")] = False,
) -> None:
    """Kill sites, workers, readers and PostgreSQL (kill -9) at random moments; nothing acknowledged may be lost.

    Two sites, two workers and a PostgreSQL of its own in a temporary folder, people over HTTP who repeat what was not
    acknowledged. Afterwards everything is compared with what they were told, and two deliberately broken variants show
    that the comparison can fail. At full size about half an hour.
    """
    configure_logs()
    size = Size(kills, uploads, readings, secrets.randbelow(1_000_000) if seed is None else seed)
    console = Console(stderr=as_json_wanted)
    console.print(f"Drill kill, seed {size.seed}: {kills} kills, {uploads:,} uploads, {readings:,} readings.")
    folder = Path(tempfile.mkdtemp(prefix="runut-drill-"))
    folder.chmod(0o755)  # root's PostgreSQL runs as another user, who has to come through
    outcome = asyncio.run(run_all(folder, size, console, controls=controls))
    if as_json_wanted:
        typer.echo(json.dumps(as_json(outcome)))
    print_outcome(console, outcome)
    if not outcome.passed:
        raise DrillFailedError(f"The drill failed; seed {size.seed}.", f"Everything was kept in {folder}.")
    if keep:
        console.print(f"Kept in {folder}")
    else:
        shutil.rmtree(folder)


async def run_all(folder: Path, size: Size, console: Console, *, controls: bool) -> Outcome:
    """Prepare, run the drill, then the controls if all is well: they would spoil what a failure left behind."""
    outcome = Outcome(size)
    with Bars(console) as bars:
        began = time.monotonic()
        scene = await prepare_scene(folder, size)
        outcome.seconds["preparation"] = time.monotonic() - began
        try:
            record = await run_drill(scene, outcome, bars.tell)
            if controls and outcome.passed:
                began = time.monotonic()
                outcome.controls = [asdict(control) for control in await run_controls(scene, record)]
                outcome.seconds["controls"] = time.monotonic() - began
        finally:
            await asyncio.to_thread(scene.database.stop)
    return outcome
