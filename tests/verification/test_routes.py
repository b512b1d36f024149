"""Verification over HTTP: who may do what, and that no value leaves before its time."""

import json
import uuid

import httpx
import pytest
from sqlalchemy import text

from app.core.access import Role
from app.core.database import Sessions
from app.core.storage import LocalStore
from app.intake.object_keys import crop_key, page_key
from app.verification.consensus import RULE_VERSION
from app.verification.sentences import SENTENCES
from tests.http_ground import SignInAs, address, app, client, sign_in_as, storage
from tests.verification.readings import TRUTH
from tests.verification.world import World, make_world, settle_waiting, tps

__all__ = ["address", "app", "client", "sign_in_as", "storage"]

PICTURE = b"\xff\xd8picture\xff\xd9"
SECRETS = [str(number) for number in TRUTH.values() if number > 99]
"""Numbers that stand in no code, address or time of these tests."""


@pytest.fixture
async def photos(sessions: Sessions, storage: LocalStore) -> dict[str, int]:
    """A sure section (TPS 1, dealt to confirm), an unsure one (TPS 2, blind); pictures in the store."""
    async with sessions.begin() as session:
        world: World = await make_world(session)
        await world.read(tps(1))
        await world.read(tps(2), confidence=0.5, sure=False)
        kept = dict(world.photos)
    for photo in kept.values():
        await storage.create(page_key(photo), PICTURE)
        for name in TRUTH:
            await storage.create(crop_key(photo, name), PICTURE)
    return {f"{place}-{page}": photo for (place, page, _), photo in kept.items()}


async def take(client: httpx.AsyncClient) -> dict[str, object]:
    answer = await client.post("/api/v1/tasks")
    assert answer.status_code == 201, answer.text
    task: dict[str, object] = answer.json()
    return task


async def take_mode(clients: list[httpx.AsyncClient], mode: str) -> tuple[httpx.AsyncClient, dict[str, object]]:
    """Let people take tasks until one holds a task of this mode."""
    for one in clients:
        task = await take(one)
        if task["mode"] == mode:
            return one, task
    raise AssertionError(f"nobody was dealt {mode}")


async def test_from_task_to_public_decision(
    sign_in_as: SignInAs, client: httpx.AsyncClient, sessions: Sessions, photos: dict[str, int]
) -> None:
    people = [await sign_in_as(name) for name in ("sari", "budi")]
    holder, task = await take_mode(people, "confirm")
    assert task["shown"] == TRUTH
    assert [field["name"] for field in task["fields"]] == list(TRUTH)  # type: ignore[attr-defined]
    for path in (task["fields"][0]["crop"], task["pages"]["2"]):  # type: ignore[index]
        answer = await holder.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert answer.content == PICTURE
    closed = f"/api/v1/sections/ppwp-2024/{tps(1)}/photos/{photos[f'{tps(1)}-2']}/crops/suara_01.jpg"
    assert (await client.get(closed)).status_code == 404
    sent = await holder.post(f"/api/v1/tasks/{task['id']}/reading", json={"numbers": TRUTH})
    assert sent.status_code == 201, sent.text
    again = await holder.post(f"/api/v1/tasks/{task['id']}/reading", json={"numbers": TRUTH})
    assert again.status_code == 200
    assert again.json()["reading_ids"] == sent.json()["reading_ids"]
    other = await holder.post(f"/api/v1/tasks/{task['id']}/reading", json={"numbers": {**TRUTH, "suara_01": 1}})
    assert (other.status_code, other.json()["code"]) == (409, "already_answered")
    await settle_waiting(sessions)
    shown = (await client.get(f"/api/v1/sections/ppwp-2024/{tps(1)}")).json()["sections"][0]
    assert shown["state"] == "accepted"
    assert shown["decision"]["numbers"] == TRUTH
    assert all(one["id"] and one["en"] for one in shown["decision"]["sentences"])
    assert len(shown["decision"]["readings"]) == 4
    reasons = {field: [line["en"] for line in lines] for field, lines in shown["decision"]["reasons"].items()}
    assert list(reasons) == list(TRUTH)
    assert reasons["suara_01"][1].startswith("The machine: reads 123 and is sure")
    assert "confirmed it; catches 70 of 100" in reasons["suara_01"][2]
    page = (await client.get(f"/tps/ppwp-2024/{tps(1)}?bahasa=en")).text
    assert "who read what, and what it weighs" in page
    assert reasons["suara_01"][2] in page
    assert "/tentang?bahasa=en#aturan" in page
    assert f"The rule, version {RULE_VERSION}" in (await client.get("/tentang?bahasa=en")).text
    assert (await client.get(closed)).content == PICTURE


