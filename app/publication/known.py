"""The publisher's own rows: what is published, and taking the next publication in. Nothing here touches the store."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError
from app.core.statements import Statements, open_driver
from app.pemilu.definition import Contest
from app.publication.files import Located
from app.publication.pile import Piled
from app.publication.pointer import Edition, sign_pointer
from app.transparency.service import append_entry
from app.transparency.signing import Signer

_STATE = """
    SELECT u.serial, u.version, u.basis, u.pointer,
           (SELECT count(*) FROM publication_volume v WHERE v.pemilihan_id = p.id AND v.retired_at IS NULL) AS volumes,
           p.definisi_md5 || '/' || (SELECT coalesce(max(id), 0) FROM wilayah_edisi) AS basis_now
    FROM pemilihan p LEFT JOIN publication u ON u.pemilihan_id = p.id WHERE p.id = $1"""
_DUE = """
    SELECT p.id FROM pemilihan p LEFT JOIN publication u ON u.pemilihan_id = p.id
    WHERE EXISTS (SELECT FROM tally t WHERE t.pemilihan_id = p.id AND t.version > coalesce(u.version, 0))
       OR u.basis <> p.definisi_md5 || '/' || (SELECT coalesce(max(id), 0) FROM wilayah_edisi)
    ORDER BY p.id"""
_FILES = """
    SELECT f.kode, f.sha256, f.body_sha256, v.sha256 AS volume
    FROM publication_file f JOIN publication_volume v ON v.id = f.volume_id WHERE f.pemilihan_id = $1"""
_SOME_FILES = f"{_FILES} AND f.kode = ANY($2)"
_STANDING = """
    SELECT pemilihan_id FROM publication WHERE $1::interval IS NULL OR published_at > now() - $1
    ORDER BY pemilihan_id"""

# Retired from the beginning: whatever becomes of this run, the sweep finds what no publication ever named.
_ANNOUNCE = """
    INSERT INTO publication_volume (pemilihan_id, sha256, byte_count, retired_at)
    SELECT $1, sha256, byte_count, now() FROM unnest($2::text[], $3::bigint[]) AS made (sha256, byte_count)
    ON CONFLICT (sha256) DO UPDATE SET retired_at = now()"""
_LOCK_SERIAL = "SELECT serial FROM publication WHERE pemilihan_id = $1 FOR UPDATE"
_FIRST = """
    INSERT INTO publication (pemilihan_id, serial, version, basis, pointer) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING RETURNING serial"""
_NEXT = """
    UPDATE publication SET serial = $2, version = $3, basis = $4, pointer = $5, published_at = now()
    WHERE pemilihan_id = $1"""
_VOLUMES = "SELECT sha256 FROM publication_volume WHERE pemilihan_id = $1 AND retired_at IS NULL ORDER BY id"
_LOST = "UPDATE publication SET version = 0, basis = '' WHERE pemilihan_id = $1"
_NOTE = "UPDATE publication SET version = $3, basis = $4 WHERE pemilihan_id = $1 AND serial = $2"
_STAGING = """
    DROP TABLE IF EXISTS published_now;
    CREATE TEMPORARY TABLE published_now (kode text, sha256 text, body_sha256 text, volume text) ON COMMIT DROP"""
_LEFT_VOLUMES = """
    SELECT DISTINCT f.volume_id FROM publication_file f
    WHERE f.pemilihan_id = $1 AND (f.kode IN (SELECT kode FROM published_now) OR f.kode = ANY($2))"""
_DROP_GONE = "DELETE FROM publication_file WHERE pemilihan_id = $1 AND kode = ANY($2)"
_TAKE_IN = """
    INSERT INTO publication_file (pemilihan_id, kode, sha256, body_sha256, volume_id)
    SELECT $1, n.kode, n.sha256, n.body_sha256, v.id
    FROM published_now n JOIN publication_volume v ON v.sha256 = n.volume
    ORDER BY n.kode
    ON CONFLICT (pemilihan_id, kode) DO UPDATE
    SET sha256 = excluded.sha256, body_sha256 = excluded.body_sha256, volume_id = excluded.volume_id"""
_RETIRE = """
    UPDATE publication_volume v
    SET retired_at = CASE WHEN EXISTS (SELECT FROM publication_file f WHERE f.volume_id = v.id) THEN NULL ELSE now() END
    WHERE v.id = ANY($1) OR v.sha256 = ANY($2)"""


class OvertakenError(ConflictError):
    """Another publisher was faster; what this one made is dropped, and lies in the store until it is swept."""

    code = "publication_overtaken"


@dataclass(frozen=True)
class State:
    """What is published of a contest; ``serial`` 0: nothing yet. ``basis_now``: what files written now rest on."""

    serial: int
    version: int
    basis: str | None
    pointer: str | None
    volumes: int
    basis_now: str


async def list_due(ask: Statements) -> list[int]:
    """Return the contests of which something is not published yet."""
    return [row["id"] for row in await ask.rows(_DUE)]


async def read_state(ask: Statements, *, pemilihan_id: int) -> State:
    """Return what is published of a contest."""
    row = await ask.row(_STATE, pemilihan_id)
    assert row is not None, "whoever asks has the contest"
    serial, version = row["serial"] or 0, row["version"] or 0
    return State(serial, version, row["basis"], row["pointer"], row["volumes"], row["basis_now"])


async def read_files(ask: Statements, *, pemilihan_id: int, kodes: Collection[str] | None) -> dict[str, Located]:
    """Return the current files of these regions; of all for None."""
    if kodes is None:
        rows = await ask.rows(_FILES, pemilihan_id)
    else:
        rows = await ask.rows(_SOME_FILES, pemilihan_id, list(kodes))
    volumes: dict[str, str] = {}  # one text a volume: there are few, and a nation's files are many
    return {kode: Located(sha256, body, volumes.setdefault(volume, volume)) for kode, sha256, body, volume in rows}


async def list_standing(ask: Statements, *, within: timedelta | None = None) -> list[int]:
    """Return the contests that have a publication; only those published ``within`` the last time, if that is given."""
    return [row["pemilihan_id"] for row in await ask.rows(_STANDING, within)]


async def list_volumes(ask: Statements, *, pemilihan_id: int) -> list[str]:
    """Return the volumes in which current files of a contest lie."""
    return [row["sha256"] for row in await ask.rows(_VOLUMES, pemilihan_id)]


async def note_lost(ask: Statements, *, pemilihan_id: int) -> None:
    """Note that nothing of a contest can be relied on as published, so that it is due."""
    await ask.rows(_LOST, pemilihan_id)


async def announce_volumes(ask: Statements, *, pemilihan_id: int, volumes: Sequence[Piled]) -> None:
    """Write down volumes that are about to be kept. Committed before the first byte goes to the store."""
    await ask.rows(_ANNOUNCE, pemilihan_id, [one.sha256 for one in volumes], [one.byte_count for one in volumes])


async def note_unchanged(ask: Statements, *, pemilihan_id: int, serial: int, version: int, basis: str) -> None:
    """Note that the publication ``serial`` says all that is known up to ``version``: no file came out otherwise."""
    await ask.rows(_NOTE, pemilihan_id, serial, version, basis)


async def take_in(
    session: AsyncSession,
    *,
    contest: Contest,
    edition: Edition,
    basis: str,
    files: Mapping[str, Located],
    gone: Sequence[str],
    signer: Signer,
) -> str:
    """Make ``files`` the current ones, and drop those of ``gone``; return the signed pointer, which is still to be put.

    Raises:
        OvertakenError: the publication before this one is not the newest any more.
    """
    driver = await open_driver(session)
    await _follow(driver, contest.id, edition.serial)
    entry = await append_entry(
        session, kind="publication", subject=f"publication/{contest.kode}", payload=edition.as_fact(contest)
    )
    pointer = sign_pointer(edition, contest, log_entry=entry, signer=signer)
    values = (contest.id, edition.serial, edition.version, basis, pointer)
    if edition.serial == 1:
        if await driver.fetchrow(_FIRST, *values) is None:
            raise _overtaken(contest.id)
    else:
        await driver.execute(_NEXT, *values)
    await _replace_files(driver, contest.id, files, gone)
    return pointer


async def _follow(driver: asyncpg.Connection, pemilihan_id: int, serial: int) -> None:
    # The publisher's own lock can be lost with its connection; this row cannot be passed twice by one serial.
    row = await driver.fetchrow(_LOCK_SERIAL, pemilihan_id)
    if (0 if row is None else row["serial"]) != serial - 1:
        raise _overtaken(pemilihan_id)


def _overtaken(pemilihan_id: int) -> OvertakenError:
    return OvertakenError(f"Contest {pemilihan_id} was published by another worker.", "Nothing is to be done.")


async def _replace_files(
    driver: asyncpg.Connection, pemilihan_id: int, files: Mapping[str, Located], gone: Sequence[str]
) -> None:
    await driver.execute(_STAGING)
    records = [(kode, one.sha256, one.body_sha256, one.volume) for kode, one in files.items()]
    columns = ["kode", "sha256", "body_sha256", "volume"]
    await driver.copy_records_to_table("published_now", records=records, columns=columns)
    await driver.execute("ANALYZE published_now")
    left = [row["volume_id"] for row in await driver.fetch(_LEFT_VOLUMES, pemilihan_id, list(gone))]
    await driver.execute(_DROP_GONE, pemilihan_id, list(gone))
    await driver.execute(_TAKE_IN, pemilihan_id)
    await driver.execute(_RETIRE, left, sorted({one.volume for one in files.values()}))
