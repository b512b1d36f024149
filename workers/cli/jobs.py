"""`./runut jobs`: the jobs that were given up, and another try for them."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from workers.cli.account import run_in_database
from workers.set_aside import GivenUp, list_set_aside, try_again

app = typer.Typer(no_args_is_help=True, help="Jobs that were given up: a person decides what becomes of them.")

WORDS_SHOWN = 160


@app.command("list")
def show() -> None:
    """List the jobs that were given up, oldest first, with the last error's own words."""
    found = run_in_database(list_set_aside)
    if not found:
        typer.echo("No job was given up.")
        return
    table = Table("no.", "job", "about", "why", "last error", "given up")
    for one in found:
        about = ", ".join(f"{name} {value}" for name, value in one.payload.items())
        at = one.at.strftime("%Y-%m-%d %H:%M UTC")
        table.add_row(str(one.number), one.job, about[:WORDS_SHOWN], one.reason, one.message[:WORDS_SHOWN], at)
    Console().print(table)


@app.command()
def retry(numbers: Annotated[list[int], typer.Argument(help="Numbers of `jobs list`.")]) -> None:
    """Put jobs that were given up back into the queue, after what failed them was mended."""

    async def again(session: AsyncSession) -> list[GivenUp]:
        return [await try_again(session, number=number) for number in numbers]

    for one in run_in_database(again):
        typer.echo(f"{one.job} is in the queue again.")
