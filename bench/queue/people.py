"""People who take and answer tasks as fast as they are let: through the services, or over HTTP."""

import asyncio
import json
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from app.core.access import Role
from app.core.database import Sessions
from app.core.statements import look
from app.verification.queue import answer_task, deal_task
from bench.queue.ground import FORM, Person

LEASE = 600


async def run_services(sessions: Sessions, people: Sequence[Person], *, seconds: float) -> int:
    """Return how many tasks were dealt and answered, as the routes do it: each with statements of its own."""
    until = perf_counter() + seconds
    return sum(await asyncio.gather(*(_read_on(sessions, one, until) for one in people)))


async def read_many(sessions: Sessions, person: Person, *, count: int) -> int:
    """Let one person read so many, one after the other; return how many he got."""
    done = 0
    while done < count and await _read_one(sessions, person):
        done += 1
    return done


async def _read_on(sessions: Sessions, person: Person, until: float) -> int:
    done = 0
    while perf_counter() < until and await _read_one(sessions, person):
        done += 1
    return done


async def _read_one(sessions: Sessions, person: Person) -> bool:
    async with look(sessions) as statements:
        task = await deal_task(statements, account_id=person.account, role=Role.VOLUNTEER, lease_seconds=LEASE)
    if task is None:
        return False
    numbers = {name: FORM[name] for name in task.fields}
    async with look(sessions) as statements:
        await answer_task(statements, task_id=task.id, account_id=person.account, numbers=numbers)
    return True


async def run_http(addresses: Sequence[tuple[str, int]], people: Sequence[Person], *, seconds: float) -> int:
    """Return how many tasks were taken and answered over HTTP; people are spread over the processes."""
    started = perf_counter()
    places = [addresses[number % len(addresses)] for number in range(len(people))]
    done = await asyncio.gather(
        *(_send_on(place, one, started + seconds) for place, one in zip(places, people, strict=True))
    )
    return sum(done)


async def _send_on(place: tuple[str, int], person: Person, until: float) -> int:
    caller = await _Caller.open(place, person.token)
    done = 0
    while perf_counter() < until:
        status, task = await caller.post("/api/v1/tasks", None)
        if status == 204:  # noqa: PLR2004 - nothing to read
            break
        _require(status, 201, task)
        numbers = {field["name"]: FORM[field["name"]] for field in task["fields"]}
        status, answer = await caller.post(f"/api/v1/tasks/{task['id']}/reading", {"numbers": numbers})
        _require(status, 201, answer)
        done += 1
    caller.close()
    return done


def _require(status: int, expected: int, answer: object) -> None:
    if status != expected:
        message = f"The site answered {status}: {answer}"
        raise RuntimeError(message)


class _Caller:
    """One kept-alive connection. A full HTTP client would cost more than the site that is to be measured."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self.reader = reader
        self.writer = writer
        self.token = token

    @classmethod
    async def open(cls, place: tuple[str, int], token: str) -> "_Caller":
        return cls(*await asyncio.open_connection(*place), token)

    async def post(self, path: str, body: Any) -> tuple[int, Any]:  # noqa: ANN401 - any JSON
        data = b"" if body is None else json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {self.token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
        )
        self.writer.write(head.encode() + data)
        status, length = await self._read_head()
        answer = await self.reader.readexactly(length)
        return status, json.loads(answer) if answer else None

    async def _read_head(self) -> tuple[int, int]:
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        lengths = (line for line in lines if line.lower().startswith("content-length:"))
        return int(lines[0].split()[1]), int(next(lengths, ":0").partition(":")[2])

    def close(self) -> None:
        self.writer.close()
