"""A small town for the table of rights: one person of each kind, and things of which each belongs to somebody.

Everything that may be asked for is there, so that a refusal comes from who asks and not from an empty database.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from app.accounts.models import Account, AccountSession
from app.accounts.sign_in import hash_token
from app.core.config import PROJECT, Settings
from app.core.database import Sessions, make_engine, make_sessions
from app.core.storage import LocalStore, ObjectStore, seal
from app.intake.models import Photo
from app.intake.object_keys import crop_key, page_key, thumb_key
from app.main import make_app
from app.pemilu.definition import Contest
from app.pemilu.service import SHIPPED, get_contest, import_pemilu
from app.tally.service import rebuild
from app.transparency.service import append_entry
from app.wilayah.service import import_wilayah
from tests.intake.sending import LITTLE_PNG
from tests.verification.readings import TRUTH
from tests.verification.world import World

KELURAHAN = "1101012001"
WIDE = "1101012002"
"""A kelurahan with TPS enough for everything that is made on the way; its pages are long, so nobody asks for them."""
OWN_TPS, DECIDED_TPS = f"{KELURAHAN}001", f"{KELURAHAN}002"
LINES = (
    "kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir",
    "11,provinsi,ACEH,,,",
    "1101,kabupaten_kota,ACEH SELATAN,,,",
    "110101,kecamatan,BAKONGAN,,,",
    f"{KELURAHAN},kelurahan,KEUDE BAKONGAN,9,,",
    f"{WIDE},kelurahan,UJONG MANGKI,999,,",
)
FIELD = "suara_01"

PEOPLE = ("nobody", "owner", "other", "reviewer", "monitor", "admin", "suspended")
"""Who asks. ``owner``: the volunteer whose photograph, task, report ... it is; ``other``: another volunteer;
``suspended``: a volunteer who was suspended while his session was open."""

ORDER = ("nobody", "suspended", "monitor", "admin", "other", "reviewer", "owner")
"""In which order they ask: those who may change something come last, the owner at the end."""

_ROLES = {
    "owner": "volunteer",
    "other": "volunteer",
    "reviewer": "reviewer",
    "monitor": "monitor",
    "admin": "admin",
    "suspended": "volunteer",
}


@dataclass
class Town:
    """The running application, its people and what they own. ``things``: values for addresses, by name."""

    app: FastAPI
    sessions: Sessions
    storage: ObjectStore
    contest: Contest
    people: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    uploader: int = 0
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def ask_as(self, person: str) -> httpx.AsyncClient:
        """Return a program that asks as ``person``, without a socket in between."""
        headers = {"authorization": f"Bearer {self.tokens[person]}"} if person in self.tokens else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://town", headers=headers)

    def next_tps(self) -> str:
        """Return a TPS of which nothing is known yet."""
        return f"{WIDE}{next(self.numbers):03}"

    async def open_session(self, account_id: int) -> str:
        """Return the token of a new session."""
        token = secrets.token_urlsafe(32)
        async with self.sessions.begin() as session:
            opened = AccountSession(token_sha256=hash_token(token), account_id=account_id)
            opened.expires_at = datetime.now(UTC) + timedelta(hours=1)
            session.add(opened)
        return token

    async def read_form(self, *, uploader: int | None = None, numbers: dict[str, int | None] | None = None) -> int:
        """Let the uploader send a form of a TPS of its own and the machine read it; return its section's number."""
        async with self.sessions.begin() as session:
            world = World(session, self.contest, uploader or self.uploader)
            section = await world.read(self.next_tps(), numbers=numbers or TRUTH)
            photos = dict(world.photos)
        for (_, page, _), photo in photos.items():
            await self.storage.create(page_key(photo), b"page")
            for name in ("suara_01", "suara_02", "suara_03") if page == 2 else ("suara_sah",):
                await self.storage.create(crop_key(photo, name), b"crop")
        self.things["section_photo"] = next(photo for (_, page, _), photo in photos.items() if page == 2)
        return section

    async def hold_task(self, person: str = "owner") -> dict[str, Any]:
        """Return the task that ``person`` holds, or is dealt."""
        await self.ask_database("UPDATE account SET reading = 'open' WHERE reading = 'paused' RETURNING 1")
        async with self.ask_as(person) as client:
            answer = await client.post("/api/v1/tasks")
            if answer.status_code == 204:  # nothing is left to read
                await self.read_form()
                answer = await client.post("/api/v1/tasks")
        assert answer.status_code == 201, (answer.status_code, answer.text)
        task: dict[str, Any] = answer.json()
        return task

    async def answer_task(self, person: str = "owner") -> str:
        """Let ``person`` take a task and answer it; return its number."""
        task = await self.hold_task(person)
        async with self.ask_as(person) as client:
            sent = await client.post(f"/api/v1/tasks/{task['id']}/reading", json={"numbers": true_numbers(task)})
        assert sent.status_code == 201, sent.text
        return str(task["id"])

    async def add_volunteer(self) -> int:
        """Return the number of a new volunteer's account."""
        add = "INSERT INTO account (name, display_name, password_hash, role) VALUES (:name, '', '-', 'volunteer')"
        return int(await self.ask_database(f"{add} RETURNING id", name=f"orang-{secrets.token_hex(4)}"))

    async def let_go(self, person: str) -> None:
        """Let what ``person`` holds run out."""
        over = "UPDATE task SET leased_until = now() - interval '1 minute' WHERE account_id = :account"
        await self.ask_database(f"{over} AND answered_at IS NULL RETURNING 1", account=self.people[person])

    async def ask_database(self, query: str, **values: object) -> Any:
        """Return the first column of the first row."""
        async with self.sessions.begin() as session:
            return (await session.execute(text(query), values)).scalar()


