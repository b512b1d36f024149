"""Signing in and out over HTTP, and what the database keeps of it."""

import asyncio

import httpx
import pytest
from sqlalchemy import text

from app.accounts.service import make_account, suspend_account
from app.accounts.sign_in import ATTEMPTS_MAX
from app.core.access import Role
from app.core.config import Settings
from app.core.database import Sessions

PASSWORD = "empat kata yang mudah"


@pytest.fixture
async def sari(sessions: Sessions) -> int:
    async with sessions.begin() as session:
        account = await make_account(session, name="Sari ", password=PASSWORD, role=Role.VOLUNTEER)
    return account.id


async def sign_in(client: httpx.AsyncClient, name: str = "sari", password: str = PASSWORD) -> httpx.Response:
    return await client.post("/api/v1/session", json={"name": name, "password": password})


async def count(sessions: Sessions, table: str) -> int:
    async with sessions.begin() as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608 - fixed names


async def test_a_browser_gets_a_cookie_that_scripts_cannot_read(client: httpx.AsyncClient, sari: int) -> None:
    answer = await sign_in(client, " SARI")

    assert answer.status_code == 201
    assert answer.json()["account_id"] == sari
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    who = await client.get("/api/v1/session")
    assert who.json() == {"account_id": sari, "name": "sari", "role": "volunteer"}


async def test_a_program_uses_the_token(client: httpx.AsyncClient, sari: int) -> None:
    token = (await sign_in(client)).json()["token"]
    client.cookies.clear()

    assert (await client.get("/api/v1/session")).status_code == 401
    who = await client.get("/api/v1/session", headers={"authorization": f"Bearer {token}"})
    assert who.json()["account_id"] == sari


async def test_the_database_holds_neither_token_nor_password(
    client: httpx.AsyncClient, sari: int, sessions: Sessions
) -> None:
    token = (await sign_in(client)).json()["token"]

    async with sessions.begin() as session:
        kept = str((await session.execute(text("SELECT * FROM account, account_session"))).all())
    assert token not in kept
    assert PASSWORD not in kept
    assert "$argon2id$" in kept


async def test_signing_out_ends_the_session_on_the_server(
    client: httpx.AsyncClient, sari: int, sessions: Sessions
) -> None:
    token = (await sign_in(client)).json()["token"]

    assert (await client.delete("/api/v1/session")).status_code == 204
    assert (await client.get("/api/v1/session", headers={"authorization": f"Bearer {token}"})).status_code == 401
    assert await count(sessions, "account_session") == 0


async def test_an_expired_session_opens_nothing(client: httpx.AsyncClient, sari: int, sessions: Sessions) -> None:
    await sign_in(client)
    async with sessions.begin() as session:
        await session.execute(text("UPDATE account_session SET expires_at = now() - interval '1 second'"))

    assert (await client.get("/api/v1/session")).status_code == 401


async def test_a_suspended_account_is_out_at_once_and_cannot_return(
    client: httpx.AsyncClient, sari: int, sessions: Sessions
) -> None:
    await sign_in(client)
    async with sessions.begin() as session:
        await suspend_account(session, account_id=sari)

    assert (await client.get("/api/v1/session")).status_code == 401
    assert (await sign_in(client)).status_code == 401


async def test_a_wrong_name_and_a_wrong_password_look_alike(client: httpx.AsyncClient, sari: int) -> None:
    wrong_password = await sign_in(client, password="salah salah")
    wrong_name = await sign_in(client, name="nobody")

    assert wrong_password.status_code == wrong_name.status_code == 401
    assert wrong_password.json() == wrong_name.json()
    assert wrong_name.json()["code"] == "wrong_credentials"
    assert wrong_name.json()["remedy"]


async def test_a_name_closes_after_too_many_guesses_even_when_sent_at_once(
    client: httpx.AsyncClient, sari: int
) -> None:
    answers = await asyncio.gather(*(sign_in(client, password=f"salah {number}") for number in range(ATTEMPTS_MAX + 5)))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [401] * ATTEMPTS_MAX + [429] * 5
    assert (await sign_in(client)).status_code == 429
    assert (await sign_in(client, name="other")).status_code == 401


async def test_the_name_opens_again_when_the_window_has_passed(
    client: httpx.AsyncClient, sari: int, sessions: Sessions
) -> None:
    for number in range(ATTEMPTS_MAX):
        await sign_in(client, password=f"salah {number}")
    async with sessions.begin() as session:
        await session.execute(text("UPDATE sign_in_attempt SET at = at - interval '11 minutes'"))

    assert (await sign_in(client)).status_code == 201
    assert await count(sessions, "sign_in_attempt") == 0


async def test_signing_in_wipes_the_count(client: httpx.AsyncClient, sari: int) -> None:
    for _ in range(ATTEMPTS_MAX):
        await sign_in(client, password="salah salah")
        await client.delete("/api/v1/session")
        break
    for _ in range(ATTEMPTS_MAX + 2):
        assert (await sign_in(client)).status_code == 201


@pytest.mark.parametrize(
    "body", [{}, {"name": "sari"}, {"name": "x" * 300, "password": "y"}, {"name": 1, "password": 2}, [], {"name": None}]
)
async def test_a_malformed_body_is_explained(client: httpx.AsyncClient, body: object) -> None:
    answer = await client.post("/api/v1/session", json=body)

    assert answer.status_code == 422
    assert set(answer.json()) == {"code", "message", "remedy"}


async def test_a_name_with_nul_is_no_failure_of_ours(client: httpx.AsyncClient) -> None:
    assert (await sign_in(client, name="sa\0ri")).status_code in {401, 422}


async def test_the_cookie_is_secure_behind_https(client: httpx.AsyncClient, sari: int, settings: Settings) -> None:
    settings.cookie_secure = True

    assert "; secure" in (await sign_in(client)).headers["set-cookie"].lower()
