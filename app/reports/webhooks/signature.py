"""How a delivery is signed: Standard Webhooks, ``v1a`` (Ed25519 over ``id.timestamp.body``), with the receipts' key.

There is no secret that a subscriber could lose: whoever knows the site's public key can check a delivery, and nobody
but the site can make one. The time is signed, so that an old delivery cannot be sent again as news.
"""

import base64
from datetime import datetime

from app.transparency.signing import Signer


def sign_delivery(signer: Signer, *, delivery_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of a delivery."""
    moment = str(int(at.timestamp()))
    signature = signer.key.sign(b".".join((delivery_id.encode(), moment.encode(), body)))
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1a,{base64.b64encode(signature).decode()}",
        "webhook-key-id": signer.key_id,
    }
