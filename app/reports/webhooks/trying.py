"""A delivery made at once, so that a monitor sees whether his program takes what we send. It moves no cursor.

Signed like every other; its one item has the topic ``test``, which no row has.
"""

from datetime import UTC, datetime

import orjson

from app.core.database import Sessions
from app.core.rate_limit import Limit, require_seldom
from app.reports.webhooks.posting import post_signed
from app.reports.webhooks.service import WebhookView, find_webhook
from app.transparency.signing import Signer

TRIES, WITHIN = 10, 600
"""Of one account, in so many seconds: nobody knocks at other people's doors through us."""


async def try_webhook(sessions: Sessions, signer: Signer, *, owner_id: int, webhook_id: int) -> str:
    """Send a test to one's own subscription, enabled or not; return what went wrong, or nothing.

    Raises:
        NotFoundError: the owner has none of this number.
        TooManyRequestsError: ten tests in ten minutes.
    """
    async with sessions.begin() as session:
        hook = await find_webhook(session, owner_id=owner_id, webhook_id=webhook_id)
    await require_seldom(sessions, [Limit("webhook/test", str(owner_id), TRIES, WITHIN)])
    return await send_test(hook, signer)


async def send_test(hook: WebhookView, signer: Signer, *, private: bool = False) -> str:
    """Send one item of topic ``test``; return what went wrong, or nothing."""
    now = datetime.now(UTC)
    item = {"topic": "test", "id": int(now.timestamp()), "at": now.isoformat()}
    body = orjson.dumps({"webhook": hook.id, "pemilihan": hook.pemilihan, "items": [item]})
    delivery_id = f"runut-{hook.id}-test-{now.timestamp():.6f}"
    return await post_signed(hook.url, signer, delivery_id=delivery_id, body=body, private=private)
