"""What Alembic runs: the migrations on the connection it was given, or on DATABASE_URL when called by hand."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.sql.schema import SchemaItem

from app.core.config import get_settings
from app.core.database import make_engine
from app.core.jobs import QUEUE_TABLES
from app.models import metadata


def is_ours(item: SchemaItem, name: str | None, kind: str, *_: object) -> bool:
    """Leave the job queue's tables to the library that owns them."""
    table: Any = item if kind == "table" else getattr(item, "table", None)
    return name not in QUEUE_TABLES and getattr(table, "name", None) not in QUEUE_TABLES


def run_migrations(connection: Connection) -> None:
    """Run what was asked for on `connection`."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=is_ours,
        compare_type=True,
        # Each in its own: a migration may leave its transaction (autocommit_block) to build an index concurrently.
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_by_hand() -> None:
    """Run on DATABASE_URL."""
    url = get_settings().database_url
    if url is None:
        raise SystemExit("Set DATABASE_URL, or use ./runut migrate for the embedded database.")
    engine = make_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(run_migrations)
    await engine.dispose()


given: Connection | None = context.config.attributes.get("connection")
if given is None:
    asyncio.run(run_by_hand())
else:
    run_migrations(given)
