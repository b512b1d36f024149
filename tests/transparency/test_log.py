"""The log keeps what it was given; neither the service nor plain SQL can change it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.database import Sessions
from app.core.errors import NotFoundError
from app.transparency.canonical import canonical_sha256
from app.transparency.service import append_entry, get_entry

FACTS = {"photo": 17, "tps": "3171011001001", "wrong": 0.00001, "nama": "Ñandú €"}


async def append(sessions: Sessions) -> int:
    async with sessions.begin() as session:
        return await append_entry(session, kind="photo", subject="photo/17", payload=FACTS)


async def test_an_entry_comes_back_whole_and_hashes_to_its_hash(sessions: Sessions) -> None:
    number = await append(sessions)

    async with sessions.begin() as session:
        entry = await get_entry(session, entry_id=number)
    assert (entry.kind, entry.subject, entry.payload, entry.position) == ("photo", "photo/17", FACTS, None)
    assert entry.payload_sha256 == canonical_sha256(entry.payload)


async def test_an_entry_falls_with_its_transaction(sessions: Sessions) -> None:
    session = sessions()
    await append_entry(session, kind="photo", subject="photo/17", payload=FACTS)
    await session.rollback()
    await session.close()

    async with sessions.begin() as check:
        assert await check.scalar(text("SELECT count(*) FROM log_entry")) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM log_entry",
        "TRUNCATE log_entry CASCADE",
        "UPDATE log_entry SET kind = 'other'",
        "UPDATE log_entry SET payload = '{}', position = 1",
        "UPDATE log_entry SET at = now() + interval '1 day', position = 1",
    ],
)
async def test_the_database_refuses_to_change_an_entry(sessions: Sessions, statement: str) -> None:
    number = await append(sessions)

    with pytest.raises(IntegrityError, match="append-only"):
        async with sessions.begin() as session:
            await session.execute(text(statement))
    async with sessions.begin() as session:
        assert (await get_entry(session, entry_id=number)).payload == FACTS


async def test_a_position_is_given_once(sessions: Sessions) -> None:
    await append(sessions)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE log_entry SET position = 0"))

    with pytest.raises(IntegrityError, match="append-only"):
        async with sessions.begin() as session:
            await session.execute(text("UPDATE log_entry SET position = 1"))


async def test_an_unknown_number_is_not_found(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        with pytest.raises(NotFoundError, match="999"):
            await get_entry(session, entry_id=999)
