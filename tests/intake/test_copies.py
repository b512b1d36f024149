"""Copies of a picture, from the upload to the reviewer's decision, read by the real reader in a real child process."""

import json
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from sqlalchemy import text

from app.core.access import Role
from app.core.config import Settings
from app.core.database import Sessions
from app.core.storage import LocalStore
from app.intake.triage.decide import decide_cluster, reopen_cluster
from ocr.draw.photograph import photograph
from ocr.draw.tps import TpsDrawing, draw_tps
from tests.http_ground import SignInAs
from tests.intake.recode import recode
from tests.intake.sending import NEIGHBOUR, TPS, rows, send
from workers.job import Context
from workers.jobs import JOBS
from workers.reader_pool import ReaderPool

pytestmark = [pytest.mark.usefixtures("election"), pytest.mark.slow(12)]


@pytest.fixture(scope="module")
def drawing() -> TpsDrawing:
    return draw_tps(None, seed=7, split="evaluation", pages=(2,), px_per_mm=2.0)


@pytest.fixture(scope="module")
def shots(drawing: TpsDrawing) -> list[bytes]:
    """Two photographs of one sheet, from two places, under two lights."""
    return [
        photograph(drawing.pages[2], "photo", np.random.default_rng(seed), quarter_turns=0, exif=False)
        for seed in (3, 4)
    ]


@pytest.fixture(scope="module")
def readers() -> Iterator[ReaderPool]:
    with ReaderPool(1) as pool:
        yield pool


@pytest.fixture
def context(sessions: Sessions, settings: Settings, storage: LocalStore, readers: ReaderPool) -> Context:
    return Context(sessions, settings, storage, readers)


@pytest.fixture
async def people(sign_in_as: SignInAs) -> list[httpx.AsyncClient]:
    return [await sign_in_as(name) for name in ("sari", "budi", "tono")]


async def work(context: Context) -> None:
    """Do every job that waits, in order."""
    while found := await rows(
        context.sessions,
        "DELETE FROM pgqueuer WHERE id = (SELECT min(id) FROM pgqueuer) RETURNING entrypoint, payload",
    ):
        (job,) = found
        await JOBS[job["entrypoint"]].run(context, json.loads(job["payload"]))


async def take(context: Context, sender: httpx.AsyncClient, data: bytes, tps: str = TPS) -> int:
    answer = await send(sender, data, tps=tps)
    assert answer.status_code == 201, answer.text
    await work(context)
    photo: int = answer.json()["photo_id"]
    return photo


async def states(context: Context) -> dict[int, tuple[str, str | None]]:
    found = await rows(context.sessions, "SELECT id, state, state_code FROM photo ORDER BY id")
    return {one["id"]: (one["state"], one["state_code"]) for one in found}


async def test_a_copy_in_other_bytes_is_kept_and_not_counted_and_another_photograph_of_the_sheet_is_read(
    context: Context, people: list[httpx.AsyncClient], shots: list[bytes]
) -> None:
    first = await take(context, people[0], shots[0])
    copy = await take(context, people[1], recode(shots[0], 1))
    other = await take(context, people[2], shots[1])

    found = await states(context)
    assert found == {first: ("read", None), copy: ("duplicate", "similar_picture"), other: ("read", None)}
    read = await rows(context.sessions, "SELECT DISTINCT photo_id FROM reading ORDER BY photo_id")
    assert [one["photo_id"] for one in read] == [first, other]
    clusters = await rows(context.sessions, "SELECT head_id, state FROM photo_cluster")
    assert clusters == [{"head_id": first, "state": "quiet"}], "one TPS, nothing for a person to do"
    assert not await context.storage.exists(f"page/{copy}.jpg")
    mine = (await people[1].get("/api/v1/photos/mine")).json()["photos"][0]
    assert "salinan" in mine["state_reason"]


async def test_one_look_decides_all_copies_and_those_that_come_later(
    context: Context, people: list[httpx.AsyncClient], shots: list[bytes], sign_in_as: SignInAs
) -> None:
    sari, budi, tono = people
    reviewer = int((await sign_in_as("rina", Role.REVIEWER)).headers["x-account-id"])
    first = await take(context, sari, shots[0])
    copies = [await take(context, budi, recode(shots[0], 1), NEIGHBOUR), await take(context, tono, shots[0], NEIGHBOUR)]
    (cluster,) = await rows(context.sessions, "SELECT id, state FROM photo_cluster")
    assert cluster["state"] == "open", "one picture for two TPS"

    async with context.sessions.begin() as session:
        await decide_cluster(session, cluster_id=cluster["id"], decision="reject", by=reviewer, reason="Bukan C.HASIL")
    await work(context)
    later = await take(context, tono, recode(shots[0], 2))

    assert set((await states(context)).values()) == {("rejected", "copy_of_rejected")}
    assert len(await states(context)) == 4
    events = await rows(context.sessions, f"SELECT kind, reason FROM photo_event WHERE photo_id = {first}")  # noqa: S608
    assert events == [{"kind": "rejected", "reason": "Bukan C.HASIL"}]

    async with context.sessions.begin() as session:
        await reopen_cluster(session, cluster_id=cluster["id"], by=reviewer, reason="Keliru")
    await work(context)
    found = await states(context)
    assert found[first] == ("read", None)
    assert {found[one][0] for one in (*copies, later)} == {"duplicate"}


async def test_another_member_stands_instead_of_the_first(
    context: Context, people: list[httpx.AsyncClient], shots: list[bytes], sign_in_as: SignInAs
) -> None:
    reviewer = int((await sign_in_as("rina", Role.REVIEWER)).headers["x-account-id"])
    stranger = await take(context, people[0], recode(shots[0], 1), NEIGHBOUR)
    genuine = await take(context, people[1], shots[0])
    (cluster,) = await rows(context.sessions, "SELECT id FROM photo_cluster")

    async with context.sessions.begin() as session:
        await decide_cluster(
            session, cluster_id=cluster["id"], decision="keep", by=reviewer, reason="TPS 1", head_id=genuine
        )
    await work(context)

    found = await states(context)
    assert found == {stranger: ("duplicate", "similar_picture_other_tps"), genuine: ("read", None)}
    result = await rows(context.sessions, "SELECT tps_kode FROM tps_section WHERE wanted IS NOT NULL")
    assert {one["tps_kode"] for one in result} == {TPS}


async def test_a_painted_digit_makes_another_picture_and_people_are_told(
    context: Context, people: list[httpx.AsyncClient], shots: list[bytes]
) -> None:
    first = await take(context, people[0], shots[0])
    async with context.sessions.begin() as session:
        row = (await rows(context.sessions, "SELECT named FROM photo_hash"))[0]
        field = next(iter(row["named"]))
        changed = {**row["named"], field: row["named"][field] + 1}
        await session.execute(
            text("UPDATE photo_hash SET named = CAST(:named AS jsonb)"),
            {"named": json.dumps(changed)},
        )
    second = await take(context, people[1], recode(shots[0], 1))

    assert (await states(context))[second] == ("read", None)
    events = await rows(context.sessions, "SELECT photo_id, kind, other_id FROM photo_event")
    assert events == [{"photo_id": second, "kind": "altered", "other_id": first}]
