"""What machines ask the site: alive, ready (and why not), metrics; and the number that ties a request's traces."""

import asyncio
import io
import json
import os
import re
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import structlog
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from app.core.access import public
from app.core.config import Settings
from app.core.database import Sessions, make_engine, make_sessions
from app.core.health import ANSWER_WITHIN, FRESH_FOR, Readiness, Reason, find_lack_of_room, make_readiness
from app.core.jobs import enqueue, enqueue_many
from app.core.logs import configure_logs
from app.core.request_watch import RequestWatch
from app.core.storage import LocalStore, S3Place, S3Store
from app.main import make_app
from app.web import figures
from tests.http_ground import SignInAs

TOKEN = "kunci-metrik-yang-panjang"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})


async def read_metrics(client: httpx.AsyncClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = await client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    families = list(text_string_to_metric_families(answer.text))
    assert len({family.name for family in families}) == len(families), "a name stands there twice"
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def labels(**named: str) -> frozenset[tuple[str, str]]:
    return frozenset(named.items())


async def test_readiness_names_a_schema_that_is_not_ours(client: httpx.AsyncClient, sessions: Sessions) -> None:
    assert (await client.get("/readyz")).json() == {"status": "ok"}
    async with sessions.begin() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    await asyncio.sleep(FRESH_FOR)
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["schema"]
    assert "0001" in answer.json()["reasons"][0]["message"]
    assert (await client.get("/healthz")).status_code == 200


@pytest.fixture
async def silent_port() -> AsyncIterator[int]:
    """A server that takes connections and never says a word: what a database that hangs looks like."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def ask_site(settings: Settings, database: str, path: str) -> httpx.Response:
    engine = make_engine(database)
    app = make_app(settings, make_sessions(engine), LocalStore(settings.objects))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.get(path)
    for task in app.state.readiness._running.values():
        task.cancel()
    await asyncio.gather(*app.state.readiness._running.values(), return_exceptions=True)
    await engine.dispose()
    return answer


async def test_a_database_that_hangs_is_told_in_bounded_time(settings: Settings, silent_port: int) -> None:
    begun = time.monotonic()
    answer = await ask_site(settings, f"postgresql://u@127.0.0.1:{silent_port}/d", "/readyz")
    assert time.monotonic() - begun < ANSWER_WITHIN + 5
    assert answer.json()["reasons"][0]["code"] == "database_slow"


async def test_a_database_that_is_away_is_told_and_asked_for_again(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    away = f"postgresql://u@127.0.0.1:{port}/d"
    answer = await ask_site(settings, away, "/readyz")
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["database_unreachable"]
    assert "127.0.0.1" not in answer.text, "anybody may ask: where the database is, is nobody's business"
    assert str(port) not in answer.text
    page = await ask_site(settings, away, "/")
    assert page.status_code == 503
    assert page.json()["code"] == "database_unreachable"
    assert page.headers["retry-after"] == "2"
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_a_bucket_that_is_away_is_told(settings: Settings, sessions: Sessions, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    place = S3Place("photos", f"http://127.0.0.1:{port}", None, "us-east-1", "", "key", "secret")
    store = S3Store(place)
    begun = time.monotonic()
    reasons = await make_readiness(sessions, store, free_min=1).find_reasons()
    assert time.monotonic() - begun < ANSWER_WITHIN + 5
    assert [reason.code for reason in reasons] in (["store_unavailable"], ["store_slow"])
    store.close()


async def test_a_database_killed_in_the_middle_of_a_request_is_503_and_then_well(
    app: FastAPI, client: httpx.AsyncClient, sessions: Sessions
) -> None:
    async def cut_off() -> None:
        async with sessions.begin() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    app.add_api_route("/api/v1/cut", cut_off, dependencies=[public()])
    answer = await client.get("/api/v1/cut")
    assert answer.status_code == 503
    assert answer.json()["code"] == "database_unreachable"
    assert (await client.get("/")).status_code == 200


async def test_many_probes_cost_one_look() -> None:
    looks = 0

    async def look() -> Reason | None:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0.05)
        return None

    readiness = Readiness({"database": look})
    assert await asyncio.gather(*[readiness.find_reasons() for _ in range(50)]) == [()] * 50
    assert looks == 1


async def test_a_check_that_breaks_is_a_reason() -> None:
    async def look() -> Reason | None:
        raise ValueError("as planned")

    assert [reason.code for reason in await Readiness({"store": look}).find_reasons()] == ["store_failed"]


def test_a_full_disk_and_a_closed_folder_are_reasons(tmp_path: Path) -> None:
    assert find_lack_of_room(tmp_path / "not" / "made" / "yet", 1024) is None
    lack = find_lack_of_room(tmp_path, 2**62)
    assert lack is not None
    assert lack.code == "disk_full"
    if os.geteuid():
        tmp_path.chmod(0o500)
        closed = find_lack_of_room(tmp_path, 1024)
        assert closed is not None
        assert closed.code == "store_unwritable"


async def test_metrics_are_for_whoever_has_the_token(client: httpx.AsyncClient, sign_in_as: SignInAs) -> None:
    assert (await client.get("/metrics")).status_code == 403
    assert (await client.get("/metrics", headers={b"authorization": b"Bearer wrong \xe9"})).status_code == 403
    sari = await sign_in_as("sari")
    assert (await sari.get("/metrics")).status_code == 403


async def test_without_a_token_there_are_no_metrics(settings: Settings, database: str) -> None:
    closed = settings.model_copy(update={"metrics_token": None})
    assert (await ask_site(closed, database, "/metrics")).status_code == 404


async def test_requests_and_refusals_are_counted_under_few_names(client: httpx.AsyncClient) -> None:
    before = await read_metrics(client)
    wrong = {"name": "nobody", "password": "salah sekali"}
    assert (await client.post("/api/v1/session", json=wrong)).status_code == 401
    for kode in ("3171011001001", "3171011001002"):
        await client.get(f"/tps/ppwp-2024/{kode}")
    await client.get("/nothing/at/all")
    await client.get("/static/style.css")
    after = await read_metrics(client)

    def grown(name: str, **named: str) -> float:
        key = (name, labels(process="site", **named))
        return after.get(key, 0) - before.get(key, 0)

    assert grown("runut_http_requests_total", route="/api/v1/session", method="POST", status="401") == 1
    assert grown("runut_http_received_bytes_total", route="/api/v1/session") == len(
        json.dumps(wrong, separators=(",", ":"))
    )
    codes = {dict(key[1]).get("code") for key in after if key[0] == "runut_http_refusals_total"}
    assert "not_found" in codes
    assert grown("runut_http_requests_total", route="none", method="GET", status="404") == 1
    assert grown("runut_http_requests_total", route="/static", method="GET", status="200") == 1
    page = " ".join(str(key) for key in after)
    assert "31710110" not in page, "no label may name a TPS"
    routes = {dict(key[1])["route"] for key in after if key[0] == "runut_http_requests_total"}
    assert any("{kode}" in route for route in routes)


async def test_the_databases_figures_are_there(client: httpx.AsyncClient, app: FastAPI, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await enqueue(session, "settle", {"n": 1})
        await session.execute(
            text("UPDATE pgqueuer SET (created, execute_after) = (now() - interval '90 s', now() - interval '95 s')")
        )
        await session.execute(
            text(
                "INSERT INTO job_set_aside (job_id, job, payload, reason, message) "
                "VALUES (9, 'settle', '{}', 'failed', 'x')"
            )
        )
    found = await read_metrics(client)
    assert found["runut_queue_jobs", labels(kind="settle", status="queued")] == 1
    assert 90 <= found["runut_queue_oldest_seconds", labels(kind="settle", status="queued")] < 600
    assert found["runut_jobs_set_aside", labels(kind="settle")] == 1
    assert found["runut_tally_changes", frozenset()] == 0
    assert found["runut_tally_stale_seconds", frozenset()] == 0
    assert found["runut_figures_unanswered", frozenset()] == 0
    assert found["runut_pool_limit", frozenset()] > found["runut_pool_used", frozenset()]
    assert found["runut_process_up", labels(process="site")] == 1
    assert found["runut_process_resident_bytes", labels(process="site")] > 10_000_000
    app.state.processes = lambda: {"worker-0": 2**22 + 1}
    assert (await read_metrics(client))["runut_process_up", labels(process="worker-0")] == 0


@pytest.mark.parametrize(
    ("statement", "asked"),
    [
        ("SELECT nextval('asked'), pg_sleep(9)", (1, 1, 2)),
        ("SELECT nextval('asked'), pg_terminate_backend(pg_backend_pid()), pg_sleep(9)", (1, 2, 3)),
    ],
    ids=["too slow", "outage"],
)
async def test_what_was_too_slow_waits_its_turn_and_an_outage_does_not(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, statement: str, asked: tuple[int, ...]
) -> None:
    monkeypatch.setattr(figures, "STATEMENT_MILLISECONDS", 200)
    async with sessions.begin() as session:
        await session.execute(text("CREATE SEQUENCE asked"))
    group = figures.Group((figures.Question(statement, (), (("runut_rows", "Rows."),)),), 3600.0)
    watched = figures.Figures(sessions, (group,))
    counts = []
    for _ in range(3):
        (failed,) = await watched.gather()
        assert failed.samples[0].value == 1, "it has no answer still"
        async with sessions.begin() as session:
            counts.append((await session.execute(text("SELECT last_value FROM asked"))).scalar_one())
        if len(counts) == 2:
            group.until = time.monotonic()  # an hour later
    assert tuple(counts) == asked


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


async def test_a_number_that_ends_a_line_is_not_taken_over() -> None:
    """Servers refuse such a header before us; one that does not must not let it into the answer and the log."""
    told = list[bytes]()

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def fail(_request: Request, error: Exception) -> Response:
        raise error

    async def hear(message: Message) -> None:
        told.extend(value for name, value in message["headers"] if name == b"x-request-id")

    async def say() -> Message:
        return {"type": "http.disconnect"}

    watch = RequestWatch(answer, show_failure=fail, write_all=False)
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"x-request-id", b"abcdefgh\n")]}
    await watch(scope, say, hear)
    assert [len(number) for number in told] == [16]
    assert b"\n" not in told[0]
