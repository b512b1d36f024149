"""A pack ordered, made by its job, fetched, found again, and withheld where it must be."""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.database import Sessions
from app.core.storage import LocalStore
from app.intake.object_keys import crop_key, page_key
from app.reports.evidence.choose import choose_tps
from app.tally.service import roll_up
from tests.reports.evidence.made_up import draw_picture
from tests.verification.readings import TRUTH
from tests.verification.world import World, make_world, tps
from workers.job import Context
from workers.make_evidence import make_evidence
from workers.reader_pool import ReaderPool

PLACE = "/api/v1/evidence/ppwp-2024"
FIELDS = ("suara_01", "suara_02", "suara_03", "suara_sah", "suara_tidak_sah", "suara_total")


@dataclass(frozen=True)
class Ground:
    """A decided TPS (1), one that nobody has read (2), and what makes packs."""

    sessions: Sessions
    context: Context

    async def make_packs(self) -> int:
        """Do what the queued jobs would do; return how many there were."""
        async with self.sessions.begin() as session:
            query = text("DELETE FROM pgqueuer WHERE entrypoint = 'make_evidence' RETURNING payload")
            payloads = [json.loads(row.payload) for row in await session.execute(query)]
        for payload in payloads:
            await make_evidence(self.context, payload)
        return len(payloads)


async def decide(world: World, number: int, numbers: dict[str, int | None], storage: LocalStore) -> None:
    section = await world.read(tps(number), numbers=numbers)
    while (await world.section(section)).state != "accepted":
        await world.answer(await world.person(), numbers)
    for page in (2, 3):
        photo = world.photos[tps(number), page, world.uploader]
        await storage.create(page_key(photo), draw_picture((300, 425), f"halaman {page}"))
        for field in FIELDS:
            await storage.create(crop_key(photo, field), draw_picture((180, 60), field))


@pytest.fixture
async def ground(sessions: Sessions, storage: LocalStore, settings: Settings) -> Ground:
    async with sessions.begin() as session:
        world = await make_world(session)
        await decide(world, 1, dict(TRUTH), storage)
        await roll_up(session)
    return Ground(sessions, Context(sessions, settings, storage, ReaderPool(0)))


async def order(client: httpx.AsyncClient, kode: str) -> dict[str, object]:
    answer = await client.post(f"{PLACE}/{kode}")
    assert answer.status_code == 202, answer.text
    found: dict[str, object] = answer.json()
    return found


async def newest(client: httpx.AsyncClient, kode: str) -> dict[str, str]:
    found: dict[str, str] = (await client.get(f"{PLACE}/{kode}")).json()["items"][0]
    return found


async def test_a_pack_is_made_fetched_and_found_again(ground: Ground, client: httpx.AsyncClient) -> None:
    assert (await order(client, tps(1)))["state"] == "asked"
    await order(client, tps(1))  # whoever asks meanwhile waits for the same
    page = await client.get(f"/bukti/ppwp-2024/{tps(1)}")
    assert "Sedang dibuat" in page.text
    assert page.headers["refresh"] == "3"
    assert await ground.make_packs() == 1
    ready = await newest(client, tps(1))
    assert ready["state"] == "ready"
    fetched = await client.get(ready["address"])
    assert hashlib.sha256(fetched.content).hexdigest() == ready["sha256"]
    with zipfile.ZipFile(io.BytesIO(fetched.content)) as archive:
        facts = json.loads(archive.read(f"tps/{tps(1)}.json"))
        names = archive.namelist()
    assert {one["field"]: one["ours"] for one in facts["numbers"]}["suara_02"] == TRUTH["suara_02"]
    assert sum(name.startswith(f"tps/{tps(1)}/halaman-") for name in names) == 2
    assert not any("original" in name for name in names)
    assert ready["address"] in (await client.get(f"/bukti/ppwp-2024/{tps(1)}")).text
    await order(client, tps(1))
    await ground.make_packs()
    items = (await client.get(f"{PLACE}/{tps(1)}")).json()["items"]
    assert [one["sha256"] for one in items] == [ready["sha256"]], "the same state is packed once"
    await lose_objects(ground, client, ready)


async def lose_objects(ground: Ground, client: httpx.AsyncClient, ready: dict[str, str]) -> None:
    """Packs are in no backup: after a restore one is made again, with the same bytes."""
    for path in (ground.context.settings.objects / "evidence").rglob("*.zip"):
        path.unlink()
    assert (await client.get(ready["address"])).status_code == 404
    await order(client, tps(1))
    await ground.make_packs()
    fetched = await client.get(ready["address"])
    assert hashlib.sha256(fetched.content).hexdigest() == ready["sha256"]


async def test_a_pack_goes_with_the_decision_that_it_rests_on(ground: Ground, client: httpx.AsyncClient) -> None:
    await order(client, tps(1))
    await ground.make_packs()
    address = (await newest(client, tps(1)))["address"]
    assert (await client.get(address)).status_code == 200
    async with ground.sessions.begin() as session:
        await session.execute(text("UPDATE decision SET state = 'withdrawn', ended_at = now()"))
    assert (await client.get(address)).status_code == 404


async def test_nothing_is_made_of_what_is_not_accepted_or_held_back(ground: Ground, client: httpx.AsyncClient) -> None:
    refused = await client.post(f"{PLACE}/{tps(2)}")
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_accepted")
    await order(client, tps(1))
    await ground.make_packs()
    address = (await newest(client, tps(1)))["address"]
    async with ground.sessions.begin() as session:
        later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        hold = (
            "UPDATE pemilihan SET definisi = jsonb_set(definisi, '{publish_not_before}', to_jsonb(CAST(:at AS text)))"
        )
        await session.execute(text(hold), {"at": later})
    assert (await client.post(f"{PLACE}/{tps(1)}")).json()["code"] == "not_yet_public"
    assert (await client.get(address)).status_code == 409
    assert "belum dibuka" in (await client.get(f"/bukti/ppwp-2024/{tps(1)}")).text


async def test_a_region_takes_the_largest_differences_first_and_says_what_it_leaves_out(
    session: AsyncSession, storage: LocalStore
) -> None:
    world = await make_world(session)
    await decide(world, 1, dict(TRUTH), storage)
    await decide(world, 2, dict(TRUTH), storage)
    await decide(world, 3, dict(TRUTH), storage)
    for number, gap in ((2, 5), (3, -700)):
        await plant_difference(session, world, tps(number), gap)
    choice = await choose_tps(session, contest=world.contest, kode="110101", most=1)
    assert choice.tps == (tps(3),)
    assert (choice.accepted, choice.standing, choice.left_out, choice.left_out_count) == (3, 2, (tps(2),), 1)
    assert (await choose_tps(session, contest=world.contest, kode="0")).tps == (tps(3), tps(2), tps(1))


async def plant_difference(session: AsyncSession, world: World, kode: str, gap: int) -> None:
    """Let a difference of a number stand."""
    entry = "INSERT INTO log_entry (kind, subject, payload, payload_sha256) VALUES ('x', 'x', '{}', 'x') RETURNING id"
    number = (await session.execute(text(entry))).scalar_one()
    add = """INSERT INTO discrepancy (pemilihan_id, tps_kode, kind, field, ours, official, difference, opened_entry_id)
             VALUES (:contest, :kode, 'number', 'suara_01', 10, 10, :gap, :entry)"""
    await session.execute(text(add), {"contest": world.contest.id, "kode": kode, "gap": gap, "entry": number})
