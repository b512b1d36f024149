"""Deliver what is new: at least once, in order, with growing pauses after failures, until the receiver says yes.

*Crash after the delivery and before the cursor is moved: the same rows are delivered again, under the same topics and
numbers.*
"""

import hashlib
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import structlog
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.pemilu.service import list_contests
from app.reports.webhooks.models import Webhook
from app.reports.webhooks.posting import post_signed
from app.reports.webhooks.topics import Cursor, News, find_horizon, read_news
from app.tally.holding import is_held
from app.transparency.signing import Signer

log = structlog.get_logger(__name__)

CLAIMED = timedelta(minutes=2)
"""How long a worker that sends has a subscription for itself; another tries when it never came back."""

IDLE = timedelta(seconds=10)
FAILURES_MAX = 20
"""In a row, over some ten hours; then the subscription is disabled until its owner enables it."""

BACKOFF = timedelta(seconds=5)
BACKOFF_MAX = timedelta(hours=1)

_CLAIM = text(
    """UPDATE webhook SET next_at = now() + :claimed WHERE id = (
         SELECT id FROM webhook WHERE state = 'active' AND next_at <= now()
         ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING id, url, pemilihan_id, wilayah, topics, cursors, failures"""
)


@dataclass(frozen=True)
class Claimed:
    """A subscription that is ours for :data:`CLAIMED`."""

    id: int
    url: str
    pemilihan_id: int
    wilayah: str
    topics: list[Any]
    cursors: dict[str, Any]
    failures: int


async def send_due(sessions: Sessions, signer: Signer, *, private: bool = False) -> int:
    """Serve one subscription that is due; return how many things were told, or 1 after a failure, 0 for nothing due.

    ``private``: addresses of our own network are sent to as well; for tests.
    """
    async with sessions.begin() as session:
        row = (await session.execute(_CLAIM, {"claimed": CLAIMED})).mappings().one_or_none()
        if row is None:
            return 0
        hook = Claimed(**row)
        contest = next((one for one in await list_contests(session) if one.id == hook.pemilihan_id), None)
        news = [] if contest is None or is_held(contest) else await _gather(session, hook)
    if not news or contest is None:
        await _note(sessions, hook, next_at=datetime.now(UTC) + IDLE)
        return 0
    problem = await deliver(hook, contest, news, signer, private=private)
    if problem:
        await _note_failure(sessions, hook, problem)
        return 1
    reached: dict[str, Any] = {one.topic: Cursor(one.at, one.id).as_json() for one in news}
    cursors = {**hook.cursors, **reached}
    now = datetime.now(UTC)
    await _note(sessions, hook, cursors=cursors, failures=0, last_error="", last_sent_at=now, next_at=now)
    return len(news)


async def _gather(session: AsyncSession, hook: Claimed) -> list[News]:
    horizon = await find_horizon(session)
    news: list[News] = []
    for topic in hook.topics:
        at, number = hook.cursors[topic]
        news += await read_news(
            session,
            topic=topic,
            pemilihan_id=hook.pemilihan_id,
            after=Cursor(datetime.fromisoformat(at), number),
            horizon=horizon,
            wilayah=hook.wilayah,
        )
    return news


async def deliver(hook: Claimed, contest: Contest, news: list[News], signer: Signer, *, private: bool) -> str:
    """Send what is new; return what went wrong, or nothing. No transaction is open, no answer is read."""
    items = [one.as_json() for one in news]
    body = orjson.dumps({"webhook": hook.id, "pemilihan": contest.kode, "items": items})
    names = " ".join(f"{one.topic}/{one.id}" for one in news)
    delivery_id = f"runut-{hook.id}-{hashlib.sha256(names.encode()).hexdigest()[:24]}"
    return await post_signed(hook.url, signer, delivery_id=delivery_id, body=body, private=private)


async def _note_failure(sessions: Sessions, hook: Claimed, problem: str) -> None:
    failures = hook.failures + 1
    pause = min(BACKOFF_MAX, BACKOFF * 2 ** min(failures, 20)) * random.uniform(0.75, 1.25)
    state = "disabled" if failures >= FAILURES_MAX else "active"
    log.warning("webhook failed", webhook=hook.id, failures=failures, state=state, problem=problem)
    next_at = datetime.now(UTC) + pause
    await _note(sessions, hook, failures=failures, last_error=problem, state=state, next_at=next_at)


async def _note(sessions: Sessions, hook: Claimed, **values: object) -> None:
    """Write what came of it; a subscription that its owner removed meanwhile stays removed."""
    async with sessions.begin() as session:
        mine = (Webhook.id == hook.id) & (Webhook.state == "active")
        await session.execute(update(Webhook).where(mine).values(**values))
