"""Every request under watch: the number that ties its traces together, its line, and when it is counted."""

import io
import json
import re
from contextlib import nullcontext

import httpx
import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from app.core import metrics
from app.core.access import public
from app.core.config import Settings
from app.core.database import Sessions
from app.core.jobs import enqueue, enqueue_many
from app.core.logs import configure_logs
from app.core.request_watch import RequestWatch
from tests.app.one_request import ask_site


async def test_a_number_is_given_taken_echoed_and_reaches_the_jobs(
    app: FastAPI, client: httpx.AsyncClient, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))

    async def queue_and_fail() -> None:
        async with sessions.begin() as session:
            await enqueue(session, "settle", {})
            await enqueue_many(session, "compare", [{}, {}])
        raise RuntimeError("as planned")

    app.add_api_route("/api/v1/trace", queue_and_fail, dependencies=[public()])
    answer = await client.get("/api/v1/trace", headers={"x-request-id": "proxy-12345678"})
    forged = await client.get("/healthz", headers={"x-request-id": "x y"})
    configure_logs()

    assert answer.status_code == 500
    assert answer.headers["x-request-id"] == "proxy-12345678"
    assert re.fullmatch(r"[0-9a-f]{16}", forged.headers["x-request-id"])
    lines = [json.loads(words) for words in written.getvalue().splitlines()]
    (line,) = [line for line in lines if line["event"] == "unexpected_error"]
    assert line["request_id"] == "proxy-12345678"
    async with sessions.begin() as session:
        numbers = (await session.execute(text("SELECT headers->>'request_id' FROM pgqueuer"))).scalars().all()
    assert list(numbers) == ["proxy-12345678"] * 3


async def test_every_request_is_written_when_asked_for(
    settings: Settings, database: str, capfd: pytest.CaptureFixture[str]
) -> None:
    await ask_site(settings.model_copy(update={"log_requests": True}), database, "/healthz?name=siti")
    configure_logs()
    (line,) = [json.loads(words) for words in capfd.readouterr().err.splitlines() if '"request"' in words]
    assert (line["route"], line["status"], line["method"]) == ("/healthz", 200, "GET")
    assert "siti" not in json.dumps(line)


async def fail(_request: Request, error: Exception) -> Response:
    raise error


async def say_nothing() -> Message:
    return {"type": "http.disconnect"}


async def test_a_number_that_ends_a_line_is_not_taken_over() -> None:
    """Servers refuse such a header before us; one that does not must not let it into the answer and the log."""
    told = list[bytes]()

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def hear(message: Message) -> None:
        told.extend(value for name, value in message["headers"] if name == b"x-request-id")

    watch = RequestWatch(answer, show_failure=fail, write_all=False)
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"x-request-id", b"abcdefgh\n")]}
    await watch(scope, say_nothing, hear)
    assert [len(number) for number in told] == [16]
    assert b"\n" not in told[0]


@pytest.mark.parametrize("breaks", [False, True])
async def test_whoever_has_the_whole_answer_finds_it_counted_once(*, breaks: bool) -> None:
    """Closing the file that was sent takes a moment more; a client that has it all asks for the metrics before."""
    counted = list[float]()

    def count() -> float:
        labels = {"route": "none", "method": "GET", "status": "207"}
        return metrics.REGISTRY.get_sample_value("runut_http_requests_total", labels) or 0

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 207, "headers": []})
        await send({"type": "http.response.body", "body": b"part", "more_body": True})
        await send({"type": "http.response.body", "body": b"rest"})
        if breaks:
            raise RuntimeError("as planned")

    async def hear(_message: Message) -> None:
        counted.append(count() - before)

    before = count()
    watch = RequestWatch(answer, show_failure=fail, write_all=False)
    with pytest.raises(RuntimeError) if breaks else nullcontext():
        await watch({"type": "http", "method": "GET", "path": "/", "headers": []}, say_nothing, hear)
    assert counted == [0, 0, 1]
    assert count() - before == 1
