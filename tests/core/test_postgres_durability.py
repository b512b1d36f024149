"""Whoever switches off what makes commits survive, and wherever: our own server does not run that way."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from app.core.database import make_engine
from app.core.postgres import EmbeddedPostgres, EmbeddedPostgresError, prepare_database
from app.core.postgres import server as server_module
from app.core.postgres.databases import plain_dsn
from app.core.postgres.durability import is_off
from app.core.postgres.postmaster import find_running
from tests.quick_folder import quick_folder

OFF = "synchronous_commit"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A cluster with a database `votes`; each test starts it, and takes back what it wrote."""
    with quick_folder() as place:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(server_module, "INITDB", (*server_module.INITDB, "--no-sync"))
            with EmbeddedPostgres(place / "pg") as server:
                asyncio.run(prepare_database(server.start(), "votes"))
        yield place / "pg"


def tell(address: str, *statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(plain_dsn(address))
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(run())


async def what_a_session_gets(address: str) -> str:
    engine = make_engine(address)
    async with engine.connect() as first:
        await first.rollback()
        value: str = (await first.execute(text(f"SHOW {OFF}"))).scalar_one()
    await engine.dispose()
    return value


def refused(folder: Path, **options: str) -> str:
    with pytest.raises(EmbeddedPostgresError) as caught:
        EmbeddedPostgres(folder, options).start()
    assert find_running(folder / "data") is None, "a refused server does not go on running"
    assert caught.value.remedy
    return caught.value.message


@pytest.mark.parametrize("name", ["fsync", "full_page_writes", OFF])
def test_a_caller_who_asks_for_it_is_refused(tmp_path: Path, name: str) -> None:
    assert f"{name} = off" in refused(tmp_path / "pg", **{name: "off"})
    assert not (tmp_path / "pg").exists()


def test_a_file_that_the_settings_include_is_named_with_its_line(folder: Path) -> None:
    main, included = folder / "data" / "postgresql.conf", folder / "data" / "faster.conf"
    before = main.read_text()
    main.write_text(f"{before}\ninclude 'faster.conf'\n")
    included.write_text("# found on the web\nfsync = of\n")
    included.chmod(0o644)
    try:
        assert f"fsync = of ({included}:2)" in refused(folder)
    finally:
        main.write_text(before)
        included.unlink()


def test_what_alter_system_wrote_is_refused(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        tell(server.start(), "ALTER SYSTEM SET full_page_writes = 'off'")
    automatic = folder / "data" / "postgresql.auto.conf"
    try:
        assert f"full_page_writes = off ({automatic}:" in refused(folder)
    finally:
        automatic.write_text("")


@pytest.mark.parametrize("whom", ["ROLE runut", "DATABASE votes", "ROLE runut IN DATABASE votes", "ROLE ALL"])
def test_what_a_role_or_a_database_is_given_is_refused(folder: Path, whom: str) -> None:
    with EmbeddedPostgres(folder) as server:
        tell(server.start(), f"ALTER {whom} SET {OFF} = off")
    try:
        assert f"{OFF} = off (ALTER {whom} SET)" in refused(folder)
    finally:
        with EmbeddedPostgres(folder, durable=False) as server:
            tell(server.start(), f"ALTER {whom} RESET {OFF}")
    with EmbeddedPostgres(folder):
        pass  # the remedy helps


def test_a_running_throw_away_server_is_not_taken_over(folder: Path) -> None:
    with EmbeddedPostgres(folder, {"fsync": "off"}, durable=False):
        with pytest.raises(EmbeddedPostgresError, match=r"fsync = off \(command line\)"):
            EmbeddedPostgres(folder).start()
        assert find_running(folder / "data"), "it is somebody else's, and goes on"


def test_sessions_wait_for_the_disk_whatever_the_server_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGOPTIONS", f"-c {OFF}=off")
    with EmbeddedPostgres(folder) as server:
        votes = server.start().replace("/postgres?", "/votes?")
        for given, got in {"off": "on", "local": "on", "on": "on", "remote_apply": "remote_apply"}.items():
            tell(votes, f"ALTER DATABASE votes SET {OFF} = {given}")
            assert asyncio.run(what_a_session_gets(votes)) == got
        tell(votes, f"ALTER DATABASE votes RESET {OFF}")


def test_only_a_throw_away_server_keeps_it_off(folder: Path) -> None:
    with EmbeddedPostgres(folder, {OFF: "off"}, durable=False) as server:
        assert asyncio.run(what_a_session_gets(server.start())) == "off"


@pytest.mark.parametrize("word", ["off", "OF", "0", "f", "False", "No", " n "])
def test_every_spelling_of_off_is_known(word: str) -> None:
    assert is_off(word)


@pytest.mark.parametrize("word", ["on", "o", "", "true", "1", "local", "remote_write", "remote_apply"])
def test_nothing_else_is_taken_for_off(word: str) -> None:
    assert not is_off(word)
