"""One publication of a contest: gather what changed, write files, keep them, and only then say so.

Crash points. Before the volumes are announced: nothing happened. After: their rows stand as retired, and the sweep
removes what was kept. After the files are taken in and before the pointer is put: the pointer in the store is the one
before, whose files are all there; the next look (``mend_pointers``) puts the new one. Two publishers at once: the
second finds the press taken; should the lock be lost with its connection, the serial in the row lets one through.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.statements import Statements, begin, look, share
from app.pemilu.definition import Contest
from app.publication.draft import Draft, begin_draft, write_leaves, write_parents
from app.publication.files import CONTEST_NAME, Head, Located, Sums
from app.publication.gather import Leaf, find_newest, list_changed, read_leaves, read_names, read_sums
from app.publication.known import State, announce_volumes, note_unchanged, read_files, take_in
from app.publication.pile import Pile
from app.publication.pointer import Edition, hash_pointer
from app.publication.press import Press, hold_press, mend_pointer, put_index, read_ground
from app.publication.shelf import pointer_key, put_volumes
from app.tally.holding import is_held
from app.tally.roll_up import roll_contest
from app.tally.scope import regions_above
from app.wilayah.codes import NATION

LEAVES_AT_ONCE = 500
"""Kelurahan in one question, of about 5,000 TPS; few enough for a thread to compress while the next are fetched."""

BULK = 4000
"""With more changed kelurahan most of the work is done before the tally is locked."""

LOOKS_MAX = 20
"""So often the publisher rolls up what came in while it read. Each look takes less time than the one before."""

VOLUMES_MAX = 2000
"""With more volumes in use everything is written anew, into few."""


@dataclass(frozen=True)
class Outcome:
    """What a run did: how many files it wrote into how many volumes. ``why``: why it did nothing, or an empty word."""

    files: int = 0
    volumes: int = 0
    byte_count: int = 0
    why: str = ""


@dataclass(frozen=True)
class _Rest:
    """What is read while the tally is locked: kelurahan that agree with the sums, and everything above them."""

    version: int
    leaves: Mapping[str, Leaf]
    sums: Mapping[str, Sums]


async def publish_contest(
    press: Press, *, pemilihan_id: int, now: datetime | None = None, anew: bool = False
) -> Outcome:
    """Publish what changed in a contest since the last time; ``anew``: write every file again.

    Nothing of a contest is written before the moment that its election file names.

    Raises:
        StoreUnavailableError: nothing of this publication is public; the next run begins anew.
        OvertakenError: another publisher was faster.
    """
    at = now or datetime.now(UTC)
    async with hold_press(press, str(pemilihan_id)) as held:
        if not held:
            return Outcome(why="another publisher is at work")
        contest, state = await read_ground(press, pemilihan_id)
        is_lost = await mend_pointer(press, contest, state, at) == "lost"
        if is_held(contest, at):
            return Outcome(why="numbers are held back")
        anew = anew or is_lost or state.volumes > VOLUMES_MAX
        outcome = await _Run(press, contest, state, at, anew=anew).publish()
    if state.serial == 0 and outcome.files:
        await put_index(press, at)
    return outcome


class _Run:
    """One run of the publisher over one contest. Owned by :func:`publish_contest`, which holds the press."""

    def __init__(self, press: Press, contest: Contest, state: State, at: datetime, *, anew: bool) -> None:
        self.press, self.contest, self.state, self.at, self.anew = press, contest, state, at, anew
        self.everything = anew or state.basis != state.basis_now
        self.seen = 0 if self.everything else state.version
        """Kelurahan up to this version of the tally are written, or need not be."""
        self.changed = set[str]()
        self.knows_all = False
        """Whether every file that is published was read."""

    async def publish(self) -> Outcome:
        with Pile() as pile:
            return await self._write(Draft(self.at, await self._find_known([CONTEST_NAME]), self.anew, pile))

    async def _write(self, draft: Draft) -> Outcome:
        head = begin_draft(draft, self.contest)
        if await self._is_bulk():
            await self._write_bulk(draft, head)
        async with self.press.sessions.begin() as session:
            rest = await self._read_rest(session)
        if rest is None:
            return Outcome(why="results came in faster than they could be read")
        if NATION not in rest.sums and rest.leaves:
            return Outcome(why="the tally is not laid")
        await self._write_rest(draft, head, rest)
        version, standing = rest.version, set(rest.sums)
        del rest  # a nation's sums are fifty megabytes
        return await self._keep(draft, version, standing)

    async def _find_known(self, kodes: Sequence[str] | None) -> dict[str, Located]:
        async with look(self.press.sessions) as ask:
            return await read_files(ask, pemilihan_id=self.contest.id, kodes=kodes)

    async def _is_bulk(self) -> bool:
        async with look(self.press.sessions) as ask:
            return len(await list_changed(ask, pemilihan_id=self.contest.id, after=self.seen)) > BULK

    async def _write_bulk(self, draft: Draft, head: Head) -> None:
        """Write the kelurahan as they are at one moment; those that change meanwhile are written again with the rest.

        One that has results pending at that moment is left out: it is rolled later and has a newer version then.
        """
        draft.known |= await self._find_known(None)
        self.knows_all = True
        async with self.press.sessions.begin() as session:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            ask = await share(session)
            names = await read_names(ask, None)
            newest = await find_newest(ask, pemilihan_id=self.contest.id)
            changed = await list_changed(ask, pemilihan_id=self.contest.id, after=self.seen)
            writing: asyncio.Task[None] | None = None
            for start in range(0, len(changed), LEAVES_AT_ONCE):
                leaves = await self._read_leaves(ask, changed[start : start + LEAVES_AT_ONCE])
                if writing is not None:
                    await writing  # while the next were fetched; one at a time, for the volumes are filled in order
                settled = [one for one in leaves if not one.pending]
                self.changed.update(one.kode for one in settled)
                writing = asyncio.create_task(write_leaves(draft, head, names, settled))
            if writing is not None:
                await writing
        draft.end_level()
        self.seen = newest

    async def _read_leaves(self, ask: Statements, kodes: Sequence[str]) -> list[Leaf]:
        return await read_leaves(ask, pemilihan_id=self.contest.id, kodes=kodes)

    async def _read_rest(self, session: AsyncSession) -> _Rest | None:
        """Return the kelurahan changed since, each with TPS that add up to its sums, and the sums above them.

        The tally stays locked until the transaction ends: no sum moves meanwhile. Results do come in; a kelurahan that
        got one between rolling and reading is rolled and read again. None: that did not come to an end.
        """
        leaves: dict[str, Leaf] = {}
        ask, open_ones = await share(session), set[str]()
        for _ in range(LOOKS_MAX):
            while await roll_contest(session, contest=self.contest):
                pass
            open_ones.update(await list_changed(ask, pemilihan_id=self.contest.id, after=self.seen))
            self.seen = await find_newest(ask, pemilihan_id=self.contest.id)
            read = await self._read_leaves(ask, sorted(open_ones))
            leaves.update({one.kode: one for one in read if not one.pending})
            open_ones = {one.kode for one in read if one.pending}
            if not open_ones:
                self.changed.update(leaves)
                return _Rest(self.seen, leaves, await self._read_sums(ask))
        return None

    async def _read_sums(self, ask: Statements) -> Mapping[str, Sums]:
        parents = {kode for level in regions_above(sorted(self.changed)) for kode in level}
        return await read_sums(ask, pemilihan_id=self.contest.id, parents=None if self.everything else parents)

    async def _write_rest(self, draft: Draft, head: Head, rest: _Rest) -> None:
        """Write the kelurahan of the rest, then every region above one that changed."""
        if not self.knows_all:  # nobody else publishes meanwhile: what was read stays true
            draft.known |= await self._find_known(None if self.everything else [*rest.sums, *rest.leaves])
        async with look(self.press.sessions) as ask:
            names = await read_names(ask, None if self.everything else {*rest.sums, *rest.leaves})
        leaves = list(rest.leaves.values())
        for start in range(0, len(leaves), LEAVES_AT_ONCE):
            await write_leaves(draft, head, names, leaves[start : start + LEAVES_AT_ONCE])
        parents = {kode for level in regions_above(sorted(self.changed)) for kode in level}
        if self.everything:
            parents = {kode for kode in rest.sums if names[kode].tingkat != "kelurahan"}
        await write_parents(draft, head, names, rest.sums, sorted(parents))

    async def _keep(self, draft: Draft, version: int, standing: set[str]) -> Outcome:
        """Have the volumes on the shelf, then the rows in the database, then the pointer: in this order.

        ``version``: of the tally that was written; ``standing``: regions that it has, where everything was written.
        """
        pemilihan_id, state, volumes = self.contest.id, self.state, draft.used_volumes()
        if not draft.made:
            async with look(self.press.sessions) as ask:
                await note_unchanged(
                    ask, pemilihan_id=pemilihan_id, serial=state.serial, version=version, basis=state.basis_now
                )
            return Outcome(why="no file came out otherwise")
        async with begin(self.press.sessions) as ask:
            await announce_volumes(ask, pemilihan_id=pemilihan_id, volumes=volumes)
        await put_volumes(self.press.shelf, draft.pile, volumes)
        edition = Edition(
            serial=state.serial + 1,
            version=version,
            at=self.at,
            root=draft.find(NATION),
            contest=draft.find(CONTEST_NAME),
            previous=None if state.pointer is None else hash_pointer(state.pointer),
        )
        async with self.press.sessions.begin() as session:
            pointer = await take_in(
                session,
                contest=self.contest,
                edition=edition,
                basis=state.basis_now,
                files=draft.made,
                gone=sorted(set(draft.known) - standing - {CONTEST_NAME}) if self.everything else [],
                signer=self.press.signer,
            )
        await self.press.shelf.put(pointer_key(self.contest.kode), pointer.encode())
        return Outcome(len(draft.made), len(volumes), sum(one.byte_count for one in volumes))