def true_numbers(task: dict[str, Any]) -> dict[str, int | None]:
    """Return what stands on the form of a task."""
    return {one["name"]: TRUTH[one["name"]] for one in task["fields"]}


@asynccontextmanager
async def open_town(url: str, settings: Settings, *, forms: int = 4) -> AsyncIterator[Town]:
    """Build the town in an empty database. ``forms``: how many wait to be read."""
    engine = make_engine(url)
    sessions = make_sessions(engine)
    storage = LocalStore(settings.objects)
    async with sessions.begin() as session:
        await import_wilayah(session, lines=LINES, name="test")
        await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=PROJECT / "ocr" / "layouts")
        contest = await get_contest(session, kode="ppwp-2024")
        await rebuild(session, contest=contest)
    town = Town(make_app(settings, sessions, storage), sessions, storage, contest)
    try:
        await _settle_people(town)
        await _own_photo(town)
        await _decide_section(town)
        for _ in range(forms):
            await town.read_form()
        yield town
    finally:
        await engine.dispose()


async def _settle_people(town: Town) -> None:
    async with town.sessions.begin() as session:
        rows = {
            name: Account(name=name, display_name=name, password_hash="-", role=role) for name, role in _ROLES.items()
        }
        uploader = Account(name="uploader", display_name="", password_hash="-", role="volunteer")
        session.add_all([*rows.values(), uploader])
        await session.flush()
        town.people = {name: row.id for name, row in rows.items()}
        town.uploader = uploader.id
    town.tokens = {name: await town.open_session(account) for name, account in town.people.items()}
    async with town.sessions.begin() as session:
        await session.execute(text("UPDATE account SET state = 'suspended' WHERE name = 'suspended'"))


async def _own_photo(town: Town) -> None:
    """Give the owner a photograph with its receipt."""
    sha256 = await seal(town.storage, LITTLE_PNG)
    async with town.sessions.begin() as session:
        facts = {"pemilihan": town.contest.kode, "sha256": sha256, "tps": OWN_TPS}
        entry = await append_entry(session, kind="photo", subject="photo/1", payload=facts)
        photo = Photo(
            sha256=sha256,
            byte_count=len(LITTLE_PNG),
            content_type="image/png",
            pemilihan_id=town.contest.id,
            tps_kode=OWN_TPS,
            uploader_id=town.people["owner"],
            state="read",
            page=1,
            log_entry_id=entry,
        )
        session.add(photo)
        await session.flush()
        town.things |= {"own_photo": photo.id, "receipt": entry}
    await town.storage.create(thumb_key(photo.id), b"thumb")


async def _decide_section(town: Town) -> None:
    """Let people read one form until it is decided, so that its pictures are public."""
    async with town.sessions.begin() as session:
        world = World(session, town.contest, town.uploader)
        section = await world.read(DECIDED_TPS)
        while (await world.section(section)).state != "accepted":
            await world.answer(await world.person())
    photo = town.things["decided_photo"] = world.photos[DECIDED_TPS, 2, town.uploader]
    await town.storage.create(page_key(photo), b"page")
    await town.storage.create(crop_key(photo, FIELD), b"crop")
