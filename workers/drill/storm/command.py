"""`./runut drill storm`: run the drill, say how it goes, print what it found."""

import asyncio
import json
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.core.logs import configure_logs
from workers.drill import DrillFailedError
from workers.drill.storm.run import Outcome, Size, run_storm


def storm(
    *,
    results: Annotated[int, typer.Option(min=20, help="TPS with an accepted result.")] = 100_000,
    seed: Annotated[int | None, typer.Option(help="Chooses who is killed and who votes again.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often every result is corrected.")] = 3,
    batch: Annotated[int, typer.Option(min=1, help="Corrections in one transaction.")] = 10,
    kills: Annotated[int, typer.Option(min=0, help="Workers killed during the withdrawal.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Correct every result several times, withdraw readers of everything, and add all of it up again.

    Real workers and a durable PostgreSQL in a temporary folder. At full size about a quarter of an hour.
    """
    configure_logs()
    size = Size(
        results, secrets.randbelow(1_000_000) if seed is None else seed, rounds=rounds, batch=batch, kills=kills
    )
    console = Console(stderr=as_json)
    console.print(f"Drill storm, seed {size.seed}: {results:,} results.")
    folder = Path(tempfile.mkdtemp(prefix="runut-drill-"))
    folder.chmod(0o755)  # root's PostgreSQL runs as another user, who has to come through
    outcome = asyncio.run(run_storm(folder, size, console.print))
    if as_json:
        typer.echo(json.dumps(outcome.to_json()))
    _print(console, outcome)
    if outcome.wrong:
        raise DrillFailedError(f"The drill failed; seed {size.seed}.", f"Everything was kept in {folder}.")
    shutil.rmtree(folder)


def _print(console: Console, outcome: Outcome) -> None:
    done = outcome.tally
    console.print(
        f"{done.corrected:,} corrections; {done.withdrawn_sections:,} sections decided again after a withdrawal, "
        f"{done.answered:,} answers, {done.revotes} revotes and {done.killed} killed workers meanwhile."
    )
    for line in outcome.wrong:
        console.print(f"[red]WRONG[/] {line}")
    if not outcome.wrong:
        console.print("Nothing lost, nothing wrong: every level adds up, every decision is a calm hour's.")
