"""What the site counts and measures: for whom, under which names, and what the database adds to it."""

import json
import time

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import text

from app.core.config import Settings
from app.core.database import Sessions
from app.core.jobs import enqueue
from app.web import figures
from tests.app.one_request import ask_site
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
    assert found["runut_unsettled_sections", frozenset()] == 0
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
