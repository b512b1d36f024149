"""`./runut publish`: write what is counted as files for everybody, now; or all of it into a folder."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app.core.config import Settings, get_settings
from app.core.database import open_sessions
from app.core.storage import open_store
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest, list_contests
from app.publication.press import Press, mend_pointers
from app.publication.publish import Outcome, publish_contest
from app.publication.reading import PublishedFiles
from app.publication.shelf import open_shelf
from app.transparency.key_record import agree_on_key
from app.transparency.signing import open_signer
from workers.database import open_database
from workers.publish_static import write_folder

app = typer.Typer()
console = Console()


@app.command()
def publish(
    *,
    static: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write pages and data into this new folder as well.")
    ] = None,
    pemilihan: Annotated[str | None, typer.Option(help="Only this contest, e.g. ppwp-2024.")] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Write every file again, changed or not.")] = False,
) -> None:
    """Publish what changed since the last time. Workers do it by themselves; this does it now, and says what it did.

    With --static, everything that is published goes into a folder that works from any web server or USB stick: open its
    index.html. Numbers that the election file holds back are in neither.
    """
    settings = get_settings()
    with open_database(settings) as url:
        for contest, outcome in asyncio.run(publish_all(url, settings, pemilihan, anew=anew)):
            console.print(f"{contest.kode}: {describe(outcome)}", highlight=False)
        if static is not None:
            regions = asyncio.run(write_static(settings, static))
            console.print(f"{static / 'index.html'}: {regions:,} regions. Open it in any browser.", highlight=False)


async def publish_all(url: str, settings: Settings, kode: str | None, *, anew: bool) -> list[tuple[Contest, Outcome]]:
    """Publish one contest, or all, and say what came of each."""
    storage = open_store(settings)
    try:
        async with open_sessions(url) as sessions:
            press = Press(sessions, open_shelf(storage), open_signer(settings))
            async with sessions.begin() as session:
                await agree_on_key(session, signer=press.signer)
            async with sessions.begin() as session:
                contests = [await get_contest(session, kode=kode)] if kode else list(await list_contests(session))
            at = datetime.now(UTC)
            done = [(one, await publish_contest(press, pemilihan_id=one.id, now=at, anew=anew)) for one in contests]
            await mend_pointers(press, now=at)
            return done
    finally:
        storage.close()


async def write_static(settings: Settings, folder: Path) -> int:
    """Write the folder, showing how far it is."""
    storage = open_store(settings)
    columns = (SpinnerColumn(), TextColumn("Writing regions"), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("regions", total=None)
            files = PublishedFiles(open_shelf(storage))
            return await write_folder(files, folder, tell=lambda more: progress.advance(task, more))
    finally:
        storage.close()


def describe(outcome: Outcome) -> str:
    """Say in a sentence what a run did."""
    if not outcome.files:
        return f"nothing written; {outcome.why}."
    return f"{outcome.files:,} files in {outcome.volumes:,} objects, {outcome.byte_count / 1e6:,.1f} MB."
