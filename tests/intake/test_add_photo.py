"""The statement that makes a picture known writes row, entry, job and upload together, or none of them."""

import asyncio
import hashlib
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from app.accounts.service import make_account
from app.core.access import Role
from app.core.database import DatabaseUnreachableError, Sessions
from app.core.jobs import enqueue
from app.core.postgres.databases import plain_dsn
from app.core.statements import Statements, begin, share
from app.intake.add_photo import Place, add_photo, find_known
from app.intake.receive import lock_of
from app.intake.views import Receipt, SealedPhoto
from app.pemilu.service import get_contest
from app.tally.service import open_round
from app.transparency.service import append_entry, get_entry
from tests.intake.direct_sender import CONTEST, TPS

NEIGHBOUR = "3171011001002"


async def rows(sessions: Sessions, query: str) -> list[dict[str, Any]]:
    async with sessions.begin() as session:
        return [dict(row) for row in (await session.execute(text(query))).mappings()]


async def count(sessions: Sessions) -> tuple[int, ...]:
    """How many photographs, entries, jobs and lines of the jobs' log there are."""
    found = await rows(
        sessions,
        "SELECT (SELECT count(*) FROM photo) AS a, (SELECT count(*) FROM log_entry WHERE kind = 'photo') AS b,"
        " (SELECT count(*) FROM pgqueuer) AS c, (SELECT count(*) FROM pgqueuer_log) AS d",
    )
    return tuple(found[0].values())


@pytest.fixture
async def places(sessions: Sessions, election: int) -> dict[str, Place]:
    made = {}
    for name in ("sari", "budi"):
        async with sessions.begin() as session:
            account = await make_account(session, name=name, password="empat kata yang mudah", role=Role.VOLUNTEER)
        made[name] = Place(account.id, election, CONTEST, TPS)
    return made


def sealed(shade: int = 0, *, document: bool = False) -> SealedPhoto:
    sha256 = hashlib.sha256(bytes([shade])).hexdigest()
    return SealedPhoto(sha256, 1000 + shade, "application/pdf" if document else "image/jpeg", document=document)


async def add(sessions: Sessions, place: Place, photo: SealedPhoto) -> Receipt:
    async with begin(sessions, lock_of(photo.sha256)) as statements:
        return await add_photo(statements, place, photo)


async def test_job_and_entry_are_what_their_own_services_would_have_written(
    sessions: Sessions, places: dict[str, Place]
) -> None:
    receipt = await add(sessions, places["sari"], sealed())
    async with sessions.begin() as session:
        written = await get_entry(session, entry_id=receipt.number)
        await append_entry(session, kind=written.kind, subject=written.subject, payload=written.payload)
        await enqueue(session, "read_photo", {"photo_id": receipt.photo_id})

    queries = (
        "SELECT kind, subject, payload, payload_sha256, position FROM log_entry WHERE kind = 'photo'",
        "SELECT priority, status, entrypoint, dedupe_key, payload, headers::text, attempts, slot FROM pgqueuer",
        "SELECT execute_after - created AS delay, created = updated AS unchanged FROM pgqueuer",
        "SELECT status, priority, entrypoint, traceback, aggregated FROM pgqueuer_log",
    )
    for query in queries:
        ours, theirs = await rows(sessions, query)
        assert ours == theirs, query
    assert written.payload["photo"] == receipt.photo_id


async def test_a_document_is_queued_to_be_taken_apart_and_a_duplicate_not_at_all(
    sessions: Sessions, places: dict[str, Place]
) -> None:
    first = await add(sessions, places["sari"], sealed(document=True))
    second = await add(sessions, places["budi"], sealed(document=True))

    assert [row["entrypoint"] for row in await rows(sessions, "SELECT entrypoint FROM pgqueuer")] == ["split_document"]
    assert (first.state, second.state, second.state_code) == ("received", "duplicate", "same_picture")
    (kept,) = await rows(sessions, "SELECT duplicate_of, state, state_code FROM photo ORDER BY id DESC LIMIT 1")
    assert kept == {"duplicate_of": first.photo_id, "state": "duplicate", "state_code": "same_picture"}


