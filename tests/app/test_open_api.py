"""What the API promises to other people's programs: every public read has an example and may be read by any page."""

import re
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from app import main
from app.core.access import _walk, is_public
from app.web.api_document import load_examples

API = "/api/v1/"
UNPRINTABLE = ("image/", "application/zip", "application/vnd.")
ELSEWHERE = {"origin": "https://elsewhere.example"}


def list_operations(document: dict[str, Any], app: FastAPI) -> list[tuple[str, str, bool, dict[str, Any]]]:
    """Return (method, path, whether it is a public read, operation) of everything that is described."""
    return [
        (method.upper(), path, method == "get" and is_public(app, path=path, method="GET"), operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.startswith(API)
    ]


def has_example(document: dict[str, Any], content: dict[str, Any]) -> bool:
    schema = content.get("schema", {})
    while "$ref" in schema or schema.get("type") == "array":
        name = schema.get("$ref", "")
        schema = document["components"]["schemas"][name.rsplit("/", 1)[1]] if name else schema.get("items", {})
        if "examples" in schema:
            return True
    return "example" in content or "examples" in content


def fill(path: str) -> str:
    """Return an address of a route; what is asked for need not be there."""
    return re.sub(r"\{(\w+)\}", lambda found: "csv" if found[1] == "suffix" else "1", path)


async def test_every_public_read_has_an_example_and_is_open_and_nothing_else_is(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    document = (await client.get("/openapi.json")).json()
    operations = list_operations(document, app)
    reads = [(path, operation) for _, path, public, operation in operations if public]
    assert len(reads) > 20
    bare = [
        f"{path} {kind}"
        for path, operation in reads
        for kind, content in operation["responses"]["200"].get("content", {}).items()
        if not kind.startswith(UNPRINTABLE) and not has_example(document, content)
    ]
    assert not bare, "public reads without an example:\n" + "\n".join(bare)
    for method, path, public, _ in operations:
        answer = await client.request(method, fill(path), headers=ELSEWHERE)
        allowed = answer.headers.get("access-control-allow-origin")
        assert allowed == ("*" if public else None), (method, path, answer.status_code)
        assert "access-control-allow-credentials" not in answer.headers


async def test_a_browser_that_asks_beforehand_may_read_and_not_write(client: httpx.AsyncClient) -> None:
    async def ask(path: str, method: str) -> httpx.Response:
        return await client.options(path, headers={**ELSEWHERE, "access-control-request-method": method})

    read = await ask("/api/v1/discrepancies", "GET")
    assert (read.status_code, read.headers["access-control-allow-methods"]) == (204, "GET, HEAD")
    assert "authorization" not in read.headers["access-control-allow-headers"]
    for path, method in (("/api/v1/session", "POST"), ("/api/v1/webhooks/1", "DELETE"), ("/masuk", "POST")):
        write = await ask(path, method)
        assert "access-control-allow-methods" not in write.headers, path
        assert "access-control-allow-origin" not in write.headers, path
    page = await client.get("/tentang", headers=ELSEWHERE)
    assert "access-control-allow-origin" not in page.headers


def test_the_examples_are_what_their_routes_answer() -> None:
    routes = {route.path: route for route in _walk(list(main.ROUTES)) if isinstance(route, APIRoute)}
    for path, example in load_examples().items():
        if not isinstance(example, str):
            TypeAdapter(routes[path].response_model).validate_python(example, strict=False)


async def test_whoever_is_counted_is_told_how_much_is_left(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/api/v1/session",
        json={"name": "nobody", "password": "nothing at all"},
        headers={"x-forwarded-for": "93.184.216.34"},
    )
    assert answer.status_code == 401
    assert (answer.headers["ratelimit-limit"], answer.headers["ratelimit-remaining"]) == ("300", "299")
    assert 0 < int(answer.headers["ratelimit-reset"]) <= 3600
