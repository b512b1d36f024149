"""A killed embedded server is started again at the same address, never beside a session of the killed one."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.core.postgres import EmbeddedPostgres, EmbeddedPostgresError, durability, supervision
from app.core.postgres import server as server_module
from app.core.postgres.databases import plain_dsn
from app.core.postgres.postmaster import read_postmaster
from tests.quick_folder import quick_folder

pytestmark = pytest.mark.slow(10)


@pytest.fixture
def ground() -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch, quick_folder() as folder:
        patch.setattr(server_module, "INITDB", (*server_module.INITDB, "--no-sync"))
        yield folder


def postmaster_of(folder: Path) -> int:
    found = read_postmaster(folder / "data")
    assert found is not None
    return found.pid


async def ask(address: str, statement: str) -> object:
    connection = await asyncpg.connect(plain_dsn(address))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def is_back(address: str, first: int, folder: Path, watching: asyncio.Task[None]) -> None:
    """Wait until another server than `first` answers; fail at once when nobody watches any more."""
    async with asyncio.timeout(60):
        while True:
            await asyncio.sleep(0.05)
            if watching.done():
                watching.result()
            try:
                if await ask(address, "SELECT 1") and postmaster_of(folder) != first:
                    return
            except (
                OSError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
                AssertionError,
            ):
                continue  # the driver's own two: a server that says goodbye in the middle of its greeting


@pytest.mark.parametrize("depth", ["pg", "long" * 25])
def test_it_comes_back_at_its_address_with_what_was_committed(ground: Path, depth: str) -> None:
    async def live(server: EmbeddedPostgres) -> None:
        address = await asyncio.to_thread(server.start)
        watching = asyncio.create_task(supervision.keep_running(server))
        await ask(address, "CREATE TABLE vote AS SELECT generate_series(1, 1000)")
        for _ in range(2):
            first = postmaster_of(ground / depth)
            os.kill(first, signal.SIGKILL)
            await is_back(address, first, ground / depth, watching)
            assert await ask(address, "SELECT count(*) FROM vote") == 1000
        watching.cancel()

    server = EmbeddedPostgres(ground / depth)
    asyncio.run(live(server))
    last = postmaster_of(ground / depth)
    server.stop()
    assert not Path(f"/proc/{last}").exists()


def test_one_that_dies_while_its_settings_are_looked_at_is_started_once_more(
    ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, killed = durability.require_durable, list[int]()

    async def kill_and_look(address: str) -> None:
        monkeypatch.setattr(server_module, "require_durable", look)
        killed.append(postmaster_of(ground / "pg"))
        os.kill(killed[0], signal.SIGKILL)
        await look(address)

    async def live(server: EmbeddedPostgres) -> None:
        address = await asyncio.to_thread(server.start)
        watching = asyncio.create_task(supervision.keep_running(server))
        monkeypatch.setattr(server_module, "require_durable", kill_and_look)
        os.kill(postmaster_of(ground / "pg"), signal.SIGKILL)
        async with asyncio.timeout(60):
            while not killed:  # noqa: ASYNC110 (another thread looks)
                await asyncio.sleep(0.05)
        await is_back(address, killed[0], ground / "pg", watching)
        watching.cancel()

    server = EmbeddedPostgres(ground / "pg")
    try:
        asyncio.run(live(server))
    finally:
        server.stop()


def test_a_session_that_outlives_its_server_is_ended_before_the_data_are_opened_again(ground: Path) -> None:
    async def live(server: EmbeddedPostgres) -> None:
        address = server.start()
        left = await asyncpg.connect(plain_dsn(address))
        session = await left.fetchval("SELECT pg_backend_pid()")
        os.kill(session, signal.SIGSTOP)  # like one that is busy in a long statement: it sees nothing
        os.kill(postmaster_of(ground / "pg"), signal.SIGKILL)
        while server.runs():  # noqa: ASYNC110 (the guard is another process)
            await asyncio.sleep(0.05)
        assert not Path(f"/proc/{session}").exists()
        assert server.start() == address
        assert await ask(address, "SELECT 1") == 1
        left.terminate()

    server = EmbeddedPostgres(ground / "pg")
    try:
        asyncio.run(live(server))
    finally:
        server.stop()


def test_who_uses_anothers_server_takes_over_when_that_one_goes(ground: Path) -> None:
    async def live(first: EmbeddedPostgres, second: EmbeddedPostgres) -> None:
        address = first.start()
        assert second.start() == address
        watching = asyncio.create_task(supervision.keep_running(second))
        pid = postmaster_of(ground / "pg")
        await asyncio.to_thread(first.stop)
        await is_back(address, pid, ground / "pg", watching)
        watching.cancel()

    first, second = EmbeddedPostgres(ground / "pg"), EmbeddedPostgres(ground / "pg")
    asyncio.run(live(first, second))
    assert second.runs()
    second.stop()


def test_what_cannot_start_is_given_up_with_the_servers_words(ground: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "WAITS", (0.0, 0.1))
    server = EmbeddedPostgres(ground / "pg")
    server.start()
    (ground / "pg" / "data" / "global" / "pg_control").unlink()
    os.kill(postmaster_of(ground / "pg"), signal.SIGKILL)
    with pytest.raises(EmbeddedPostgresError, match="pg_control"):
        asyncio.run(asyncio.wait_for(supervision.keep_running(server), 60))
    server.stop()


def test_waits_grow_and_end() -> None:
    waits = [supervision.choose_wait(starts) for starts in range(20)]
    known = [wait for wait in waits if wait is not None]
    assert known == sorted(known)
    assert known[0] == 0
    assert sum(known) < 60
    assert waits[-1] is None
