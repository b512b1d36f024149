"""Making accounts: who may, with what name and password."""

import httpx
import pytest
from sqlalchemy import text

from app.accounts.service import list_accounts, make_account
from app.core.access import Role
from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import ConflictError, InvalidInputError
from tests.http_ground import SignInAs

NEW = {"name": "budi", "password": "kata sandi panjang"}


async def test_an_admin_makes_any_account(sign_in_as: SignInAs, client: httpx.AsyncClient) -> None:
    admin = await sign_in_as("admin", role=Role.ADMIN)

    made = await admin.post("/api/v1/accounts", json={**NEW, "role": "reviewer", "display_name": " Budi  S "})

    assert made.status_code == 201
    assert made.json()["role"] == "reviewer"
    assert made.json()["display_name"] == "Budi S"
    assert (await client.post("/api/v1/session", json=NEW)).status_code == 201
    names = [account["name"] for account in (await admin.get("/api/v1/accounts")).json()]
    assert names == ["admin", "budi"]


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.REVIEWER, Role.MONITOR])
async def test_nobody_else_makes_or_lists_accounts(sign_in_as: SignInAs, role: Role) -> None:
    somebody = await sign_in_as("sari", role=role)

    assert (await somebody.post("/api/v1/accounts", json=NEW)).status_code == 403
    assert (await somebody.get("/api/v1/accounts")).status_code == 403


async def test_strangers_register_only_where_it_is_open_and_only_as_volunteers(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    closed = await client.post("/api/v1/accounts", json=NEW)
    settings.open_registration = True
    admin = await client.post("/api/v1/accounts", json={**NEW, "role": "admin"})
    volunteer = await client.post("/api/v1/accounts", json=NEW)

    assert (closed.status_code, admin.status_code, volunteer.status_code) == (401, 403, 201)
    assert volunteer.json()["role"] == "volunteer"


async def test_a_name_is_taken_whatever_its_case(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await make_account(session, name="budi", password=NEW["password"], role=Role.VOLUNTEER)

    with pytest.raises(ConflictError, match="budi"):
        async with sessions.begin() as session:
            await make_account(session, name=" BUDI ", password=NEW["password"], role=Role.ADMIN)
    async with sessions.begin() as session:
        assert [account.role for account in await list_accounts(session)] == [Role.VOLUNTEER]


@pytest.mark.parametrize("name", ["", "a", "-a", "a b", "a" * 41, "a\0b", "<b>", "😀😀"])
async def test_a_name_outside_the_rule_is_refused_with_the_rule(sessions: Sessions, name: str) -> None:
    with pytest.raises(InvalidInputError, match="2-40"):
        async with sessions.begin() as session:
            await make_account(session, name=name, password=NEW["password"], role=Role.VOLUNTEER)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 201])
async def test_a_password_outside_the_rule_is_refused(sessions: Sessions, password: str) -> None:
    with pytest.raises(InvalidInputError, match="8-200"):
        async with sessions.begin() as session:
            await make_account(session, name="budi", password=password, role=Role.VOLUNTEER)


async def test_the_database_knows_the_roles(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await make_account(session, name="budi", password=NEW["password"], role=Role.VOLUNTEER)

    with pytest.raises(Exception, match="ck_account_role"):
        async with sessions.begin() as session:
            await session.execute(text("UPDATE account SET role = 'king'"))
