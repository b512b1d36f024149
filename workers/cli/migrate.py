"""`./runut migrate`: bring the database to the newest schema without serving."""

import typer

from app.core.config import get_settings
from workers.database import open_database

app = typer.Typer()


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema; a database that is there already stays as it is."""
    with open_database(get_settings()):
        typer.echo("The database has the newest schema.")
