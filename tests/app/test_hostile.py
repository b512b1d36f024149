"""What no ordinary client sends: it is refused in words, costs little and never is our failure."""

import io
import json
import sys
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.access import Role, public
from app.core.database import Sessions
from app.core.logs import configure_logs
from tests.http_ground import SignInAs
from tests.verification.world import make_world

PAGE = {"accept": "text/html"}
JSON = {"content-type": "application/json"}


def multipart(charset: str) -> dict[str, Any]:
    """A sign-in form whose sender chose how its letters are to be read."""
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n\\ud800+2AA-\r\n' for name in ("name", "password")
    )
    kind = f"multipart/form-data; boundary=b; charset={charset}"
    return {"content": f"{parts}--b--\r\n".encode(), "headers": {"content-type": kind, **PAGE}}


@pytest.mark.parametrize(
    "target", ["http://[", "//[", "//elsewhere.example/", "/\\elsewhere.example", "/masuk?lanjut=/x"]
)
async def test_sign_in_leads_nowhere_else_and_takes_any_nonsense(client: httpx.AsyncClient, target: str) -> None:
    answer = await client.get("/masuk", params={"lanjut": target}, headers=PAGE)

    assert answer.status_code == 200
    assert 'name="lanjut" value="/unggah"' in answer.text


@pytest.mark.parametrize("origin", ["http://[", "http://]:x", "null", "", "http://", "://", "http://a@b"])
async def test_an_origin_that_makes_no_sense_is_foreign(client: httpx.AsyncClient, origin: str) -> None:
    body = {"name": "sari", "password": "-"}
    answer = await client.post("/api/v1/session", json=body, headers={"origin": origin})

    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "undefined", "idna", "punycode", "hex", "no-such"])
async def test_a_form_with_half_characters_is_refused(client: httpx.AsyncClient, charset: str) -> None:
    answer = await client.post("/masuk", **multipart(charset))

    assert answer.status_code in {401, 422}


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/discrepancies?field=%00",
        "/api/v1/discrepancies.csv?field=%00",
        "/selisih/ppwp-2024?field=%00",
        "/api/v1/official/ppwp-2024/%00",
        "/api/v1/sections/ppwp-2024/%00/photos/1/crops/suara_01.jpg",
    ],
)
async def test_a_nul_in_an_address_is_refused(client: httpx.AsyncClient, sessions: Sessions, path: str) -> None:
    async with sessions.begin() as session:
        await make_world(session)

    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "strange_text")


async def test_a_nul_in_an_admins_words_is_refused(sign_in_as: SignInAs) -> None:
    admin = await sign_in_as("admin", Role.ADMIN)

    account = {"name": "sari", "password": "empat kata yang mudah", "display_name": "Sa\0ri"}
    for path, body in (
        ("/api/v1/accounts", account),
        (f"/api/v1/accounts/{admin.headers['x-account-id']}/withdraw", {"reason": "a\0b"}),
    ):
        answer = await admin.post(path, content=json.dumps(body), headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (422, "strange_text"), path
    names = [account["name"] for account in (await admin.get("/api/v1/accounts")).json()]
    assert names == ["admin"]


async def test_our_own_failure_is_logged_at_once_and_without_any_local_variable(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    written = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))  # the rest stays as make_app set it

    async def fail() -> None:
        password = "rahasia sekali"  # noqa: F841 - it must not be found in the log
        raise RuntimeError("as planned")

    app.add_api_route("/api/v1/fail", fail, dependencies=[public()])
    answer = await client.get("/api/v1/fail")
    configure_logs()

    assert answer.json()["code"] == "internal"
    (line,) = [line for line in written.getvalue().splitlines() if '"slow request"' not in line]
    said = json.loads(line)
    assert said["event"] == "unexpected_error"
    assert "RuntimeError: as planned" in said["exception"]
    assert "rahasia sekali" not in line


async def test_a_database_error_does_not_name_the_values(sessions: Sessions) -> None:

    with pytest.raises(DBAPIError) as raised:
        async with sessions.begin() as session:
            await session.execute(text("SELECT CAST(:token AS text) || CAST(1/0 AS text)"), {"token": "rahasia sekali"})
    assert "rahasia sekali" not in str(raised.value)


def test_a_log_line_goes_to_the_standard_error_of_its_own_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = io.StringIO()
    monkeypatch.setattr(sys, "stderr", gone)
    configure_logs()
    gone.close()
    now = io.StringIO()
    monkeypatch.setattr(sys, "stderr", now)

    structlog.get_logger().warning("still_heard")

    assert json.loads(now.getvalue())["event"] == "still_heard"
