"""What publishing needs, one publisher at a time at a contest, and the pointer kept as it ought to be."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from app.core.database import Sessions
from app.core.errors import NotFoundError
from app.core.statements import look, share
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest
from app.publication.files import NOTICE
from app.publication.known import State, list_standing, read_state
from app.publication.shelf import INDEX_KEY, Shelf, pointer_key
from app.tally.holding import is_held
from app.transparency.signing import Signer

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


async def mend_pointer(press: Press, contest: Contest, state: State, at: datetime) -> bool:
    """Have the store's pointer be the one that was taken in last, or none while the contest is held back.

    Returns whether it was not. The caller holds the press: an older pointer must not come after a newer one.
    """
    right = None if state.pointer is None or is_held(contest, at) else state.pointer.encode()
    return await _put_right(press.shelf, pointer_key(contest.kode), right)


async def _put_right(shelf: Shelf, key: str, right: bytes | None) -> bool:
    try:
        stands: bytes | None = await shelf.read(key)
    except NotFoundError:
        stands = None
    if stands == right:
        return False
    if right is None:
        await shelf.remove(key)
    else:
        await shelf.put(key, right)
    return True


async def mend_pointers(press: Press, *, now: datetime | None = None) -> int:
    """Put pointers that a crash kept back, remove those of contests held back since; return how many that were."""
    at = now or datetime.now(UTC)
    async with look(press.sessions) as ask:
        standing = await list_standing(ask)
    mended = 0
    for pemilihan_id in standing:
        async with hold_press(press, str(pemilihan_id)) as held:
            if held:
                mended += await mend_pointer(press, *await read_ground(press, pemilihan_id), at)
    await put_index(press, at)
    return mended


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
