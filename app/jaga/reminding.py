"""What a guardian should be reminded of next, as a pure rule, and the walk over everybody for a notifier.

Nothing is sent from here: whoever runs a notifier asks, and tells people in the way they chose there.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Account
from app.core.database import Sessions
from app.intake.models import Photo
from app.jaga.day import Day, list_days
from app.jaga.mine import KEPT, find_photos
from app.jaga.models import JagaAdoption

WIB = timezone(timedelta(hours=7), "WIB")
EVE = time(18, 0)
"""The evening before the day, western time: go there tomorrow."""
EVENING = time(19, 0)
"""The evening of the day: counting is over nearly everywhere, and no photograph has come."""
PEOPLE_A_TIME = 500

Action = Literal["photo_refused", "no_photo", "before_day"]
ACTIONS: tuple[Action, ...] = ("photo_refused", "no_photo", "before_day")
"""The most urgent first: a sheet still hangs for some hours."""


@dataclass(frozen=True)
class PhotoFact:
    """What the rule needs of a photograph of the TPS: kept or not, sent by the guardian or not, when."""

    kept: bool
    mine: bool
    at: datetime


@dataclass(frozen=True)
class Due:
    """One thing to remind of and from when on."""

    action: Action
    due_at: datetime


@dataclass(frozen=True)
class Guardian:
    """Who is reminded, and of which election day's TPS."""

    account_id: int
    name: str
    pemilu: str


@dataclass(frozen=True)
class Reminder:
    """The next thing for one guardian: one message about all TPS that it concerns."""

    guardian: Guardian
    action: Action
    due_at: datetime
    tps: tuple[str, ...]


def find_due(day: date, photos: Iterable[PhotoFact], before: datetime) -> Due | None:
    """Return what to remind a TPS's guardian of, as far as it is due ``before`` then; null for nothing.

    A refused photograph of his own counts while nothing was kept of the TPS after it; the other two while nothing was
    kept of it at all, from whomever. It errs towards silence: page 2 without page 3 reminds nobody.
    """
    known = list(photos)
    newest = max((one.at for one in known if one.kept), default=None)
    refused = [one.at for one in known if one.mine and not one.kept and (newest is None or one.at > newest)]
    dues: list[Due] = []
    if refused:
        dues.append(Due("photo_refused", min(refused)))
    elif newest is None:
        eve = datetime.combine(day - timedelta(days=1), EVE, WIB)
        dues += [Due("no_photo", datetime.combine(day, EVENING, WIB)), Due("before_day", eve)]
    return next((due for due in dues if due.due_at < before), None)


async def walk_reminders(sessions: Sessions, *, before: datetime) -> AsyncIterator[Reminder]:
    """Give every active guardian's next reminder, day after day, by account; in transactions of a few hundred people.

    Each part is as of its own moment: who sends a photograph meanwhile may still be named.
    """
    async with sessions.begin() as session:
        days = await list_days(session)
    for day in days:
        after = 0
        while True:
            async with sessions.begin() as session:
                people = await _next_people(session, day, after)
                reminders = await _remind(session, day, people, before) if people else ()
            if not people:
                break
            for reminder in reminders:
                yield reminder
            after = max(people)


async def _next_people(session: AsyncSession, day: Day, after: int) -> dict[int, str]:
    """Return the names of the next guardians by account number."""
    holding = select(JagaAdoption.id).where(
        JagaAdoption.account_id == Account.id, JagaAdoption.pemilu_kode == day.kode, JagaAdoption.ended_at.is_(None)
    )
    query = (
        select(Account.id, Account.name)
        .where(Account.id > after, Account.state == "active", holding.exists())
        .order_by(Account.id)
        .limit(PEOPLE_A_TIME)
    )
    return {row.id: row.name for row in await session.execute(query)}


async def _remind(session: AsyncSession, day: Day, people: dict[int, str], before: datetime) -> tuple[Reminder, ...]:
    query = select(JagaAdoption.account_id, JagaAdoption.tps_kode).where(
        JagaAdoption.pemilu_kode == day.kode, JagaAdoption.ended_at.is_(None), JagaAdoption.account_id.in_(people)
    )
    held: dict[int, list[str]] = {}
    for row in await session.execute(query.order_by(JagaAdoption.account_id, JagaAdoption.tps_kode)):
        held.setdefault(row.account_id, []).append(row.tps_kode)
    by_tps: dict[str, list[Photo]] = {}
    for photo in await find_photos(session, day=day, tps=sorted({one for tps in held.values() for one in tps})):
        by_tps.setdefault(photo.tps_kode, []).append(photo)
    found = []
    for account, tps in held.items():
        dues = {kode: _find_due_of(day, account, by_tps.get(kode, ()), before) for kode in tps}
        found.append(_choose(Guardian(account, people[account], day.kode), dues))
    return tuple(one for one in found if one is not None)


def _find_due_of(day: Day, account: int, photos: Sequence[Photo], before: datetime) -> Due | None:
    facts = [PhotoFact(one.state in KEPT, one.uploader_id == account, one.at) for one in photos]
    return find_due(day.tanggal, facts, before)


def _choose(guardian: Guardian, dues: Mapping[str, Due | None]) -> Reminder | None:
    """Return the most urgent thing for one guardian, with all of his TPS that it concerns. ``dues``: by TPS."""
    for action in ACTIONS:
        concerned = {kode: due for kode, due in dues.items() if due is not None and due.action == action}
        if concerned:
            first = min(due.due_at for due in concerned.values())
            return Reminder(guardian, action, first, tuple(concerned))
    return None
