"""The short way to the database: looks are no transactions; a transaction is whole or nothing, and leaves no trace."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import DBAPIConnection

from app.core.database import DatabaseUnreachableError, Sessions, make_engine, make_sessions
from app.core.postgres.databases import plain_dsn
from app.core.statements import NotCommittedError, Statements, begin, look, share, take_lock

_PID, _NOW = "SELECT pg_backend_pid() AS pid", "SELECT now() AS now"
_ADD = "INSERT INTO sign_in_attempt (name) VALUES ($1) RETURNING id"


@pytest.fixture
async def pooled(database: str) -> AsyncIterator[Sessions]:
    """One connection, so that whatever sticks to it meets the next who takes it."""
    engine = make_engine(database, pool_size=1)
    engine.sync_engine.pool._max_overflow = 0  # type: ignore[attr-defined]
    yield make_sessions(engine)
    await engine.dispose()


async def ask(statements: Statements, question: str, *values: object) -> object:
    row = await statements.row(question, *values)
    assert row is not None
    return row[0]


async def add_and_fail(pooled: Sessions, *, passed_over: bool = False) -> None:
    async with begin(pooled) as statements:
        await ask(statements, _ADD, "lost")
        try:
            await ask(statements, "SELECT 1 / $1::int", 0)
        except asyncpg.DivisionByZeroError:
            if not passed_over:
                raise


async def names(pooled: Sessions) -> list[str]:
    async with pooled.begin() as session:
        return list(await session.scalars(text("SELECT name FROM sign_in_attempt ORDER BY id")))


async def test_statements_of_a_look_stand_alone(pooled: Sessions) -> None:
    async with look(pooled) as statements:
        first = await ask(statements, _NOW)
        assert await ask(statements, _NOW) > first  # type: ignore[operator]
        assert await statements.row("SELECT 1 WHERE false") is None
    async with pooled.begin() as session:  # the same connection: what a look is must not stick to it
        moment = (await session.execute(text(_NOW))).scalar_one()
        assert (await session.execute(text(_NOW))).scalar_one() == moment


async def test_a_transaction_commits_with_its_block_and_falls_with_it(pooled: Sessions) -> None:
    async with begin(pooled, take_lock("photo/ab")) as statements:
        await ask(statements, _ADD, "kept")
        assert await ask(statements, _NOW) == await ask(statements, _NOW)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await add_and_fail(pooled)
    assert await names(pooled) == ["kept"]


async def test_a_failure_that_was_passed_over_is_no_commit(pooled: Sessions) -> None:
    with pytest.raises(NotCommittedError):
        await add_and_fail(pooled, passed_over=True)
    assert await names(pooled) == []


async def test_locks_are_held_until_the_end_and_what_was_committed_before_is_seen(database: str) -> None:
    engine = make_engine(database)
    sessions = make_sessions(engine)

    async def count_and_add() -> object:
        async with begin(sessions, take_lock("photo/ab")) as statements:
            seen = await ask(statements, "SELECT count(*) FROM sign_in_attempt")
            await asyncio.sleep(0.02)
            await ask(statements, _ADD, "one")
            return seen

    assert sorted(await asyncio.gather(*(count_and_add() for _ in range(5)))) == [0, 1, 2, 3, 4]  # type: ignore[type-var]
    await engine.dispose()


async def test_a_task_that_is_cancelled_leaves_nothing_behind(pooled: Sessions) -> None:
    inside = asyncio.Event()

    async def hang() -> None:
        async with begin(pooled) as statements:
            await ask(statements, _ADD, "lost")
            inside.set()
            await ask(statements, "SELECT pg_sleep(60)")

    task = asyncio.create_task(hang())
    await inside.wait()
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with look(pooled) as statements:
        assert await ask(statements, "SELECT count(*) FROM sign_in_attempt") == 0


@pytest.mark.parametrize("way", [begin, look])
async def test_a_connection_that_ends_in_the_middle_is_an_outage_and_is_replaced(
    pooled: Sessions, database: str, way: Callable[[Sessions], AbstractAsyncContextManager[Statements]]
) -> None:
    seen = list[object]()

    async def lose_it() -> None:
        async with way(pooled) as statements:
            seen.append(await ask(statements, _PID))
            stranger = await asyncpg.connect(plain_dsn(database))
            await stranger.execute("SELECT pg_terminate_backend($1, 20000)", seen[0])
            await stranger.close()
            await ask(statements, _PID)

    with pytest.raises(DatabaseUnreachableError):
        await lose_it()
    async with look(pooled) as statements:
        assert await ask(statements, _PID) != seen[0]


async def test_a_wrong_question_is_no_outage(pooled: Sessions) -> None:
    with pytest.raises(asyncpg.DataError):
        async with look(pooled) as statements:
            await ask(statements, "SELECT $1::int", "no number")


async def test_shared_statements_stand_and_fall_with_the_session(pooled: Sessions) -> None:
    async with pooled.begin() as session:
        await ask(await share(session), _ADD, "kept")
    async with pooled.begin() as session:
        await ask(await share(session), _ADD, "lost")
        await session.rollback()
    assert await names(pooled) == ["kept"]


@pytest.mark.parametrize("name", ["", "photo/'); DROP TABLE photo; --", "a b", "A"])
def test_a_lock_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        take_lock(name)


@pytest.mark.parametrize("says", ["goodbye", "nonsense"])
async def test_a_server_that_dies_while_a_new_connection_is_prepared_is_away(database: str, says: str) -> None:
    engine = make_engine(database, pool_size=1)

    def die(connection: DBAPIConnection, _record: object) -> None:
        if says == "nonsense":  # the driver's own word when the server's goodbye came in between
            raise connection.dbapi.InternalClientError("state 15") from asyncpg.InternalClientError("state 15")
        cursor = connection.cursor()
        with contextlib.suppress(connection.dbapi.Error):
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    event.listen(engine.sync_engine, "connect", die, insert=True)
    try:
        with pytest.raises(DatabaseUnreachableError):
            async with look(make_sessions(engine)):
                raise AssertionError("nothing was lent")
    finally:
        await engine.dispose()
