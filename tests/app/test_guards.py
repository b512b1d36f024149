"""What stands before every route: body limits, foreign origins, headers, errors in words."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from app.core.access import public
from app.main import BODY_BYTES
from app.web.rendering import static_address
from tests.http_ground import SignInAs

CREDENTIALS = {"name": "sari", "password": "empat kata yang mudah"}


async def test_it_is_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/healthz", "/docs", "/nothing", "/static/style.css", "/api/v1/session"])
async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers

    assert headers["content-security-policy"].startswith("default-src 'self'; img-src 'self' data: blob:")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


async def test_what_a_signed_in_person_sees_is_not_cached(sign_in_as: SignInAs) -> None:
    sari = await sign_in_as("sari")

    assert (await sari.get("/api/v1/session")).headers["cache-control"] == "no-store"


async def test_a_declared_length_beyond_the_limit_is_refused_unread(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /api/v1/session HTTP/1.1\r\nHost: {host}\r\nContent-Length: 10000000000\r\n\r\n"
    writer.write(head.encode() + b"x" * (BODY_BYTES + 70_000))
    await writer.drain()

    answer = await asyncio.wait_for(reader.read(), 10)
    writer.transport.abort()
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"too_large" in answer


async def test_an_endless_body_without_a_length_is_cut_off(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST /api/v1/session HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    sent = 0
    try:
        for _ in range(2000):
            writer.write(chunk)
            await writer.drain()
            sent += len(chunk)
    except ConnectionError:
        pass  # the server hung up, as it should
    finally:
        writer.transport.abort()
    assert sent < 60 * BODY_BYTES


async def test_a_streamed_body_beyond_the_limit_gets_413(client: httpx.AsyncClient) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(BODY_BYTES // 4096 + 2):
            yield b"x" * 4096

    answer = await client.post("/api/v1/session", content=body())

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    assert answer.json()["remedy"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 401),
        ({"origin": "https://evil.example", "authorization": "Bearer x"}, 401),
    ],
)
async def test_changes_asked_for_by_another_site_are_refused(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await client.post("/api/v1/session", json=CREDENTIALS, headers=headers)

    assert answer.status_code == status
    assert (answer.json()["code"] == "foreign_origin") == (status == 403)


async def test_its_own_origin_is_welcome(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.post("/api/v1/session", json=CREDENTIALS, headers={"origin": address})

    assert answer.status_code == 401


async def test_a_person_gets_a_page_and_a_program_json(client: httpx.AsyncClient) -> None:
    page = await client.get("/nothing", headers={"accept": "text/html"})
    program = await client.get("/api/v1/nothing", headers={"accept": "text/html"})

    assert page.status_code == program.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "Halaman /nothing tidak ada" in page.text
    assert program.json()["code"] == "not_found"


async def test_a_wrong_method_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.put("/api/v1/session")

    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"


async def test_a_static_file_is_kept_for_ever_under_its_own_address_only(client: httpx.AsyncClient) -> None:
    own = await client.get(static_address("style.css"))
    older = await client.get("/static/style.css?v=000000000000")

    assert own.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert older.headers["cache-control"] == "public, max-age=300"
    assert own.content == older.content
    assert (await client.get("/static/../main.py")).status_code == 404
    assert (await client.get("/static/nothing.js")).status_code == 404


async def test_an_unforeseen_error_is_500_without_its_story(app: FastAPI, client: httpx.AsyncClient) -> None:
    @app.get("/api/v1/broken", dependencies=[public()])
    async def get_broken() -> None:
        message = "the story"
        raise RuntimeError(message)

    answer = await client.get("/api/v1/broken")

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "the story" not in answer.text


async def test_the_reference_shows_every_operation_without_any_script(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    page = (await client.get("/docs")).text

    assert "<script" not in page
    assert not re.search(r"(src|href|action)=.https?:", page)
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}</code>" in page


async def test_who_sent_a_form_is_led_back_to_it_and_nowhere_else(client: httpx.AsyncClient, address: str) -> None:
    browser = {"accept": "text/html", "origin": address}
    page = await client.post("/tidak-ada", headers={**browser, "referer": f"{address}/lapor?tps=1"})
    assert '<a class="button" href="/lapor?tps=1">Kembali dan perbaiki</a>' in page.text
    for elsewhere in (
        "https://elsewhere.example/lapor",
        "javascript:alert(1)",
        f"{address}//elsewhere.example",
        f"{address}/\\elsewhere",
    ):
        refused = await client.post("/tidak-ada", headers={**browser, "referer": elsewhere})
        assert "Kembali dan perbaiki" not in refused.text, elsewhere
