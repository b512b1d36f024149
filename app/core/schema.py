"""Bring a database to the newest schema."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from app.core.config import PROJECT
from app.core.database import make_engine

MIGRATION_LOCK = 7_788_501
"""Key of the advisory lock that two starts at once queue up at."""


def make_alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's settings; with ``connection`` its commands run there."""
    config = Config(str(PROJECT / "alembic.ini"))
    config.set_main_option("script_location", str(PROJECT / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def migrate(url: str) -> None:
    """Run every migration that the database of ``url`` has not seen, all or none of them."""
    engine = make_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            # From here on a migration that would wait behind somebody's long transaction gives up instead of
            # holding up every other query on the table.
            await connection.execute(text("SET LOCAL lock_timeout = '10s'"))
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    command.upgrade(make_alembic_config(connection), "head")
