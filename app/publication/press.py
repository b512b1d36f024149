"""What publishing needs, one publisher at a time at a contest, and the pointer kept as it ought to be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import orjson
import structlog

from app.core.database import Sessions
from app.core.errors import NotFoundError
from app.core.statements import look, share
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest
from app.publication.files import NOTICE
from app.publication.known import State, list_standing, list_volumes, note_lost, read_state
from app.publication.shelf import INDEX_KEY, Shelf, pointer_key, volume_key
from app.publication.volume import HEAD_BYTES
from app.tally.holding import is_held
from app.transparency.signing import Signer

log = structlog.get_logger(__name__)

VOLUMES_ASKED_AT_ONCE = 32

_TRY = "SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS got"
_LEAVE = "SELECT pg_advisory_unlock(hashtextextended($1, 0))"


@dataclass(frozen=True)
class Press:
    """The database, the shelf, and the key that signs."""

    sessions: Sessions
    shelf: Shelf
    signer: Signer


@asynccontextmanager
async def hold_press(press: Press, name: str) -> AsyncIterator[bool]:
    """Let one publisher at a time at ``name``, without a transaction; false when somebody is there.

    The lock is its connection's: who dies lets go of it.
    """
    async with look(press.sessions) as ask:
        row = await ask.row(_TRY, f"publish/{name}")
        held = row is not None and bool(row["got"])
        try:
            yield held
        finally:
            if held:
                await ask.row(_LEAVE, f"publish/{name}")


async def read_ground(press: Press, pemilihan_id: int) -> tuple[Contest, State]:
    """Return a contest and what is published of it, seen at one moment."""
    async with press.sessions.begin() as session:
        contest = await get_contest(session, id=pemilihan_id)
        return contest, await read_state(await share(session), pemilihan_id=pemilihan_id)


Mended = Literal["right", "mended", "lost"]


async def mend_pointer(press: Press, contest: Contest, state: State, at: datetime) -> Mended:
    """Have the store's pointer be the one that was taken in last, or none while the contest is held back.

    ``lost``: the store has not all the volumes that the pointer leads to (the database was restored from a backup, or
    the store was exchanged); the pointer is not put, and everything is to be written anew. The caller holds the press:
    an older pointer must not come after a newer one.
    """
    right = None if state.pointer is None or is_held(contest, at) else state.pointer.encode()
    key = pointer_key(contest.kode)
    if await _find(press.shelf, key) == right:
        return "right"
    if right is not None and not await _has_volumes(press, contest.id):
        return "lost"
    await _put_right(press.shelf, key, right)
    return "mended"


async def _has_volumes(press: Press, pemilihan_id: int) -> bool:
    async with look(press.sessions) as ask:
        volumes = await list_volumes(ask, pemilihan_id=pemilihan_id)
    for start in range(0, len(volumes), VOLUMES_ASKED_AT_ONCE):
        asked = volumes[start : start + VOLUMES_ASKED_AT_ONCE]
        keys = [volume_key(one) for one in asked]
        if None in await asyncio.gather(*(_find(press.shelf, key, range(HEAD_BYTES)) for key in keys)):
            return False
    return True


async def _find(shelf: Shelf, key: str, span: range | None = None) -> bytes | None:
    try:
        return await shelf.read(key, span)
    except NotFoundError:
        return None


async def _put_right(shelf: Shelf, key: str, right: bytes | None) -> None:
    if right is None:
        await shelf.remove(key)
    elif await _find(shelf, key) != right:
        await shelf.put(key, right)


async def mend_pointers(press: Press, *, now: datetime | None = None, within: timedelta | None = None) -> int:
    """Put pointers that a crash kept back, remove those of contests held back since; return how many that were.

    A contest of which files were lost is noted as not published, so that the next run writes all of it. ``within``:
    look only at contests that were published so short a time ago; at all of them, and at the list of them, for None.
    """
    at = now or datetime.now(UTC)
    async with look(press.sessions) as ask:
        standing = await list_standing(ask, within=within)
    mended = 0
    for pemilihan_id in standing:
        async with hold_press(press, str(pemilihan_id)) as held:
            mended += held and await _mend(press, pemilihan_id, at)
    if within is None or mended:
        await put_index(press, at)
    return mended


async def _mend(press: Press, pemilihan_id: int, at: datetime) -> bool:
    came_out = await mend_pointer(press, *await read_ground(press, pemilihan_id), at)
    if came_out == "lost":
        log.warning("published files are missing in the store; they are written anew", pemilihan_id=pemilihan_id)
        async with look(press.sessions) as ask:
            await note_lost(ask, pemilihan_id=pemilihan_id)
    return came_out != "right"


async def put_index(press: Press, at: datetime) -> None:
    """Have the list of contests name those that are published and not held back."""
    async with hold_press(press, "index") as held:
        if not held:
            return
        async with look(press.sessions) as ask:
            standing = await list_standing(ask)
        contests = [(await read_ground(press, pemilihan_id))[0] for pemilihan_id in standing]
        listed = [{"kode": one.kode, "nama": one.nama} for one in contests if not is_held(one, at)]
        said = {"schema": "runut/index/1", "notice": NOTICE, "pemilihan": listed}
        await _put_right(press.shelf, INDEX_KEY, orjson.dumps(said))