async def test_no_answer_to_anybody_holds_a_value_before_the_decision(
    sign_in_as: SignInAs, client: httpx.AsyncClient, sessions: Sessions, photos: dict[str, int]
) -> None:
    people = [await sign_in_as(name) for name in ("sari", "budi")]
    holder, task = await take_mode(people, "blind")
    await holder.post(f"/api/v1/tasks/{task['id']}/reading", json={"numbers": TRUTH})
    await settle_waiting(sessions)
    later = await sign_in_as("tuti")
    seen = [await client.get(f"/api/v1/sections/ppwp-2024/{tps(2)}"), await later.get("/api/v1/photos/mine")]
    dealt = await later.post("/api/v1/tasks")
    assert dealt.status_code == 201
    # Which section it is, and so its mode, is left to chance; in confirm mode its holder is shown the values.
    if dealt.json()["mode"] == "blind":
        seen += [dealt, await later.get(f"/api/v1/tasks/{dealt.json()['id']}")]
    for answer in seen:
        assert answer.status_code < 300
        for secret in SECRETS:
            assert f":{secret}" not in json.dumps(answer.json(), separators=(",", ":")), answer.text


async def test_only_the_holder_sees_a_task(
    sign_in_as: SignInAs, client: httpx.AsyncClient, photos: dict[str, int]
) -> None:
    holder, stranger = await sign_in_as("sari"), await sign_in_as("budi")
    admin = await sign_in_as("adm", Role.ADMIN)
    task = await take(holder)
    for number in (task["id"], uuid.uuid4()):
        for path in ("", "/crops/suara_01.jpg", "/pages/2.jpg"):
            for someone in (stranger, admin):
                answer = await someone.get(f"/api/v1/tasks/{number}{path}")
                assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        for someone in (stranger, admin):
            sent = await someone.post(f"/api/v1/tasks/{number}/reading", json={"numbers": TRUTH})
            assert sent.status_code == 404
            skipped = await someone.post(f"/api/v1/tasks/{number}/skip", json={"reason": "later"})
            assert skipped.status_code == 404
            assert (await someone.post(f"/api/v1/tasks/{number}/undo")).status_code == 404
    assert (await client.get(f"/api/v1/tasks/{task['id']}")).status_code == 401


async def test_a_done_task_shows_nothing_any_more(sign_in_as: SignInAs, photos: dict[str, int]) -> None:
    holder = await sign_in_as("sari")
    task = await take(holder)
    assert (await holder.post(f"/api/v1/tasks/{task['id']}/skip", json={"reason": "later"})).status_code == 204
    for path in ("", "/crops/suara_01.jpg", "/pages/2.jpg"):
        assert (await holder.get(f"/api/v1/tasks/{task['id']}{path}")).status_code == 409


