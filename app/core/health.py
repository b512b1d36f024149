"""Can this process serve? Told in bounded time, whatever hangs, and cheaply however often it is asked."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core.database import DatabaseUnreachableError, Sessions
from app.core.errors import RunutError
from app.core.schema import find_schema_state
from app.core.storage import LocalStore, ObjectStore

log = structlog.get_logger(__name__)

ANSWER_WITHIN = 1.0
"""Seconds a check may take; longer is an answer of its own. A busy machine needs its time to say so within two."""

FRESH_FOR = 1.0
"""Seconds an answer is given again: probes and attackers cost one look a second."""


@dataclass(frozen=True)
class Reason:
    """Why this process cannot serve. ``code`` is stable for programs; the sentence is for whoever is on call."""

    code: str
    message: str

    def as_json(self) -> dict[str, str]:
        """Return it as the probe's answer holds it."""
        return {"code": self.code, "message": self.message}


Check = Callable[[], Awaitable[Reason | None]]


class Readiness:
    """Runs the checks together, each with its time limit, and remembers the answer for a moment. Owned by the app."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        """Take ``checks`` by name; a check returns the reason that it found, or nothing."""
        self._checks = checks
        self._running: dict[str, asyncio.Task[Reason | None]] = {}
        self._asking = asyncio.Lock()
        self._until, self._reasons = 0.0, tuple[Reason, ...]()

    async def find_reasons(self) -> tuple[Reason, ...]:
        """Return why this process cannot serve; nothing when it can."""
        async with self._asking:
            if time.monotonic() >= self._until:
                before, self._reasons = self._reasons, await self._look()
                self._until = time.monotonic() + FRESH_FOR
                if [reason.code for reason in before] != [reason.code for reason in self._reasons]:
                    log.warning("readiness changed", reasons=[reason.code for reason in self._reasons])
            return self._reasons

    async def _look(self) -> tuple[Reason, ...]:
        # A check that still hangs from an earlier look is not started a second time: hanging looks would pile up.
        for name, check in self._checks.items():
            if name not in self._running:
                self._running[name] = asyncio.create_task(_run(name, check))
        await asyncio.wait(self._running.values(), timeout=ANSWER_WITHIN)
        found = []
        for name, task in list(self._running.items()):
            if task.done():
                found.append(self._running.pop(name).result())
            else:
                found.append(Reason(f"{name}_slow", f"The check of {name} took longer than {ANSWER_WITHIN} s."))
        return tuple(reason for reason in found if reason)


async def _run(name: str, check: Check) -> Reason | None:
    try:
        return await asyncio.wait_for(check(), 10 * ANSWER_WITHIN)
    except Exception as error:  # whatever a check meets, it means that this part does not work
        log.warning("readiness check failed", check=name, exc_info=error)
        return Reason(f"{name}_failed", f"The check of {name} met {type(error).__name__}.")


def make_readiness(sessions: Sessions, storage: ObjectStore, *, free_min: int) -> Readiness:
    """Return the checks of a site: database and its schema, object store, and room for a local store (bytes)."""

    async def check_store() -> Reason | None:
        if isinstance(storage, LocalStore):
            return await asyncio.to_thread(find_lack_of_room, storage.folder, free_min)
        try:
            await storage.check()
        except RunutError as error:
            return Reason(error.error_code, error.message)
        return None

    return Readiness({"database": lambda: check_database(sessions), "store": check_store})


async def check_database(sessions: Sessions) -> Reason | None:
    """Look whether the database answers and has a schema that this software works on."""
    try:
        async with sessions.begin() as session:
            state = await find_schema_state(session)
    except DatabaseUnreachableError as error:
        # Why goes into the log only: it names inner addresses and roles, and anybody may ask the probe.
        log.warning("no connection to the database", cause=str(error.__cause__))
        return Reason(error.error_code, f"No connection to the database ({type(error.__cause__).__name__}).")
    except SQLAlchemyError as error:
        return Reason("database_unreachable", f"The database does not answer: {type(error).__name__}.")
    if state.serves:
        return None
    return Reason("schema", f"The database has schema {state.found}; this software wants {state.newest}.")


def find_lack_of_room(folder: Path, free_min: int) -> Reason | None:
    """Look for room to keep photographs: what cannot be kept must not be accepted."""
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not os.access(place, os.W_OK):
        return Reason("store_unwritable", "The photographs' folder cannot be written to.")
    room = os.statvfs(place)
    if room.f_bavail * room.f_frsize < free_min:
        return Reason("disk_full", f"Less than {free_min // 1024**2} MB are free for photographs.")
    if room.f_files and not room.f_favail:
        return Reason("disk_full", "No file can be added to the photographs' disk (inodes).")
    return None
