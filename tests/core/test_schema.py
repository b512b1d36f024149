from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions, make_engine
from app.core.jobs import QUEUE_TABLES
from app.core.schema import migrate
from app.models import metadata


def _differences(connection: Connection) -> list[object]:
    def is_ours(item: object, name: str | None, *_: object) -> bool:
        return name not in QUEUE_TABLES and getattr(getattr(item, "table", None), "name", None) not in QUEUE_TABLES

    options = {"compare_type": True, "compare_server_default": True, "include_object": is_ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_migrations_make_what_the_models_say(session: AsyncSession) -> None:
    differences = await (await session.connection()).run_sync(_differences)
    assert not differences, "change the models and the migrations together"


async def test_a_second_migration_finds_nothing_to_do(database: str, sessions: Sessions) -> None:
    await migrate(database)
    async with sessions.begin() as session:
        assert (await session.execute(text("SELECT count(*) FROM alembic_version"))).scalar_one() == 1


async def test_the_log_is_guarded_in_a_migrated_database(database: str) -> None:
    engine = make_engine(database)
    async with engine.connect() as connection:
        triggers = await connection.execute(
            text("SELECT tgname FROM pg_trigger WHERE tgrelid = 'log_entry'::regclass AND NOT tgisinternal")
        )
        assert {name for (name,) in triggers} == {"log_entry_append_only", "log_entry_no_truncate"}
    await engine.dispose()
