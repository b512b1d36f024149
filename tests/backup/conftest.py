"""Ground of the backup tests: a running service with a little election, and an empty installation beside it."""

import asyncio
import io
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import text

from app.core.config import PROJECT, Settings
from app.core.database import Sessions, make_engine, make_sessions
from app.core.postgres import prepare_database
from app.core.storage import LocalStore
from app.intake.models import Photo
from app.intake.service import crop_key, mark_placed, mark_read, page_key, thumb_key, whole_key
from app.intake.triage.placement import Placement, write_placement
from app.pemilu.service import get_contest, import_pemilu
from app.tally.service import rebuild
from app.transparency.key_record import agree_on_key
from app.transparency.signing import find_key_file, load_signer
from app.verification.service import record_machine_reading
from app.wilayah.service import import_wilayah
from tests.http_ground import SignInAs
from workers.backup import Backup, take_backup
from workers.backup_folder import find_backup
from workers.cli.restore import restore_into
from workers.restore import Equality

REGIONS = """\
kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir
31,provinsi,DKI JAKARTA,,,
3171,kabupaten_kota,KOTA ADM. JAKARTA PUSAT,,,
317101,kecamatan,GAMBIR,,,
3171011001,kelurahan,GAMBIR,40,,
"""
ELECTION = PROJECT / "app" / "pemilu" / "data" / "ppwp_2024.toml"
TABLES = ("account", "photo", "reading", "tps_section", "tally", "log_entry", "pgqueuer", "sign_in_attempt")
_ROWS = "SELECT t::text FROM {} t"
_names = count()


def picture(number: int) -> bytes:
    """A small real picture; another number is another picture."""
    kept = io.BytesIO()
    Image.new("RGB", (900, 640), (number % 256, number // 256, 7)).save(kept, "PNG")
    return kept.getvalue()


def be_silent(_step: str, _done: int, _of: int | None) -> None:
    """Show no progress."""


@dataclass
class Scene:
    """A service with one volunteer, ``sender``; ``kept`` is the folder of backups, ``target`` has nothing in it."""

    url: str
    settings: Settings
    sessions: Sessions
    storage: LocalStore
    sender: httpx.AsyncClient
    target: Settings
    kept: Path
    sent: list[int] = field(default_factory=list)

    async def send(self, number: int) -> int:
        """Upload a picture over HTTP; return the photograph's number."""
        place = {"tps": f"3171011001{number % 40 + 1:03}", "pemilihan": "ppwp-2024"}
        answer = await self.sender.post("/api/v1/photos", files={"file": picture(number)}, data=place)
        assert answer.status_code == 201, answer.text
        self.sent.append(answer.json()["photo_id"])
        return self.sent[-1]

    async def send_and_read(self, number: int) -> None:
        """Upload, and do what the worker does with page 2, with pictures of a few bytes: four objects in all."""
        photo_id = await self.send(number)
        for key in (thumb_key(photo_id), page_key(photo_id), crop_key(photo_id, "suara_01")):
            await self.storage.create(key, key.encode())
        fields = {"suara_01": {"value": photo_id, "sure": True, "confidence": 0.9999}}
        async with self.sessions.begin() as session:
            contest = await get_contest(session, kode="ppwp-2024")
            await mark_read(session, photo_id=photo_id, form=contest.form_name, page=2, quality={})
            await record_machine_reading(
                session, contest=contest, photo_id=photo_id, fields=fields, details={"model_sha256": "m"}
            )

    async def place_by_hand(self, number: int) -> None:
        """Upload, and leave it as a reviewer's word does: no page, no crop, a picture of all of it; three objects."""
        photo_id = await self.send(number)
        async with self.sessions.begin() as session:
            photo = await session.get_one(Photo, photo_id)
            placed = Placement("C.HASIL-PPWP 2024", 2)
            await write_placement(session, photo, placed, by=photo.uploader_id)
            for key in (thumb_key(photo_id), whole_key(photo_id, photo.placement_id or 0)):
                await self.storage.create(key, key.encode())
            await mark_placed(session, photo_id=photo_id, placement_id=photo.placement_id or 0)

    async def keep(self, folder: Path | None = None, **options: Any) -> Backup:
        """Take a backup of the service."""
        await asyncio.sleep(1.01 if (folder or self.kept).exists() else 0)  # a backup is named after its second
        key = find_key_file(self.settings)
        return await take_backup(self.url, self.storage, key, folder or self.kept, **options)

    async def restore(self, backup: Path | None = None, **other: Any) -> Sequence[Equality]:
        """Restore the newest backup, or this one, into the empty installation."""
        target = self.target.model_copy(update=other)
        return await asyncio.to_thread(restore_into, target, backup or find_backup(self.kept), be_silent)


@pytest.fixture
async def target(server: str, settings: Settings, tmp_path: Path) -> AsyncIterator[Settings]:
    """An installation with nothing in it, on an empty database of its own."""
    name = f"runut_restore_{os.getpid()}_{next(_names)}"
    url = await prepare_database(server, name)
    yield settings.model_copy(update={"home": tmp_path / "restored", "database_url": url})
    engine = make_engine(server)
    async with engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    await engine.dispose()


@pytest.fixture
async def scene(  # noqa: PLR0917 (fixtures are found by name)
    database: str, sessions: Sessions, settings: Settings, storage: LocalStore, sign_in_as: SignInAs, target: Settings
) -> Scene:
    signer = load_signer(settings.home / "keys")
    async with sessions.begin() as session:
        await import_wilayah(session, lines=REGIONS.splitlines(keepends=True), name="uji")
    async with sessions.begin() as session:
        await import_pemilu(session, path=ELECTION, layouts=settings.layouts)
        await agree_on_key(session, signer=signer)
        await rebuild(session, contest=await get_contest(session, kode="ppwp-2024"))
    sender = await sign_in_as("sari")
    return Scene(database, settings, sessions, storage, sender, target, target.home.parent / "kept")


async def rows_of(url: str | None) -> dict[str, list[str]]:
    """Every row of the tables that matter, as the database writes them: nothing of the backup's own counting."""
    assert url
    engine = make_engine(url)
    found = {}
    async with make_sessions(engine).begin() as session:
        for table in TABLES:
            found[table] = sorted((await session.execute(text(_ROWS.format(table)))).scalars().all())
    await engine.dispose()
    return found


def objects_of(settings: Settings) -> dict[str, bytes]:
    """Every object of a local store."""
    paths = [path for path in settings.objects.rglob("*") if path.is_file()]
    return {path.relative_to(settings.objects).as_posix(): path.read_bytes() for path in paths}
