"""`./runut work`: workers alone, for machines that serve no site."""

import asyncio
import signal
from typing import Annotated

import typer

from app.core.config import Settings, get_settings
from app.core.errors import InvalidInputError
from workers.database import open_database
from workers.team import WorkerTeam

app = typer.Typer()


@app.command()
def work(*, workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1) -> None:
    """Run workers, and no site, on the database of DATABASE_URL until SIGTERM; they finish what they have begun.

    Give them the photographs too: the same RUNUT_S3_... settings, or the same RUNUT_HOME, as the sites.
    """
    settings = get_settings()
    if settings.database_url is None:
        raise InvalidInputError(
            "`./runut work` needs DATABASE_URL: workers without a site share the database of one.",
            "Set DATABASE_URL=postgresql://..., or run `./runut serve`, which brings its own database and workers.",
        )
    with open_database(settings) as url:
        asyncio.run(keep_working(workers, url, settings))


async def keep_working(size: int, url: str, settings: Settings) -> None:
    """Keep a team of `size` workers running until SIGTERM or Ctrl-C, then let it end in order."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, told.set)
    team = WorkerTeam(size, url, settings)
    keeping = asyncio.create_task(team.keep_running())
    try:
        typer.echo(f"Runut: {size} workers   (Ctrl-C stops them)")
        await told.wait()
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await asyncio.to_thread(team.stop)
