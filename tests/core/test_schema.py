import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import schema
from app.core.database import Sessions, make_engine
from app.core.jobs import QUEUE_TABLES
from app.core.schema import OLDEST_SOFTWARE, NewerSchemaError, find_schema_state, list_revisions, migrate
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


async def say(sessions: Sessions, *statements: str) -> None:
    async with sessions.begin() as session:
        for statement in statements:
            await session.execute(text(statement))


async def test_a_migrated_database_says_which_software_runs_on_it(database: str, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        state = await find_schema_state(session)
    assert (state.found, state.oldest_software, state.serves) == (list_revisions()[0], OLDEST_SOFTWARE, True)
    assert OLDEST_SOFTWARE in list_revisions()


async def test_older_software_works_on_where_the_later_release_lets_it(database: str, sessions: Sessions) -> None:
    await say(sessions, "UPDATE alembic_version SET version_num = '0999'")
    await migrate(database)
    async with sessions.begin() as session:
        state = await find_schema_state(session)
    assert (state.found, state.is_known, state.serves) == ("0999", False, True)


@pytest.mark.parametrize("comment", ["'oldest software: 0998'", "NULL"])
async def test_older_software_refuses_clearly_where_it_cannot_work(
    database: str, sessions: Sessions, comment: str
) -> None:
    await say(
        sessions,
        "UPDATE alembic_version SET version_num = '0999'",
        f"COMMENT ON TABLE alembic_version IS {comment}",
    )
    with pytest.raises(NewerSchemaError, match=r"0999 of a later release.*cannot work on it.*Start the later release"):
        await migrate(database)
    async with sessions.begin() as session:
        assert not (await find_schema_state(session)).serves


CONCURRENTLY = """
from alembic import op

revision = "0999"
down_revision = "{newest}"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index("ix_photo_byte_count", "photo", ["byte_count"], postgresql_concurrently=True)
"""


async def test_an_index_is_built_concurrently_while_two_sites_start(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0999_index.py").write_text(CONCURRENTLY.format(newest=list_revisions()[0]))
    ours = schema.make_alembic_config

    def with_one_more(*words: Connection) -> object:
        config = ours(*words)
        folders = f"{config.get_main_option('script_location')}/versions {tmp_path}"
        config.set_main_option("version_locations", folders)
        config.set_main_option("path_separator", "space")
        return config

    monkeypatch.setattr(schema, "make_alembic_config", with_one_more)
    list_revisions.cache_clear()
    try:
        await asyncio.wait_for(asyncio.gather(migrate(database), migrate(database)), 30)
    finally:
        list_revisions.cache_clear()
    engine = make_engine(database)
    async with engine.connect() as connection:
        found = await connection.execute(
            text("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_photo_byte_count'::regclass")
        )
        assert found.scalar_one()
    await engine.dispose()
