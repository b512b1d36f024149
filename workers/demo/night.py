"""Election night in small: uploads, machine readings and volunteers side by side, everything over HTTP."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle

from workers.demo.people import Habits, Papers, Tallied, Volunteer

TRIES_A_PAGE = 4
"""How often a volunteer photographs a page again whose picture the reader refused."""

QUIET_SECONDS = 120.0
PAUSE = 0.5
"""Seconds between two looks of one person at something that is not there yet."""

MakePhoto = Callable[[str, int, int], Awaitable[bytes]]
"""(TPS, page, attempt) -> the photograph as JPEG bytes."""

Tell = Callable[[str, int], None]
"""(step, count so far) for the progress bars."""


class StuckError(RuntimeError):
    """The night does not go on although its work is not done."""


@dataclass(frozen=True)
class Login:
    """An account of the demonstration."""

    name: str
    password: str
    role: str


@dataclass
class Uploads:
    """What was sent and what became of it."""

    sent: int = 0
    read: int = 0
    refused: list[str] = field(default_factory=list)
    by_site: Counter[str] = field(default_factory=Counter)


@asynccontextmanager
async def sign_in_all(
    addresses: Sequence[str], logins: Sequence[Login], habits: Habits, seed: int
) -> AsyncIterator[list[Volunteer]]:
    """Sign everybody in, spread over the sites; the connections are closed at the end."""
    async with AsyncExitStack() as stack:
        people = [
            await stack.enter_async_context(Volunteer(address, login.name, habits, seed + number))
            for (number, login), address in zip(enumerate(logins), cycle(addresses), strict=False)
        ]
        await asyncio.gather(*(one.sign_in(login.password) for one, login in zip(people, logins, strict=True)))
        yield people


@dataclass(frozen=True)
class Night:
    """What everybody shares: the camera, the papers as eyes see them, the counts and the progress bars."""

    make: MakePhoto
    papers: Papers
    uploads: Uploads
    tallied: Tallied
    tell: Tell


class Uploader:
    """A volunteer at his polling stations: photographs each page, uploads it, and repeats what was refused."""

    def __init__(self, person: Volunteer, contest: str, night: Night) -> None:
        """Share ``night`` with the other uploaders."""
        self.person, self.contest = person, contest
        self.make, self.papers, self.uploads, self.tell = night.make, night.papers, night.uploads, night.tell
        self._tries: dict[tuple[str, int], int] = {}
        self._read: set[int] = set()

    async def upload_all(self, stations: Mapping[str, Sequence[int]]) -> None:
        """Upload every page of these TPS, then wait until each has been read once.

        Raises:
            StuckError: a page was refused too often.
        """
        wanted = {(tps_kode, page) for tps_kode, pages in stations.items() for page in pages}
        for tps_kode, page in sorted(wanted):
            await self._send(tps_kode, page)
        while missing := wanted - await self._look():
            for tps_kode, page in sorted(missing - self._waiting):
                self.uploads.refused.append(f"{tps_kode}-hal{page}")
                await self._send(tps_kode, page)
            await asyncio.sleep(PAUSE)

    async def _send(self, tps_kode: str, page: int) -> None:
        attempt = self._tries.get((tps_kode, page), 0)
        if attempt >= TRIES_A_PAGE:
            message = f"Page {page} of TPS {tps_kode} was refused {attempt} times; the reasons stand under My uploads."
            raise StuckError(message)
        data = await self.make(tps_kode, page, attempt)
        await self.person.upload(self.contest, tps_kode, f"{tps_kode}-hal{page}-{attempt}.jpg", data)
        self._tries[tps_kode, page] = attempt + 1
        self.uploads.sent += 1
        self.uploads.by_site[self.person.address] += 1
        self.tell("upload", self.uploads.sent)

    async def _look(self) -> set[tuple[str, int]]:
        """Return the pages that were read; remember which TPS still wait for the reader."""
        photos = await self.person.my_photos()
        done = [photo for photo in photos if photo["state"] == "read"]
        fresh = {photo["id"] for photo in done} - self._read
        self._read |= fresh
        self.uploads.read += len(fresh)
        self.tell("read", self.uploads.read)
        # A refused picture may not even show its page: a TPS with a picture on the way is left alone meanwhile.
        under_way = {photo["tps_kode"] for photo in photos if photo["state"] == "received"}
        self._waiting = {key for key in self._tries if key[0] in under_way}
        return {(photo["tps_kode"], photo["page"]) for photo in done}


async def read_until_done(people: Sequence[Volunteer], night: Night, is_done: Callable[[], Awaitable[bool]]) -> None:
    """Let everybody take and answer tasks until ``is_done``.

    Raises:
        StuckError: nobody got a task for a long while although the work is not done.
    """
    ending = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for person in people:
            tasks.create_task(_keep_reading(person, night, ending))
        await _watch(night, is_done)
        ending.set()


async def _keep_reading(person: Volunteer, night: Night, ending: asyncio.Event) -> None:
    while not ending.is_set():
        if await person.read_next(night.papers, night.tallied):
            night.tell("readings", night.tallied.readings)
        else:
            await asyncio.sleep(PAUSE)


async def _watch(night: Night, is_done: Callable[[], Awaitable[bool]]) -> None:
    """Return when the work is done; somebody must have uploaded or read something every now and then."""
    last, since = (-1, -1), time.monotonic()
    while not await is_done():
        now = (night.uploads.read, night.tallied.readings)
        if now != last:
            last, since = now, time.monotonic()
        if time.monotonic() - since > QUIET_SECONDS:
            message = f"Nothing was read for {QUIET_SECONDS:.0f} s although sections are still waiting."
            raise StuckError(message)
        await asyncio.sleep(PAUSE)
