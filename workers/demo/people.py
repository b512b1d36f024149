"""Simulated volunteers: they use HTTP like anybody, see what is on the paper, and err at a stated rate."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
import numpy as np

CONFUSIONS = {"0": "6", "1": "7", "2": "7", "3": "8", "4": "9", "5": "6", "6": "0", "7": "1", "8": "3", "9": "4"}
"""The digit that a hurried reader takes each digit for."""


@dataclass(frozen=True)
class Habits:
    """How a volunteer errs: probability of misreading one field, and of noticing a wrong value on the screen."""

    field_error: float = 0.01
    catch_rate: float = 0.9


@dataclass
class Tallied:
    """What the volunteers did, for the summary."""

    readings: int = 0
    confirmations: int = 0
    misread_fields: int = 0


class Papers:
    """The volunteers' eyes: what is written on the papers. A task does not say whose paper it is; the overseer does."""

    def __init__(self, numbers: Mapping[str, Mapping[str, int]], overseer: "Volunteer | None" = None) -> None:
        """Take the papers' numbers by TPS, and an admin who is signed in before anybody looks."""
        self._numbers = numbers
        self.overseer = overseer

    async def look(self, task_id: str) -> Mapping[str, int]:
        """Return the numbers written on the paper that a task shows."""
        assert self.overseer is not None, "somebody must know whose paper it is"
        return self._numbers[await self.overseer.find_station(task_id)]


class Volunteer:
    """One signed-in person."""

    def __init__(self, address: str, name: str, habits: Habits, seed: int) -> None:
        """Open a connection to ``address``; nothing is sent before :meth:`sign_in`."""
        self.name = name
        self.address = address
        self.habits = habits
        self.rng = np.random.default_rng([seed, 77])
        self.client = httpx.AsyncClient(base_url=address, timeout=60.0)

    async def __aenter__(self) -> Self:
        """Return itself; the connection is closed at the end."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        await self.client.aclose()

    async def sign_in(self, password: str) -> None:
        """Sign in; the session cookie stays with the client."""
        answer = await self.client.post("/api/v1/session", json={"name": self.name, "password": password})
        answer.raise_for_status()

    async def upload(self, contest: str, tps_kode: str, name: str, data: bytes) -> dict[str, Any]:
        """Upload one photograph and return its receipt."""
        answer = await self.client.post(
            "/api/v1/photos", data={"pemilihan": contest, "tps": tps_kode}, files={"file": (name, data, "image/jpeg")}
        )
        answer.raise_for_status()
        receipt: dict[str, Any] = answer.json()
        return receipt

    async def my_photos(self) -> list[dict[str, Any]]:
        """Return this volunteer's uploads and their states."""
        answer = await self.client.get("/api/v1/photos/mine")
        answer.raise_for_status()
        photos: list[dict[str, Any]] = answer.json()["photos"]
        return photos

    async def find_station(self, task_id: str) -> str:
        """Return the TPS whose paper a task shows; this person is an admin."""
        answer = await self.client.get(f"/api/v1/tasks/{task_id}/source")
        answer.raise_for_status()
        return str(answer.json()["tps"])

    async def read_next(self, papers: Papers, tallied: Tallied) -> bool:
        """Take one task and answer it from the paper on its photographs. False: there was no task for this person."""
        answer = await self.client.post("/api/v1/tasks")
        if answer.status_code == httpx.codes.NO_CONTENT:
            return False
        answer.raise_for_status()
        task = answer.json()
        paper = await papers.look(task["id"])
        written = {one["name"]: paper[one["name"]] for one in task["fields"]}
        await self._answer(task, written, tallied)
        return True

    async def _answer(self, task: dict[str, Any], written: Mapping[str, int], tallied: Tallied) -> None:
        shown: dict[str, int] = task["shown"] or {}
        see = self._see_twice if task["mode"] == "review" else self._see
        numbers = {name: see(value, shown.get(name)) for name, value in written.items()}
        answer = await self.client.post(f"/api/v1/tasks/{task['id']}/reading", json={"numbers": numbers})
        answer.raise_for_status()
        tallied.readings += 1
        tallied.confirmations += task["mode"] == "confirm"
        tallied.misread_fields += sum(numbers[name] != written[name] for name in numbers)

    def _see_twice(self, written: int, shown: int | None) -> int:
        """Return what a reviewer enters, whose word weighs much: he looks twice, and where he differs once more."""
        first, second = self._see(written, shown), self._see(written, shown)
        return first if first == second else self._see(written, shown)

    def _see(self, written: int, shown: int | None) -> int:
        """Return what this person enters for a number on the paper, given the value on the screen if there is one."""
        if shown is not None:
            noticed = shown == written or self.rng.random() < self.habits.catch_rate
            return written if noticed else shown
        if self.rng.random() >= self.habits.field_error:
            return written
        digits = list(str(written))
        place = int(self.rng.integers(len(digits)))
        digits[place] = CONFUSIONS[digits[place]]
        return int("".join(digits))