ROLES: list[tuple[str, Role | None]] = [("nobody", None), *((role.value, role) for role in Role)]
MATRIX: list[tuple[str, str, object, dict[str, int]]] = [
    # method, path, body, expected status by role; every task number here is a guess
    ("POST", "/api/v1/tasks", None, {"nobody": 401, "volunteer": 204, "reviewer": 204, "monitor": 403, "admin": 204}),
    *(
        (method, f"/api/v1/tasks/{uuid.UUID(int=7)}{path}", body, {
            "nobody": 401, "volunteer": 404, "reviewer": 404, "monitor": 403, "admin": 404
        })
        for method, path, body in (
            ("GET", "", None),
            ("GET", "/crops/suara_01.jpg", None),
            ("GET", "/pages/2.jpg", None),
            ("POST", "/reading", {"numbers": TRUTH}),
            ("POST", "/skip", {"reason": "later"}),
            ("POST", "/undo", None),
        )
    ),
    ("GET", "/api/v1/sections/ppwp-2024/1101012001001", None, dict.fromkeys(("nobody", *Role), 404)),
    ("GET", "/api/v1/sections/ppwp-2024/1101012001001/photos/1/crops/suara_01.jpg", None,
     dict.fromkeys(("nobody", *Role), 404)),
    ("POST", "/api/v1/accounts/999/withdraw", {"reason": "kolusi"},
     {"nobody": 401, "volunteer": 403, "reviewer": 403, "monitor": 403, "admin": 404}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "role"), ROLES)
async def test_roles_and_endpoints(
    sign_in_as: SignInAs, client: httpx.AsyncClient, name: str, role: Role | None
) -> None:
    caller = client if role is None else await sign_in_as("orang", role)
    for method, path, body, expected in MATRIX:
        answer = await caller.request(method, path, json=body)
        assert answer.status_code == expected[name], f"{method} {path} as {name}: {answer.text}"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"numbers": {}}, 422),
        ({"numbers": {**TRUTH, "suara_01": "123"}}, 422),
        ({"numbers": {**TRUTH, "suara_01": True}}, 422),
        ({"numbers": {**TRUTH, "suara_01": 1000}}, 422),
        ({"numbers": {**TRUTH, "extra": 1}}, 422),
        ({"numbers": TRUTH, "mode": "review"}, 422),
        ([], 422),
    ],
)
async def test_malformed_answers_change_nothing(
    sign_in_as: SignInAs, photos: dict[str, int], body: object, status: int
) -> None:
    holder = await sign_in_as("sari")
    task = await take(holder)
    path = f"/api/v1/tasks/{task['id']}/reading"
    answer = await holder.post(path, json=body)
    assert answer.status_code == status
    assert {"code", "message", "remedy"} <= set(answer.json())
    assert (await holder.post(path, json={"numbers": TRUTH})).status_code == 201


async def test_an_admin_withdraws_a_reader_who_is_out_at_once(
    sign_in_as: SignInAs, sessions: Sessions, photos: dict[str, int]
) -> None:
    reader, admin = await sign_in_as("sari"), await sign_in_as("adm", Role.ADMIN)
    task = await take(reader)
    await reader.post(f"/api/v1/tasks/{task['id']}/reading", json={"numbers": TRUTH})
    path = f"/api/v1/accounts/{reader.headers['x-account-id']}/withdraw"
    done = await admin.post(path, json={"reason": "kolusi"})
    assert done.json() == {"readings": 2, "sections": 1}
    assert (await reader.post("/api/v1/tasks")).status_code == 401
    async with sessions.begin() as session:
        queued = text(
            "SELECT convert_from(payload, 'UTF8')::jsonb -> 'section_ids' FROM pgqueuer WHERE entrypoint = 'withdraw'"
        )
        assert [len(ids) for ids in (await session.scalars(queued)).all()] == [1]


def test_every_code_of_the_rule_has_its_sentences(pytestconfig: pytest.Config) -> None:
    folder = pytestconfig.rootpath / "app" / "verification"
    text = "".join(
        (folder / name).read_text("utf-8") for name in ("consensus.py", "copies.py", "overriding.py", "sums.py")
    )
    said = {code for code in SENTENCES if f'"{code}"' in text}
    assert said == set(SENTENCES), f"nobody says {set(SENTENCES) - said}"
