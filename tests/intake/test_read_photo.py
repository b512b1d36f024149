"""From the job to the database: drawn pages are read by the real reader in a real child process."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import text

from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import NotFoundError
from app.core.storage import LocalStore
from ocr.draw.photograph import photograph
from ocr.draw.tps import TpsDrawing, draw_tps
from tests.http_ground import SignInAs
from workers.attempts import set_aside
from workers.job import Context
from workers.jobs import JOBS
from workers.queues import Queues
from workers.read_photo import read_photo, revive_photo, set_photo_aside
from workers.reader_pool import ReaderPool
from workers.runner import run_worker
from workers.set_aside import list_set_aside, try_again

TPS = "3171011001001"

pytestmark = [pytest.mark.usefixtures("election"), pytest.mark.slow(15)]


@pytest.fixture(scope="module")
def drawing() -> TpsDrawing:
    return draw_tps(None, seed=7, split="evaluation")


@pytest.fixture(scope="module")
def pages(drawing: TpsDrawing) -> dict[int, bytes]:
    return {
        number: photograph(page, "scan", np.random.default_rng(number), quarter_turns=0, exif=False)
        for number, page in drawing.pages.items()
    }


@pytest.fixture
def context(sessions: Sessions, settings: Settings, storage: LocalStore) -> Iterator[Context]:
    with ReaderPool(1) as readers:
        yield Context(sessions, settings, storage, readers)


async def send(sender: httpx.AsyncClient, data: bytes) -> int:
    answer = await sender.post("/api/v1/photos", files={"file": data}, data={"tps": TPS, "pemilihan": "ppwp-2024"})
    assert answer.status_code == 201, answer.text
    photo_id: int = answer.json()["photo_id"]
    return photo_id


async def rows(sessions: Sessions, query: str) -> list[dict[str, Any]]:
    async with sessions.begin() as session:
        return [dict(row) for row in (await session.execute(text(query))).mappings()]


async def state_of(sender: httpx.AsyncClient) -> str:
    """State of the newest photograph."""
    state: str = (await sender.get("/api/v1/photos/mine")).json()["photos"][0]["state"]
    return state


async def test_two_pages_are_read_with_each_others_evidence(
    sign_in_as: SignInAs, context: Context, pages: dict[int, bytes], drawing: TpsDrawing
) -> None:
    sari = await sign_in_as("sari")
    ids = {}
    for number in (2, 3):
        ids[number] = await send(sari, pages[number])
        await read_photo(context, {"photo_id": ids[number]})

    mine = {photo["id"]: photo for photo in (await sari.get("/api/v1/photos/mine")).json()["photos"]}
    assert {(mine[ids[n]]["state"], mine[ids[n]]["page"]) for n in (2, 3)} == {("read", 2), ("read", 3)}
    for number, page in drawing.truth.items():
        query = f"SELECT numbers FROM reading WHERE photo_id = {ids[number]} ORDER BY id DESC LIMIT 1"  # noqa: S608
        (reading,) = await rows(context.sessions, query)
        assert reading["numbers"] == {name: field.value for name, field in page.fields.items()}
        for name in page.fields:
            assert (await context.storage.read(f"crop/{ids[number]}/{name}.jpg"))[:3] == b"\xff\xd8\xff"
        assert (await context.storage.read(f"page/{ids[number]}.jpg"))[:3] == b"\xff\xd8\xff"
    assert (await rows(context.sessions, "SELECT has_photo FROM result")) == [{"has_photo": True}]
    thumb = await sari.get(f"/api/v1/photos/{ids[2]}/thumb.jpg")
    assert (thumb.status_code, thumb.headers["content-type"]) == (200, "image/jpeg")
    assert len(thumb.content) < 60_000
    budi = await sign_in_as("budi")
    assert (await budi.get(f"/api/v1/photos/{ids[2]}/thumb.jpg")).status_code == 404


async def test_strokes_and_words_are_kept_apart_when_somebody_wants_them(
    sign_in_as: SignInAs, context: Context, pages: dict[int, bytes], drawing: TpsDrawing
) -> None:
    sari = await sign_in_as("sari")
    await read_photo(context, {"photo_id": await send(sari, pages[3])})
    assert await rows(context.sessions, "SELECT id FROM pgqueuer WHERE entrypoint = 'read_beside'") == []

    wanted = replace(context, settings=context.settings.model_copy(update={"read_beside": True}))
    photo_id = await send(sari, pages[2])
    await read_photo(wanted, {"photo_id": photo_id})
    jobs = "SELECT priority, convert_from(payload, 'UTF8') AS payload FROM pgqueuer WHERE entrypoint = 'read_beside'"
    assert await rows(context.sessions, jobs) == [{"priority": -100, "payload": f'{{"photo_id":{photo_id}}}'}]
    told = "SELECT (SELECT json_agg(r ORDER BY id) FROM reading r) AS r, (SELECT json_agg(l) FROM log_entry l) AS l"
    before = await rows(context.sessions, told)

    await JOBS["read_beside"].run(wanted, {"photo_id": photo_id})
    await JOBS["read_beside"].run(wanted, {"photo_id": photo_id})

    kept = json.loads(await context.storage.read(f"beside/{photo_id}.json"))
    assert set(kept) == set(drawing.truth[2].fields)
    for name, field in drawing.truth[2].fields.items():
        assert set(kept[name]) == {"strokes", "words"}, "what stands on the line for words is nobody's to publish"
        assert kept[name]["strokes"] in {field.value, None}
    assert any(one["strokes"] is not None for one in kept.values())
    assert await rows(context.sessions, told) == before, "no reading, decision or log entry hears of it"


async def test_the_log_tells_no_value_before_the_decision(
    sign_in_as: SignInAs, context: Context, pages: dict[int, bytes]
) -> None:
    await read_photo(context, {"photo_id": await send(await sign_in_as("sari"), pages[2])})

    entries = await rows(context.sessions, "SELECT payload FROM log_entry WHERE kind = 'reading'")
    assert entries
    assert "suara_01" not in json.dumps([entry["payload"] for entry in entries])


async def test_reading_again_adds_nothing(sign_in_as: SignInAs, context: Context, pages: dict[int, bytes]) -> None:
    photo_id = await send(await sign_in_as("sari"), pages[3])
    await read_photo(context, {"photo_id": photo_id})
    before = await rows(context.sessions, "SELECT (SELECT count(*) FROM reading), (SELECT max(id) FROM log_entry)")

    await read_photo(context, {"photo_id": photo_id})

    after = await rows(context.sessions, "SELECT (SELECT count(*) FROM reading), (SELECT max(id) FROM log_entry)")
    assert after == before


async def test_one_worker_reads_two_pages_one_after_the_other_and_none_twice(
    sign_in_as: SignInAs, context: Context, pages: dict[int, bytes]
) -> None:
    sari = await sign_in_as("sari")
    ids = [await send(sari, pages[2]), await send(sari, pages[3])]
    async with context.sessions.begin() as session:
        await session.execute(text("DELETE FROM pgqueuer"))

    with ReaderPool(2) as readers:
        own = replace(context, readers=readers)
        await asyncio.gather(*(read_photo(own, {"photo_id": photo_id}) for photo_id in ids))
        assert len(readers.pids) == 1, "the second page is read where the first one was seen"

    assert await rows(context.sessions, "SELECT id FROM pgqueuer WHERE entrypoint = 'read_photo'") == []
    readings = await rows(context.sessions, "SELECT photo_id, details FROM reading ORDER BY id")
    first, *both = [(one["photo_id"], one["details"]["checks"][0]["closes"]) for one in readings]
    assert first in [(ids[0], None), (ids[1], None)], "whichever came first, it knew of no other page"
    assert sorted(both) == [(ids[0], True), (ids[1], True)]


async def test_a_reader_that_forgot_a_companion_is_given_it(
    sign_in_as: SignInAs, context: Context, pages: dict[int, bytes]
) -> None:
    sari = await sign_in_as("sari")
    await read_photo(context, {"photo_id": await send(sari, pages[2])})
    with ReaderPool(1) as fresh:
        await read_photo(replace(context, readers=fresh), {"photo_id": await send(sari, pages[3])})

    readings = await rows(context.sessions, "SELECT details FROM reading ORDER BY id")
    assert [one["details"]["checks"][0]["closes"] for one in readings] == [None, True, True]


async def test_pages_read_at_the_same_time_by_two_workers_are_read_once_more_together(
    sign_in_as: SignInAs, context: Context, pages: dict[int, bytes]
) -> None:
    sari = await sign_in_as("sari")
    ids = [await send(sari, pages[2]), await send(sari, pages[3])]
    async with context.sessions.begin() as session:
        await session.execute(text("DELETE FROM pgqueuer"))

    workers = (context, replace(context, queues=Queues()))
    await asyncio.gather(*(read_photo(one, {"photo_id": photo}) for one, photo in zip(workers, ids, strict=True)))

    jobs = await rows(context.sessions, "SELECT payload FROM pgqueuer WHERE entrypoint = 'read_photo'")
    (again,) = (json.loads(job["payload"]) for job in jobs)
    assert again["again"] is True
    await read_photo(context, again)
    readings = await rows(context.sessions, "SELECT photo_id, details FROM reading ORDER BY id")
    closed = {one["photo_id"]: [check["closes"] for check in one["details"]["checks"]] for one in readings}
    assert all(True in closes for closes in closed.values())


async def test_a_picture_without_a_form_is_refused_in_words(
    sign_in_as: SignInAs, context: Context, make_picture: Callable[..., bytes], settings: Settings
) -> None:
    sari = await sign_in_as("sari")
    photo_id = await send(sari, make_picture(size=(1600, 1200)))

    await read_photo(context, {"photo_id": photo_id})

    (photo,) = (await sari.get("/api/v1/photos/mine")).json()["photos"]
    assert (photo["state"], photo["state_code"]) == ("refused", "no_page_tag")
    assert "Foto seluruh halaman" in photo["state_reason"]
    assert await rows(context.sessions, "SELECT id FROM reading") == []
    assert await rows(context.sessions, "SELECT has_photo FROM result WHERE has_photo") == []
    assert not (settings.objects / "page").exists()
    (entry,) = await rows(context.sessions, "SELECT payload FROM log_entry WHERE kind = 'photo_state'")
    assert entry["payload"] == {"photo": photo_id, "state": "refused", "code": "no_page_tag"}


async def test_a_damaged_picture_is_refused_not_retried(
    sign_in_as: SignInAs, context: Context, pages: dict[int, bytes]
) -> None:
    data = pages[2]
    damaged = data[:2000] + data[-2000:]
    photo_id = await send(await sign_in_as("sari"), damaged)

    await read_photo(context, {"photo_id": photo_id})

    (photo,) = await rows(context.sessions, "SELECT state, state_code FROM photo")
    assert photo["state"] == "refused"
    assert photo["state_code"] in {"truncated", "no_page_tag", "not_an_image"}


async def test_a_photograph_that_stops_its_reader_twice_is_set_aside(
    sign_in_as: SignInAs, context: Context, pages: dict[int, bytes], database: str
) -> None:
    sari = await sign_in_as("sari")
    await send(sari, pages[2])
    stopping = asyncio.Event()
    # A reader that is given no time dies over every photograph.
    with ReaderPool(1, seconds_max=0.05) as readers:
        hasty = replace(context, readers=readers)
        working = asyncio.create_task(run_worker(database, hasty, JOBS, stopping, readers=1))
        async with asyncio.timeout(60):
            while await state_of(sari) == "received":  # noqa: ASYNC110 - the database says when, not this process
                await asyncio.sleep(0.2)
        stopping.set()
        await working

    (photo,) = (await sari.get("/api/v1/photos/mine")).json()["photos"]
    assert (photo["state"], photo["state_code"]) == ("refused", "reader_crashed")
    assert "JPEG" in photo["state_reason"]
    assert await rows(context.sessions, "SELECT id FROM reading") == []


async def test_a_photograph_that_was_set_aside_is_read_when_an_operator_tries_again(
    sign_in_as: SignInAs, context: Context, pages: dict[int, bytes]
) -> None:
    sari = await sign_in_as("sari")
    photo_id = await send(sari, pages[2])
    await set_photo_aside(context, {"photo_id": photo_id}, "failed")
    async with context.sessions.begin() as session:
        await session.execute(text("DELETE FROM pgqueuer"))
        await set_aside(
            session, job_id=7, job="read_photo", payload={"photo_id": photo_id}, reason="failed", message=""
        )
        number = (await list_set_aside(session))[0].number

    async with context.sessions.begin() as session:
        await try_again(session, number=number)
    assert await state_of(sari) == "received"
    async with context.sessions.begin() as session:
        with pytest.raises(NotFoundError, match="was set aside"):
            await try_again(session, number=number)

    (queued,) = await rows(context.sessions, "SELECT entrypoint, payload FROM pgqueuer")
    assert queued["entrypoint"] == "read_photo"
    await read_photo(context, json.loads(queued["payload"]))
    assert await state_of(sari) == "read"
    said = await rows(context.sessions, "SELECT payload->>'state' AS state FROM log_entry WHERE kind = 'photo_state'")
    assert said == [{"state": "refused"}, {"state": "received"}]


async def test_a_photograph_that_the_reader_refused_stays_refused(
    sign_in_as: SignInAs, context: Context, make_picture: Callable[..., bytes]
) -> None:
    sari = await sign_in_as("sari")
    photo_id = await send(sari, make_picture())
    await read_photo(context, {"photo_id": photo_id})

    async with context.sessions.begin() as session:
        await revive_photo(session, {"photo_id": photo_id})
    assert await state_of(sari) == "refused"


async def test_setting_aside_does_not_touch_a_photograph_that_was_read(
    sign_in_as: SignInAs, context: Context, pages: dict[int, bytes]
) -> None:
    photo_id = await send(await sign_in_as("sari"), pages[2])
    await read_photo(context, {"photo_id": photo_id})

    await set_photo_aside(context, {"photo_id": photo_id}, "crashed")

    assert await rows(context.sessions, "SELECT state FROM photo") == [{"state": "read"}]
