"""One signed POST to a subscriber. No transaction may be open: the other side may take its time."""

from datetime import UTC, datetime

import httpx

from app.core.errors import InvalidInputError
from app.reports.webhooks.address import find_target
from app.reports.webhooks.signature import sign_delivery
from app.transparency.signing import Signer

TIMEOUT = httpx.Timeout(10.0)
ERROR_SHOWN = 300


async def post_signed(url: str, signer: Signer, *, delivery_id: str, body: bytes, private: bool = False) -> str:
    """Send ``body``; return what went wrong, or nothing. Redirects are not followed, no answer is read.

    ``private``: addresses of our own network are sent to as well; for tests.
    """
    headers = {
        "content-type": "application/json",
        "user-agent": "runut-webhook",
        **sign_delivery(signer, delivery_id=delivery_id, at=datetime.now(UTC), body=body),
    }
    try:
        target = await find_target(url, private=private)
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, follow_redirects=False) as client:
            request = target.make_request(client, body=body, headers=headers)
            answer = await client.send(request, stream=True)
            await answer.aclose()
    except InvalidInputError as error:
        return error.message[:ERROR_SHOWN]
    except (httpx.HTTPError, ValueError) as error:
        return f"{type(error).__name__}: {error}"[:ERROR_SHOWN]
    return "" if answer.is_success else f"HTTP {answer.status_code}"
