"""Ground of the tests of reports: a few places, people, and short words for what they do."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Account
from app.core.access import Role
from app.lapor.listing import get_case_file
from app.lapor.report import get_report, send_report
from app.lapor.views import CaseFile, ReportView
from app.wilayah.service import import_wilayah
from tests.wilayah.editions import LINES

HERE = "1101012001001"
THERE = "1101012001002"


@dataclass(frozen=True)
class Desk:
    """A session with two reviewers and a volunteer, who is also the sender while ``account`` is his."""

    session: AsyncSession
    reviewer: int
    other_reviewer: int
    volunteer: int
    account: int | None = None

    def by(self, account: int) -> "Desk":
        return replace(self, account=account)

    async def report(
        self, note: str = "Papan kosong.", *, tps: str = HERE, category: str = "missing_form", token: str | None = None
    ) -> str:
        sent = await send_report(
            self.session,
            tps=tps,
            photo_id=None,
            category=category,
            note=note,
            account_id=self.account,
            token=token,
        )
        return sent.token

    async def see(self, token: str) -> ReportView:
        return await get_report(self.session, token=token)

    async def case_of(self, token: str) -> CaseFile:
        query = text("SELECT case_id FROM lapor_report WHERE token_sha256 = encode(sha256(:token ::bytea), 'hex')")
        number = (await self.session.execute(query, {"token": token.encode()})).scalar_one()
        return await get_case_file(self.session, case_id=number)


@pytest.fixture
async def desk(session: AsyncSession) -> Desk:
    await import_wilayah(session, lines=LINES, name="test")
    people = [
        Account(name=name, display_name="", password_hash="-", role=role.value)
        for name, role in (("rina", Role.REVIEWER), ("rudi", Role.REVIEWER), ("sari", Role.VOLUNTEER))
    ]
    session.add_all(people)
    await session.flush()
    return Desk(session, *(one.id for one in people))
