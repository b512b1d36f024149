"""`./runut key`: the key that signs receipts."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import get_settings
from app.transparency.key_record import find_recorded_key, record_key
from app.transparency.signing import find_key_file, make_key_file, open_signer
from workers.cli.account import run_in_database

app = typer.Typer(no_args_is_help=True, help="The key that signs receipts: make one for several sites, or change it.")


@app.command()
def make(
    file: Annotated[Path, typer.Argument(help="New file for the key; give it to every site, and to nobody else.")],
) -> None:
    """Make a key for RUNUT_SIGNING_KEY_FILE. One machine alone needs none: its first start makes its own."""
    signer = make_key_file(file)
    typer.echo(f"{file}: key {signer.key_id}, public key {signer.public_key}")
    typer.echo("It is a secret. Every site reads it:  RUNUT_SIGNING_KEY_FILE=" + str(file))


@app.command()
def show() -> None:
    """Show the public key of this machine and the one that the log names; ends with 1 when they differ."""
    settings = get_settings()
    signer = open_signer(settings)
    recorded = run_in_database(find_recorded_key)
    typer.echo(f"{find_key_file(settings)}: key {signer.key_id}, public key {signer.public_key}")
    typer.echo(f"In the log: {recorded or 'none yet'}")
    raise typer.Exit(int(recorded not in {None, signer.public_key}))


@app.command()
def adopt(
    reason: Annotated[str, typer.Argument(help="Why the key was changed; it is written into the public log.")],
) -> None:
    """Write into the log that this machine's key signs receipts from now on. Old receipts keep their old key."""
    signer = open_signer(get_settings())

    async def record(session: AsyncSession) -> int:
        return await record_key(session, signer=signer, reason=reason)

    typer.echo(f"Log entry {run_in_database(record)}: key {signer.key_id} signs receipts from now on.")
