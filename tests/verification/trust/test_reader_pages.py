"""Exercises, a reader's own page and the admins' pages, as people meet them."""

import re

import httpx
from sqlalchemy import text

from app.accounts.service import make_account
from app.core.access import Role
from app.core.database import Sessions
from app.verification.training.exercises import load_exercises
from app.verification.trust.pauses import pause_reader
from tests.conftest import SignInAs
from tests.http_ground import PASSWORD


async def sign_in_untrained(client: httpx.AsyncClient, sessions: Sessions) -> int:
    async with sessions.begin() as session:
        made = await make_account(session, name="baru", password=PASSWORD, role=Role.VOLUNTEER)
    answer = await client.post("/api/v1/session", json={"name": "baru", "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return made.id


async def test_a_newcomer_is_dealt_forms_after_his_exercises(client: httpx.AsyncClient, sessions: Sessions) -> None:
    await sign_in_untrained(client, sessions)
    refused = await client.post("/api/v1/tasks")
    assert (refused.status_code, refused.json()["code"]) == (403, "training_needed")
    assert (await client.get("/periksa")).headers["location"] == "/latihan"
    by_name = {one.name: one for one in load_exercises()}
    seen, mistaken = [], False
    while (following := (await client.get("/api/v1/training")).json()["next"]) is not None:
        exercise = by_name[following["name"]]
        seen.append(exercise.name)
        assert following["shown"] == (None if exercise.shown is None else dict(exercise.shown))
        picture = await client.get(next(iter(following["pictures"].values())))
        assert picture.content.startswith(b"\xff\xd8")
        wrong = {} if mistaken else {exercise.fields[0]: 7}
        told = await client.post(f"/api/v1/training/{exercise.name}", json={"numbers": {**exercise.written, **wrong}})
        assert told.json()["right"] is mistaken, told.text
        assert told.json()["fields"][0]["right"] is mistaken
        mistaken = True
    assert seen == [*by_name, next(iter(by_name))], "what was not right comes once more at the end"
    assert (await client.post("/api/v1/tasks")).status_code == 204


async def test_exercises_on_the_page(client: httpx.AsyncClient, sessions: Sessions) -> None:
    await sign_in_untrained(client, sessions)
    wrong = await client.post("/latihan/tiga-delapan", data={"aksi": "benar"})
    assert "Hampir" in wrong.text
    assert "Anda menjawab: 133" in wrong.text
    assert (await client.post("/latihan/tidak-ada", data={"aksi": "benar"})).status_code == 404
    exercises = sorted(load_exercises(), key=lambda one: one.name == "tiga-delapan")
    for number, exercise in enumerate(exercises, 1):
        page = await client.get("/latihan")
        assert f"Latihan {number} dari 6" in page.text
        assert str(exercise.written[exercise.fields[0]]) not in re.sub(r"<[^>]*>", "", page.text) or exercise.shown
        empty = await client.post(f"/latihan/{exercise.name}", data={"aksi": "kirim"})
        assert empty.status_code == 422
        boxes = {
            f"{field}.{place}": digit
            for field, value in exercise.written.items()
            for place, digit in enumerate(f"{value:>3}")
        }
        told = await client.post(f"/latihan/{exercise.name}", data={**boxes, "aksi": "kirim"})
        assert "Tepat semua" in told.text
        assert exercise.lesson["id"] in told.text
    assert "Semua latihan sudah selesai" in (await client.get("/latihan")).text
    async with sessions.begin() as session:
        assert (await session.execute(text("SELECT reading FROM account WHERE name = 'baru'"))).scalar_one() == "open"


async def test_a_paused_reader_learns_why_objects_and_is_answered(sign_in_as: SignInAs, sessions: Sessions) -> None:
    reader, admin = await sign_in_as("sari"), await sign_in_as("pengelola", Role.ADMIN)
    account, own_account = (int(one.headers["x-account-id"]) for one in (reader, admin))
    assert "Belum cukup banyak bacaan" in (await reader.get("/saya")).text
    assert "Tidak ada pembaca yang dijeda" in (await admin.get("/jeda")).text
    async with sessions.begin() as session:
        await pause_reader(session, account_id=account, reason="catch", facts={"counts": {"plants_shown": 98765}})
        await pause_reader(session, account_id=own_account, reason="error", facts={})
    words = {"resume": True, "words": "Saya baik."}
    assert (await admin.post(f"/api/v1/readers/{own_account}/pause", json=words)).json()["code"] == "own_pause"
    refused = await reader.post("/api/v1/tasks")
    assert (refused.status_code, refused.json()["code"]) == (403, "reading_paused")
    for path in ("/periksa", "/latihan"):
        where = (await reader.get(path)).headers.get("location")
        assert where == ("/saya" if path == "/periksa" else None)
    page = await reader.get("/saya")
    assert "sedang dijeda" in page.text
    assert "plants_shown" not in page.text
    assert (await reader.post("/saya/keberatan", data={"alasan": ""})).status_code == 422
    assert (await reader.post("/saya/keberatan", data={"alasan": "Layar saya kecil."})).status_code == 303
    own = (await reader.get("/api/v1/me/reading")).json()
    assert (own["reading"], own["pause"]["objection"]) == ("paused", "Layar saya kecil.")
    assert "98765" not in str(own) + page.text, "how many items were planted is not told"
    listed = await admin.get("/jeda")
    assert "Layar saya kecil." in listed.text
    assert (await admin.post(f"/jeda/{account}", data={"aksi": "lanjut", "jawaban": ""})).status_code == 422
    sent = await admin.post(f"/jeda/{account}", data={"aksi": "lanjut", "jawaban": "Silakan lanjut."})
    assert sent.status_code == 303
    assert "Silakan lanjut." in (await reader.get("/saya")).text
    assert (await reader.post("/api/v1/tasks")).status_code == 204


async def test_anybody_reads_what_is_kept_of_him(client: httpx.AsyncClient, sign_in_as: SignInAs) -> None:
    page = await client.get("/privasi")
    assert "30 hari" in page.text
    invited = await (await sign_in_as("sari")).post("/saya/undangan")
    code = re.search(r"/undangan/([\w-]+)", invited.text)
    assert code
    assert "Anda diundang" in (await client.get(f"/undangan/{code[1]}")).text
