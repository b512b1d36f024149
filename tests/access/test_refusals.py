"""What nobody may do, however he asks: twice, at once, too late, about his own, about somebody else's, by guessing."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from app.core.config import Settings
from app.intake.triage.appeals import appeal_photo
from app.verification.review.cases import open_case
from tests.access.asking import open_report
from tests.access.asking_triage import send_photo
from tests.access.town import Town, open_town, true_numbers
from tests.database_ground import copy_database, drop_database
from tests.verification.readings import TRUTH

pytestmark = pytest.mark.asyncio(loop_scope="module")

GUESSED = 987654
WRONG = {name: (number or 0) + 1 for name, number in TRUTH.items()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    url = await copy_database(server, template)
    async with open_town(url, Settings(home=tmp_path_factory.mktemp("town") / "home"), forms=0) as made:
        yield made
    await drop_database(server, url)


async def count_readings(town: Town) -> int:
    return int(await town.ask_database("SELECT count(*) FROM reading WHERE account_id IS NOT NULL"))


async def send(town: Town, person: str, task: dict[str, Any], numbers: dict[str, Any] | None = None) -> httpx.Response:
    async with town.ask_as(person) as client:
        body = {"numbers": true_numbers(task) if numbers is None else numbers}
        return await client.post(f"/api/v1/tasks/{task['id']}/reading", json=body)


async def test_an_answer_sent_again_is_the_first_one_and_another_one_is_refused(town: Town) -> None:
    await town.read_form()
    task = await town.hold_task()
    before = await count_readings(town)
    first, again = await send(town, "owner", task), await send(town, "owner", task)
    assert (first.status_code, again.status_code) == (HTTPStatus.CREATED, HTTPStatus.OK)
    assert first.json()["reading_ids"] == again.json()["reading_ids"]
    other = await send(town, "owner", task, {name: WRONG[name] for name in true_numbers(task)})
    assert other.status_code == HTTPStatus.CONFLICT
    assert await count_readings(town) == before + len(first.json()["reading_ids"])


async def test_an_answer_sent_twice_at_once_is_written_once(town: Town) -> None:
    await town.read_form()
    task = await town.hold_task()
    before = await count_readings(town)
    answers = await asyncio.gather(*(send(town, "owner", task) for _ in range(5)))
    assert sorted(one.status_code for one in answers) == [HTTPStatus.OK] * 4 + [HTTPStatus.CREATED]
    assert await count_readings(town) == before + len(answers[0].json()["reading_ids"])


async def test_an_answer_after_the_lease_is_refused_and_the_form_goes_to_somebody_else(town: Town) -> None:
    await town.read_form()
    task = await town.hold_task()
    before = await count_readings(town)
    await town.let_go("owner")
    assert (await send(town, "owner", task)).status_code == HTTPStatus.GONE
    assert await count_readings(town) == before
    dealt = await town.hold_task("other")
    assert dealt["id"] != task["id"]
    assert (await send(town, "other", dealt)).status_code == HTTPStatus.CREATED


async def test_another_persons_task_is_neither_seen_nor_answered_nor_taken_away(town: Town) -> None:
    await town.read_form()
    task = await town.hold_task()
    guessed = uuid.uuid4()
    for person in ("other", "reviewer", "admin"):
        async with town.ask_as(person) as client:
            seen = await client.get(f"/api/v1/tasks/{task['id']}")
            nothing = await client.get(f"/api/v1/tasks/{guessed}")
            skipped = await client.post(f"/api/v1/tasks/{task['id']}/skip", json={"reason": "unreadable"})
        assert {seen.status_code, nothing.status_code, skipped.status_code} == {HTTPStatus.NOT_FOUND}
        assert seen.text.replace(task["id"], "") == nothing.text.replace(str(guessed), "")
        assert (await send(town, person, task)).status_code == HTTPStatus.NOT_FOUND
    assert (await town.hold_task())["id"] == task["id"]
    assert (await send(town, "owner", task)).status_code == HTTPStatus.CREATED


async def test_whoever_is_suspended_meanwhile_answers_nothing(town: Town) -> None:
    await town.read_form()
    account = await town.add_volunteer()
    town.tokens["leaving"] = await town.open_session(account)
    task = await town.hold_task("leaving")
    before = await count_readings(town)
    async with town.sessions.begin() as session:
        await session.execute(text("UPDATE account SET state = 'suspended' WHERE id = :id"), {"id": account})
    assert (await send(town, "leaving", task)).status_code == HTTPStatus.UNAUTHORIZED
    assert await count_readings(town) == before
    async with town.sessions.begin() as session:  # what he held goes to others, not to the next tests
        await session.execute(text("UPDATE task SET leased_until = now() WHERE account_id = :id"), {"id": account})


async def test_nobody_is_dealt_what_he_sent(town: Town) -> None:
    async with town.sessions.begin() as session:
        await session.execute(text("UPDATE tps_section SET wanted = NULL"))
    await town.read_form(uploader=town.people["reviewer"])
    async with town.ask_as("reviewer") as client:
        assert (await client.post("/api/v1/tasks")).status_code == HTTPStatus.NO_CONTENT
    assert (await send(town, "other", await town.hold_task("other"))).status_code == HTTPStatus.CREATED


async def test_a_reviewer_neither_looks_at_nor_judges_what_he_sent(town: Town) -> None:
    section = await town.read_form(uploader=town.people["reviewer"])
    async with town.sessions.begin() as session:
        case = await open_case(session, kind="dispute", subject=f"section/{section}", reason="asked", facts={})
    async with town.ask_as("reviewer") as client:
        answers = [
            await client.post(f"/api/v1/review/cases/{case}/look"),
            await client.post(f"/api/v1/review/cases/{case}/override", json={"words": "Angka saya benar."}),
            await client.post(f"/api/v1/review/cases/{case}/notes", json={"words": "Angka saya benar."}),
            await client.post(
                f"/api/v1/review/cases/{case}/close", json={"state": "resolved", "words": "Tidak apa-apa."}
            ),
        ]
    assert {one.status_code for one in answers} == {HTTPStatus.FORBIDDEN}, [one.text for one in answers]
    assert await town.ask_database("SELECT state FROM review_case WHERE id = :id", id=case) == "open"


async def test_a_reviewer_does_not_answer_a_report_about_his_own_photograph(town: Town) -> None:
    section = await town.read_form(uploader=town.people["reviewer"])
    tps = await town.ask_database("SELECT tps_kode FROM tps_section WHERE id = :id", id=section)
    body = {"tps": tps, "photo": town.things["section_photo"], "category": "unreadable"}
    async with town.ask_as("nobody") as client:
        assert (await client.post("/api/v1/reports", json=body)).status_code == HTTPStatus.CREATED
        elsewhere = await client.post("/api/v1/reports", json={**body, "tps": town.next_tps()})
        assert elsewhere.json()["code"] == "unknown_photo"
    case = await town.ask_database("SELECT max(id) FROM lapor_case")
    answer = {"seen": 1, "state": "rejected", "answer": "Foto ini terbaca."}
    statuses = []
    for person in ("reviewer", "admin"):
        async with town.ask_as(person) as client:
            statuses.append((await client.post(f"/api/v1/reports/cases/{case}/answer", json=answer)).status_code)
    assert statuses == [HTTPStatus.FORBIDDEN, HTTPStatus.OK]


async def test_a_reviewer_decides_nothing_about_what_he_sent_and_was_turned_away(town: Town) -> None:
    photo = await send_photo(town, state="rejected", sender="reviewer")
    async with town.sessions.begin() as session:
        appeal = await appeal_photo(session, photo_id=photo, account_id=town.people["reviewer"], note="Jelas terbaca.")
    verdict = {"grant": True, "answer": "Sudah jelas terbaca."}
    async with town.ask_as("reviewer") as client:
        answers = [
            await client.post(f"/api/v1/photos/{photo}/restore", json={"reason": "Jelas terbaca."}),
            await client.post(f"/api/v1/triage/appeals/{appeal.id}/answer", json=verdict),
        ]
    assert {one.status_code for one in answers} <= {HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT}
    assert await town.ask_database("SELECT state FROM photo WHERE id = :id", id=photo) == "rejected"


async def test_another_persons_photograph_is_neither_moved_nor_appealed_for(town: Town) -> None:
    photo = await send_photo(town, state="rejected")
    before = await town.ask_database("SELECT count(*) FROM photo")
    tps = town.next_tps()
    async with town.ask_as("other") as client:
        answers = [
            await client.post(f"/api/v1/photos/{number}/{deed}", json=body)
            for number in (photo, GUESSED)
            for deed, body in (("appeal", {"note": ""}), ("move", {"tps": tps, "reason": "Salah TPS."}))
        ]
    assert {one.status_code for one in answers} == {HTTPStatus.NOT_FOUND}
    assert len({one.text.replace(str(photo), "").replace(str(GUESSED), "") for one in answers}) == 1
    assert await town.ask_database("SELECT count(*) FROM photo") == before
    assert await town.ask_database("SELECT count(*) FROM photo_appeal WHERE photo_id = :id", id=photo) == 0


async def test_a_guessed_number_is_answered_like_somebody_elses(town: Town) -> None:
    own, report = town.things["own_photo"], (await open_report(town))[1]
    async with town.ask_as("other") as client:
        for address, there in (
            ("/api/v1/photos/{}/original", own),
            ("/api/v1/photos/{}/thumb.jpg", own),
            ("/laporan-saya/{}/tarik", report),
        ):
            method = "POST" if address.endswith("tarik") else "GET"
            theirs, nothing = [await client.request(method, address.format(number)) for number in (there, GUESSED)]
            assert theirs.status_code == nothing.status_code == HTTPStatus.NOT_FOUND
            assert theirs.text.replace(str(there), "") == nothing.text.replace(str(GUESSED), "")
        for number in ("0", "-1", "9" * 30, "x", "%00"):
            assert (await client.get(f"/api/v1/photos/{number}/original")).status_code in {
                HTTPStatus.UNPROCESSABLE_ENTITY,
                HTTPStatus.NOT_FOUND,
            }


async def test_a_report_is_known_by_its_whole_secret_only(town: Town) -> None:
    _, _, token = await open_report(town)
    async with town.ask_as("nobody") as client:
        for guess in (token[:-1], token.swapcase(), "x" * 43, "%", "1"):
            for method in ("GET", "DELETE"):
                answer = await client.request(method, f"/api/v1/reports/{guess}")
                assert answer.status_code == HTTPStatus.NOT_FOUND, guess
        assert (await client.get(f"/api/v1/reports/{token}")).json()["note"] == "Papan pengumuman kosong."


async def test_a_session_that_was_closed_opens_nothing(town: Town) -> None:
    town.tokens["gone"] = await town.open_session(town.people["owner"])
    async with town.ask_as("gone") as client:
        assert (await client.get("/api/v1/session")).status_code == HTTPStatus.OK
        assert (await client.delete("/api/v1/session")).status_code == HTTPStatus.NO_CONTENT
        assert (await client.get("/api/v1/session")).status_code == HTTPStatus.UNAUTHORIZED
