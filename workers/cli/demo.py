"""`./runut demo`: a whole small election on this machine, photo to tally."""

import asyncio
import json
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from app.core.config import get_settings
from app.core.errors import RunutError
from app.core.postgres import EmbeddedPostgres
from workers.demo.night import Login, StuckError
from workers.demo.own import find_photos, print_outcome, upload_photos
from workers.demo.people import Habits
from workers.demo.places import wilayah_csv_for
from workers.demo.plan import make_plan
from workers.demo.run import Board, Ground, explain_stuck, make_demo_home, open_demo, open_ground
from workers.demo.summary import Summary, print_summary

app = typer.Typer(add_completion=False)


class DemoFailedError(RunutError):
    """The demonstration did not come to its end, or its outcome is not what was planned."""

    code = "demo_failed"


@app.command()
def demo(
    *,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other papers, hands and mistakes.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON line.")] = False,
    leave: Annotated[
        bool, typer.Option("--exit", help="End after the summary instead of leaving the site open.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the site; 0: a free one.")] = 0,
    photos: Annotated[
        Path | None, typer.Option(help="Your own photographs instead of drawn ones; names: TPS code, dash, page.")
    ] = None,
    errors: Annotated[float, typer.Option(min=0, max=0.5, help="How often a volunteer misreads a field.")] = 0.01,
    sites: Annotated[int | None, typer.Option(min=1, max=8, hidden=True)] = None,
) -> None:
    """Run 24 TPS in 2 provinces from photograph to tally, with simulated volunteers who sometimes err.

    Everything is drawn and invented here: forms, numbers, official figures with planted differences. Nothing outside
    the demonstration's own folder is touched, and that folder is removed at the end.

    With --photos your own photographs are uploaded and read by machine; nobody is simulated, you check them yourself.
    """
    # --sites N: N sites with a worker each, on the empty database of DATABASE_URL and the bucket of RUNUT_S3_BUCKET, as
    # in a large installation. For tests: it fills both, so it is not offered.
    own = None if photos is None else find_photos(photos)
    settings = make_demo_home(get_settings(), own_servers=sites is None)
    board = Board(Console(stderr=True))
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if own is None:
            with board.progress, open_demo(settings, make_plan(seed), seed, port, board, sites=sites or 1) as running:
                summary = asyncio.run(running.run_night(Habits(field_error=errors)))
                board.progress.stop()
                _report(summary, as_json=as_json)
                _stay_open(running.ground, _first_of_each_role(running.ground.logins), as_json=as_json, leave=leave)
        else:
            with open_ground(settings, wilayah_csv_for(one.tps_kode for one in own), port, board.say) as ground:
                outcome = asyncio.run(upload_photos(ground, own, board.say))
                _report_own(outcome, as_json=as_json)
                _stay_open(ground, ground.logins, as_json=as_json, leave=leave)
    except (StuckError, BaseExceptionGroup) as error:
        kept = settings.home
        raise DemoFailedError(explain_stuck(error, kept), f"The folder {kept} is kept for a look.") from error
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
    EmbeddedPostgres(settings.home / "postgres").remove()  # as root, its data may lie elsewhere
    shutil.rmtree(settings.home, ignore_errors=True)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _report(summary: Summary, *, as_json: bool) -> None:
    """Print the outcome.

    Raises:
        DemoFailedError: it is not what was planned.
    """
    if as_json:
        typer.echo(json.dumps(summary.to_json()))
    else:
        print_summary(Console(), summary)
    if not summary.holds:
        raise DemoFailedError("The outcome is not what was planned; see the summary above.", "Please report the seed.")


def _report_own(outcome: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(outcome))
    else:
        print_outcome(Console(), outcome)


def _stay_open(ground: Ground, logins: Sequence[Login], *, as_json: bool, leave: bool) -> None:
    """Print address and logins and wait for Ctrl-C, unless the demonstration is to end."""
    if leave:
        return
    console = Console(stderr=as_json)
    console.print(f"\nThe site is open: [bold]{ground.address}[/]   (Ctrl-C ends it and removes the demonstration)")
    for login in logins:
        console.print(f"  {login.role:10} {login.name:12} {login.password}", highlight=False)
    signal.pause()


def _first_of_each_role(logins: Sequence[Login]) -> list[Login]:
    """One account of each role is enough to look around."""
    first: dict[str, Login] = {}
    for login in logins:
        first.setdefault(login.role, login)
    return list(first.values())
