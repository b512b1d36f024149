"""Subscribe, list, enable again, remove: each owner his own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, NotFoundError
from app.pemilu.definition import Contest
from app.pemilu.models import Pemilihan
from app.reports.webhooks.address import check_url
from app.reports.webhooks.models import Webhook
from app.reports.webhooks.topics import Cursor, Topic
from app.wilayah.codes import NATION, parse_kode
from app.wilayah.service import resolve

EACH_MAX = 10


class TooManyWebhooksError(ConflictError):
    """One account has as many subscriptions as one may have."""

    code = "too_many_webhooks"


@dataclass(frozen=True)
class WebhookView:
    """A subscription as its owner sees it. ``failures``: in a row; disabled after twenty."""

    id: int
    url: str
    pemilihan: str
    wilayah: str
    topics: tuple[str, ...]
    state: str
    failures: int
    last_error: str
    last_sent_at: datetime | None
    at: datetime


async def subscribe(
    session: AsyncSession, *, owner_id: int, url: str, contest: Contest, topics: Sequence[Topic], wilayah: str = NATION
) -> WebhookView:
    """Begin to tell what is new from now on.

    Raises:
        InvalidInputError: the address cannot be sent to.
        KodeError, NotFoundError: the region is none, or not known.
        TooManyWebhooksError: the owner has ten.
    """
    check_url(url)
    kode = parse_kode(wilayah).text
    await resolve(session, kode=kode)
    # Counted under a lock, or two at once would both be the tenth.
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"webhook/{owner_id}", 0))))
    mine = select(func.count()).select_from(Webhook).where(Webhook.owner_id == owner_id, Webhook.state != "removed")
    if (await session.execute(mine)).scalar_one() >= EACH_MAX:
        raise TooManyWebhooksError(
            f"Paling banyak {EACH_MAX} langganan. (At most {EACH_MAX} subscriptions.)",
            "Hapus satu dahulu. (Remove one first.)",
        )
    start = Cursor(datetime.now(UTC), 0).as_json()
    row = Webhook(
        owner_id=owner_id,
        url=url,
        pemilihan_id=contest.id,
        wilayah=kode,
        topics=sorted(set(topics)),
        cursors=dict.fromkeys(topics, start),
    )
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return _view(row, contest.kode)


async def list_webhooks(session: AsyncSession, *, owner_id: int) -> tuple[WebhookView, ...]:
    """Return the owner's subscriptions, oldest first."""
    rows = (
        select(Webhook, Pemilihan.kode)
        .join(Pemilihan, Pemilihan.id == Webhook.pemilihan_id)
        .where(Webhook.owner_id == owner_id, Webhook.state != "removed")
        .order_by(Webhook.id)
    )
    return tuple(_view(row, kode) for row, kode in await session.execute(rows))


async def find_webhook(session: AsyncSession, *, owner_id: int, webhook_id: int) -> WebhookView:
    """Return one of the owner's subscriptions.

    Raises:
        NotFoundError: the owner has none of this number.
    """
    for one in await list_webhooks(session, owner_id=owner_id):
        if one.id == webhook_id:
            return one
    raise _unknown(webhook_id)


async def enable(session: AsyncSession, *, owner_id: int, webhook_id: int) -> None:
    """Try again from where it stopped: nothing that happened meanwhile is left out.

    Raises:
        NotFoundError: the owner has none of this number.
    """
    values = {"state": "active", "failures": 0, "last_error": "", "next_at": func.now()}
    await _change(session, owner_id, webhook_id, values)


async def remove(session: AsyncSession, *, owner_id: int, webhook_id: int) -> None:
    """End a subscription.

    Raises:
        NotFoundError: the owner has none of this number.
    """
    await _change(session, owner_id, webhook_id, {"state": "removed"})


async def _change(session: AsyncSession, owner_id: int, webhook_id: int, values: dict[str, object]) -> None:
    mine = (Webhook.id == webhook_id) & (Webhook.owner_id == owner_id) & (Webhook.state != "removed")
    found = await session.execute(update(Webhook).where(mine).values(**values).returning(Webhook.id))
    if found.scalar_one_or_none() is None:
        raise _unknown(webhook_id)


def _unknown(webhook_id: int) -> NotFoundError:
    message = f"Tidak ada langganan {webhook_id}. (You have no subscription {webhook_id}.)"
    return NotFoundError(message, "Lihat daftar Anda. (See your list.)")


def _view(row: Webhook, kode: str) -> WebhookView:
    return WebhookView(
        id=row.id,
        url=row.url,
        pemilihan=kode,
        wilayah=row.wilayah,
        topics=tuple(row.topics),
        state=row.state,
        failures=row.failures,
        last_error=row.last_error,
        last_sent_at=row.last_sent_at,
        at=row.at,
    )
