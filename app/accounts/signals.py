"""From where and with what an account is used, as keyed hashes: enough to see that two are one, no address kept.

The key is made from the installation's signing key and lies in no database: whoever gets the rows alone cannot try
out all addresses. Rows are forgotten after :data:`KEPT`.
"""

import hmac
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.core.config import Settings
from app.transparency.signing import Signer

DEVICE_COOKIE = "runut_device"
KEPT = timedelta(days=30)
_TOKEN_MAX = 100
_AGENT_MAX = 400

# One row a thing and account; its times say how near two accounts were.
_NOTE = text(
    """INSERT INTO account_signal (account_id, kind, hash)
       SELECT CAST(:account AS bigint), kind, hash
       FROM unnest(CAST(:kinds AS text[]), CAST(:hashes AS bytea[])) AS said (kind, hash) ORDER BY kind, hash
       ON CONFLICT (account_id, kind, hash) DO UPDATE SET last_at = now()"""
)


@dataclass(frozen=True)
class Sender:
    """Who speaks, as far as linking looks: hashes by kind, and the device's number for its cookie."""

    hashes: tuple[tuple[str, bytes], ...]
    device: str


def find_sender(connection: HTTPConnection, signer: Signer) -> Sender:
    """Return the hashes of a request's device, address and browser; a device without a number gets one."""
    known = connection.cookies.get(DEVICE_COOKIE, "")
    device = known if 0 < len(known) <= _TOKEN_MAX else secrets.token_urlsafe(16)
    found = [("device", f"device/{device}")]
    address = _narrow(connection.client.host if connection.client else "")
    if address:
        agent = connection.headers.get("user-agent", "")[:_AGENT_MAX]
        found += [("address", f"address/{address}"), ("place", f"place/{address}/{agent}")]
    key = _derive_key(signer)
    hashes = tuple((kind, hmac.digest(key, said.encode("utf-8", "replace"), sha256)) for kind, said in found)
    return Sender(hashes, device)


def hash_address(connection: HTTPConnection, signer: Signer) -> bytes | None:
    """Return the keyed hash of a public address; null for one that says nothing."""
    address = _narrow(connection.client.host if connection.client else "")
    return hmac.digest(_derive_key(signer), f"address/{address}".encode(), sha256) if address else None


def _narrow(host: str) -> str:
    """Return what of an address one household shares: all of IPv4, the first half of IPv6; nothing of a private one.

    Addresses of a local network are a proxy's that does not tell, or an office's: they say nothing.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    if not address.is_global:
        return ""
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)  # noqa: PLR2004


def _derive_key(signer: Signer) -> bytes:
    secret = signer.key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"runut account signals").derive(secret)


def set_device_cookie(response: Response, sender: Sender, settings: Settings) -> None:
    """Give the browser its device number, for as long as the hash of it is kept."""
    response.set_cookie(
        DEVICE_COOKIE,
        sender.device,
        max_age=int(KEPT.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.cookie_secure,
    )


async def note_signals(session: AsyncSession, *, account_id: int, sender: Sender) -> None:
    """Note with what an account was used just now."""
    kinds = [kind for kind, _ in sender.hashes]
    hashes = [digest for _, digest in sender.hashes]
    await session.execute(_NOTE, {"account": account_id, "kinds": kinds, "hashes": hashes})
