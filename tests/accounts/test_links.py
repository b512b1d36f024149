"""Signals of a sign-in, the groups made of them, and invitations: as the database and the people see them."""

import httpx
from sqlalchemy import text

from app.accounts.link_accounts import link_accounts, list_linked
from app.accounts.service import make_account
from app.core.access import Role
from app.core.database import Sessions
from tests.conftest import SignInAs
from tests.http_ground import PASSWORD

FAR = {"x-forwarded-for": "36.80.1.7", "user-agent": "Mozilla/5.0 (Linux; Android 13)"}


async def make(sessions: Sessions, *names: str) -> list[int]:
    made = []
    for name in names:
        async with sessions.begin() as session:
            one = await make_account(session, name=name, password=PASSWORD, role=Role.VOLUNTEER, trained=True)
            made.append(one.id)
    return made


async def sign_in(client: httpx.AsyncClient, name: str, **headers: str) -> None:
    answer = await client.post("/api/v1/session", json={"name": name, "password": PASSWORD}, headers=headers)
    assert answer.status_code == 201, answer.text


async def count_groups(sessions: Sessions) -> list[list[str]]:
    async with sessions.begin() as session:
        await link_accounts(session)
    async with sessions.begin() as session:
        rows = await list_linked(session)
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.group_id, []).append(row.name)
    return list(found.values())


async def test_two_accounts_on_one_browser_are_linked_and_it_is_said_why(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    sari, budi, _ = await make(sessions, "sari", "budi", "tono")
    await sign_in(client, "sari")
    assert "runut_device" in client.cookies
    await sign_in(client, "budi")
    client.cookies.clear()
    await sign_in(client, "tono")
    assert await count_groups(sessions) == [["sari", "budi"]]
    async with sessions.begin() as session:
        (first, _) = await list_linked(session)
        assert first.why == ({"kind": "device", "with": budi},)
        await session.execute(text("UPDATE account_signal SET last_at = now() - interval '31 days'"))
    assert await count_groups(sessions) == []
    async with sessions.begin() as session:
        assert (await session.execute(text("SELECT count(*) FROM account_signal"))).scalar_one() == 0
    assert sari != budi


async def test_the_same_browser_from_one_public_address_links_and_no_address_is_kept(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    await make(sessions, "sari", "budi", "tono")
    for name, headers in (("sari", FAR), ("budi", FAR), ("tono", {**FAR, "user-agent": "another"})):
        client.cookies.clear()
        await sign_in(client, name, **headers)
    assert await count_groups(sessions) == [["sari", "budi"]]
    async with sessions.begin() as session:
        kept = (await session.execute(text("SELECT string_agg(s::text, ' ') FROM account_signal s"))).scalar_one()
    assert "36.80" not in kept
    assert "Android" not in kept


async def test_addresses_of_a_local_network_say_nothing(client: httpx.AsyncClient, sessions: Sessions) -> None:
    await make(sessions, "sari", "budi")
    for name in ("sari", "budi"):
        client.cookies.clear()
        await sign_in(client, name)
    assert await count_groups(sessions) == []


async def test_an_invitation_makes_one_account_and_ties_it(
    sign_in_as: SignInAs, client: httpx.AsyncClient, sessions: Sessions
) -> None:
    inviter = await sign_in_as("sari")
    invite = (await inviter.post("/api/v1/invites", json={})).json()
    new = {"name": "budi", "password": PASSWORD, "invite": invite["code"]}
    refused = await client.post("/api/v1/accounts", json={**new, "password": "x"})
    assert refused.status_code == 422, "a refused account does not use the invitation up"
    made = await client.post("/api/v1/accounts", json=new)
    assert (made.status_code, made.json()["role"]) == (201, "volunteer"), made.text
    again = await client.post("/api/v1/accounts", json={**new, "name": "tono"})
    assert (again.status_code, again.json()["code"]) == (404, "no_such_invite")
    assert await count_groups(sessions) == [["sari", "budi"]]


async def test_invitations_are_for_volunteers_and_few_at_a_time(
    sign_in_as: SignInAs, client: httpx.AsyncClient
) -> None:
    inviter = await sign_in_as("sari")
    five = await inviter.post("/api/v1/invites", json={"uses": 5})
    assert five.status_code == 201, five.text
    more = await inviter.post("/api/v1/invites", json={})
    assert (more.status_code, more.json()["code"]) == (429, "too_many_invites")
    greedy = {"name": "budi", "password": PASSWORD, "role": "admin", "invite": five.json()["code"]}
    assert (await client.post("/api/v1/accounts", json=greedy)).status_code == 403


async def test_whom_an_admin_invites_is_tied_to_nobody(
    sign_in_as: SignInAs, client: httpx.AsyncClient, sessions: Sessions
) -> None:
    admin = await sign_in_as("pengelola", Role.ADMIN)
    code = (await admin.post("/api/v1/invites", json={"uses": 50})).json()["code"]
    for name in ("sari", "budi"):
        page = await client.get(f"/undangan/{code}")
        assert 'name="undangan"' in page.text
        sent = await client.post("/daftar", data={"name": name, "password": PASSWORD, "undangan": code})
        assert (sent.status_code, sent.headers.get("location")) == (303, "/unggah"), sent.text
        client.cookies.clear()
    assert await count_groups(sessions) == []
