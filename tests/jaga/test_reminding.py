"""Whom to remind of what: the pure rule, and the walk over guardians with their photographs."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.database import Sessions
from app.intake.models import Photo
from app.jaga import reminding
from app.jaga.adopting import adopt_tps
from app.jaga.mine import list_my_tps
from app.jaga.reminding import PhotoFact, find_due, walk_reminders
from tests.jaga.test_adopting import ACEH, KAPUK, set_up

DAY = date(2024, 2, 14)
EVE = datetime(2024, 2, 13, 11, 0, tzinfo=UTC)  # 18:00 WIB
EVENING = datetime(2024, 2, 14, 12, 0, tzinfo=UTC)  # 19:00 WIB
NOON = datetime(2024, 2, 14, 5, 0, tzinfo=UTC)
LATE = EVENING + timedelta(hours=2)


@pytest.mark.parametrize(
    ("photos", "before", "action"),
    [
        ([], EVE, None),
        ([], EVE + timedelta(seconds=1), "before_day"),
        ([], EVENING, "before_day"),
        ([], LATE, "no_photo"),
        ([PhotoFact(kept=True, mine=False, at=NOON)], LATE, None),
        ([PhotoFact(kept=False, mine=True, at=NOON)], LATE, "photo_refused"),
        ([PhotoFact(kept=False, mine=True, at=NOON), PhotoFact(kept=True, mine=True, at=LATE)], LATE, None),
        ([PhotoFact(kept=True, mine=False, at=EVE), PhotoFact(kept=False, mine=True, at=NOON)], LATE, "photo_refused"),
        ([PhotoFact(kept=False, mine=False, at=NOON)], LATE, "no_photo"),
    ],
)
def test_the_rule(photos: list[PhotoFact], before: datetime, action: str | None) -> None:
    due = find_due(DAY, photos, before)
    assert (due and due.action) == action


async def test_each_guardian_gets_one_message_about_all_it_concerns(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "PEOPLE_A_TIME", 2)
    async with sessions.begin() as session:
        day, people = await set_up(session, people=5)
        one, two, three, four, five = people
        held = {
            one: [f"{ACEH}001", f"{ACEH}002"],
            two: [f"{ACEH}003", f"{KAPUK}001"],
            three: [f"{KAPUK}002"],
            four: [f"{KAPUK}003"],
            five: [f"{KAPUK}004"],
        }
        for account, places in held.items():
            for tps in places:
                await adopt_tps(session, day=day, tps=tps, account_id=account)
        for account, tps, state in (
            (two, f"{KAPUK}001", "refused"),
            (one, f"{KAPUK}002", "read"),
            (four, f"{KAPUK}003", "read"),
        ):
            session.add(
                Photo(
                    sha256=f"{account}{tps}",
                    byte_count=1,
                    content_type="image/jpeg",
                    pemilihan_id=day.contests[0].id,
                    tps_kode=tps,
                    uploader_id=account,
                    state=state,
                    state_reason="Buram. (Blurred.)" if state == "refused" else None,
                )
            )
        await session.flush()
        await session.execute(text("UPDATE account SET state = 'suspended' WHERE id = :id"), {"id": five})
        (_, progress) = await list_my_tps(session, day=day, account_id=two)
        assert [(c.mine, c.lost, c.others, c.reason) for c in progress.contests] == [(0, 1, 0, "Buram. (Blurred.)")]
    async with asyncio.timeout(60):
        reminders = [one async for one in walk_reminders(sessions, before=datetime(2999, 1, 1, tzinfo=UTC))]
    assert [(one.guardian.account_id, one.action, one.tps) for one in reminders] == [
        (one, "no_photo", (f"{ACEH}001", f"{ACEH}002")),
        (two, "photo_refused", (f"{KAPUK}001",)),
    ]
