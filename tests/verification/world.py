"""A small election in the database: places, people, photographs with their machine readings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Account
from app.core.access import Role
from app.core.config import PROJECT
from app.core.database import Sessions
from app.core.jobs import decode_payload
from app.core.storage import sha256_hex
from app.intake.models import Photo
from app.pemilu.definition import Contest
from app.pemilu.service import SHIPPED, get_contest, import_pemilu
from app.verification.models import TpsSection
from app.verification.queue import DealtTask, answer_task, deal_task
from app.verification.service import record_machine_reading, settle, settle_unsettled, withdraw_from_sections
from app.wilayah.service import import_wilayah
from tests.verification.readings import PAGES, TRUTH

LINES = (
    "kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir",
    "11,provinsi,ACEH,,,",
    "1101,kabupaten_kota,ACEH SELATAN,,,",
    "110101,kecamatan,BAKONGAN,,,",
    "1101012001,kelurahan,KEUDE BAKONGAN,60,,",
)
_numbers = count(1)


def tps(number: int) -> str:
    return f"1101012001{number:03}"


def machine_fields(
    page: int, numbers: Mapping[str, int | None] = TRUTH, *, confidence: float = 0.9999, sure: bool = True
) -> dict[str, dict[str, Any]]:
    """What the reader prints for one page; of page 1 every field of ``numbers``."""
    return {
        name: {"value": numbers[name], "confidence": confidence, "sure": sure and numbers[name] is not None}
        for name in PAGES.get(page, tuple(numbers))
    }


@dataclass
class World:
    """The contest and its people; ``uploader`` sends the photographs."""

    session: AsyncSession
    contest: Contest
    uploader: int
    photos: dict[tuple[str, int, int], int] = field(default_factory=dict)

    async def person(self, role: Role = Role.VOLUNTEER) -> int:
        row = Account(name=f"orang-{next(_numbers)}", display_name="", password_hash="-", role=role.value)
        self.session.add(row)
        await self.session.flush()
        return row.id

    async def photo(self, place: str, page: int, *, uploader: int | None = None, source: str = "volunteer") -> int:
        owner = self.uploader if uploader is None else uploader
        row = Photo(
            sha256=sha256_hex(f"{place}/{page}/{owner}/{next(_numbers)}".encode()),
            byte_count=1,
            content_type="image/jpeg",
            pemilihan_id=self.contest.id,
            tps_kode=place,
            uploader_id=owner,
            source=source,
            state="read",
            form=self.contest.form_name,
            page=page,
        )
        self.session.add(row)
        await self.session.flush()
        self.photos[place, page, owner] = row.id
        return row.id

    async def read(
        self,
        place: str,
        *,
        pages: tuple[int, ...] = (2, 3),
        uploader: int | None = None,
        numbers: Mapping[str, int | None] = TRUTH,
        dice: float = 0.5,
        **machine: Any,
    ) -> int:
        """Photograph and machine-read the pages of a TPS, settle its section, and return the section's number."""
        sections: set[int] = set()
        for page in pages:
            photo = await self.photo(place, page, uploader=uploader)
            fields = machine_fields(page, numbers, **machine)
            sections |= set(
                await record_machine_reading(
                    self.session, contest=self.contest, photo_id=photo, fields=fields, details={"model_sha256": "m"}
                )
            )
        (section,) = sections
        await self.session.execute(
            text("UPDATE tps_section SET dice = :dice WHERE id = :id"), {"dice": dice, "id": section}
        )
        await settle(self.session, section_id=section)
        return section

    async def withdraw_queued(self) -> int:
        """Do what the queued jobs ``withdraw`` would do, all but the last of them twice; return how many there were."""
        query = text("DELETE FROM pgqueuer WHERE entrypoint = 'withdraw' RETURNING payload")
        batches = [decode_payload(row.payload) for row in await self.session.execute(query)]
        for batch in [*batches[:-1], *batches]:
            await withdraw_from_sections(self.session, **batch)
        return len(batches)

    async def section(self, section_id: int) -> TpsSection:
        query = select(TpsSection).filter_by(id=section_id).execution_options(populate_existing=True)
        return (await self.session.execute(query)).scalar_one()

    async def deal(self, account: int, role: Role = Role.VOLUNTEER, lease: int = 600) -> DealtTask | None:
        return await deal_task(self.session, account_id=account, role=role, lease_seconds=lease)

    async def answer(
        self,
        account: int,
        numbers: Mapping[str, int | None] = TRUTH,
        role: Role = Role.VOLUNTEER,
        *,
        settled: bool = True,
    ) -> DealtTask:
        """Take a task and answer it; with ``settled`` the rule looks at it, as a worker would see to right after."""
        task = await self.deal(account, role)
        assert task is not None, "there was no task"
        own = {name: numbers[name] for name in task.fields}
        await answer_task(self.session, task_id=task.id, account_id=account, numbers=own)
        if settled:
            await self.settle()
        return task

    async def settle(self) -> None:
        """Do what the settler does: let the rule look at everything that was answered, in this transaction."""
        while await settle_unsettled(self.session):
            pass


async def settle_waiting(sessions: Sessions) -> int:
    """Let the rule look at everything that was answered; return how many sections those were."""
    done = 0
    while True:
        async with sessions.begin() as session:
            if not (settled := await settle_unsettled(session)):
                return done
        done += len(settled)


async def make_world(session: AsyncSession) -> World:
    await import_wilayah(session, lines=LINES, name="test")
    await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=PROJECT / "ocr" / "layouts")
    contest = await get_contest(session, kode="ppwp-2024")
    world = World(session, contest, 0)
    world.uploader = await world.person()
    return world