async def test_of_many_same_bytes_the_first_of_this_place_is_the_one_that_is_repeated(
    sessions: Sessions, places: dict[str, Place]
) -> None:
    sari, budi = places["sari"], places["budi"]
    elsewhere = Place(sari.account_id, sari.pemilihan_id, CONTEST, NEIGHBOUR)
    neighbour = await add(sessions, elsewhere, sealed())
    here = await add(sessions, sari, sealed())
    again = await add(sessions, budi, sealed())

    duplicates = await rows(sessions, "SELECT id, duplicate_of FROM photo WHERE state = 'duplicate' ORDER BY id")
    assert [tuple(row.values()) for row in duplicates] == [
        (here.photo_id, neighbour.photo_id),
        (again.photo_id, here.photo_id),
    ]
    assert (here.state_code, again.state_code) == ("same_picture_other_tps", "same_picture")


async def test_what_was_rejected_stands_for_nothing_but_is_still_the_same_persons_upload(
    sessions: Sessions, places: dict[str, Place]
) -> None:
    first = await add(sessions, places["sari"], sealed())
    await rows(sessions, "UPDATE photo SET state = 'rejected', state_code = 'blurred' RETURNING id")

    again = await add(sessions, places["sari"], sealed())
    other = await add(sessions, places["budi"], sealed())

    assert (again.first, again.number, again.state, again.state_code) == (False, first.number, "rejected", "blurred")
    assert again.received_at == first.received_at
    assert (other.first, other.state) == (True, "received")


async def test_a_photograph_belongs_to_the_round_that_is_open(sessions: Sessions, places: dict[str, Place]) -> None:
    await add(sessions, places["sari"], sealed(1))
    async with sessions.begin() as session:
        contest = await get_contest(session, kode=CONTEST)
        await open_round(session, contest=contest, tps_kode=TPS, reason="PSU")
    await add(sessions, places["sari"], sealed(2))

    found = await rows(sessions, "SELECT round FROM photo ORDER BY id")
    assert [row["round"] for row in found] == [1, 2]
    logged = await rows(sessions, "SELECT payload->'round' AS round FROM log_entry WHERE kind = 'photo' ORDER BY id")
    assert [row["round"] for row in logged] == [1, 2]


async def end_session(database: str, statements: Statements) -> None:
    """Let the server process die as in a crash, and wait for it."""
    pid = await statements.row("SELECT pg_backend_pid()")
    assert pid is not None
    stranger = await asyncpg.connect(plain_dsn(database))
    await stranger.execute("SELECT pg_terminate_backend($1, 20000)", pid[0])
    await stranger.close()


@pytest.mark.parametrize("when", ["drawn", "written"])
async def test_a_crash_before_the_commit_leaves_nothing_and_trying_again_is_harmless(
    sessions: Sessions, places: dict[str, Place], database: str, when: str
) -> None:
    sari, photo = places["sari"], sealed()

    async def crash() -> None:
        async with begin(sessions, lock_of(photo.sha256)) as statements:
            await (
                find_known(statements, sari, photo.sha256) if when == "drawn" else add_photo(statements, sari, photo)
            )
            await end_session(database, statements)

    with pytest.raises(DatabaseUnreachableError):
        await crash()
    assert await count(sessions) == (0, 0, 0, 0)

    first, again = await add(sessions, sari, photo), await add(sessions, sari, photo)

    assert (first.first, again.first, again.number) == (True, False, first.number)
    assert await count(sessions) == (1, 1, 1, 1)


@pytest.mark.parametrize("table", ["log_entry", "pgqueuer", "pgqueuer_log"])
async def test_when_one_part_cannot_be_written_none_is(
    sessions: Sessions, places: dict[str, Place], table: str
) -> None:
    async with sessions.begin() as session:
        await session.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT is_full CHECK (false) NOT VALID"))

    with pytest.raises(asyncpg.CheckViolationError):
        await add(sessions, places["sari"], sealed())

    assert await count(sessions) == (0, 0, 0, 0)


async def test_many_at_once_are_one_photograph_a_person_and_one_that_is_read(
    sessions: Sessions, places: dict[str, Place]
) -> None:
    receipts = await asyncio.gather(*(add(sessions, place, sealed()) for place in [*places.values()] * 6))

    assert sum(receipt.first for receipt in receipts) == 2
    assert sorted({receipt.state for receipt in receipts}) == ["duplicate", "received"]
    assert len({receipt.number for receipt in receipts}) == 2
    assert await count(sessions) == (2, 2, 1, 1)


async def test_statements_of_a_session_fall_with_it(sessions: Sessions, places: dict[str, Place]) -> None:
    async with sessions.begin() as session:
        await add_photo(await share(session), places["sari"], sealed())
        await session.rollback()

    assert await count(sessions) == (0, 0, 0, 0)
