"""Which key signs this installation's receipts is a fact of the log, and every site agrees on it before it serves.

Two sites of one database that sign with different keys would give receipts of which half do not check against the key
that the public knows. The first site records its key; one that starts with another is refused until somebody says,
with a reason, that the key was changed.
"""

from typing import ClassVar

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import RunutError
from app.transparency.models import LogEntry
from app.transparency.service import append_entry
from app.transparency.signing import Signer

SUBJECT = "installation/receipt-key"
_LOCK = 7_788_502
"""Advisory: two sites that start at once on an empty log must not both record a key. Its transaction takes no other."""


class OtherKeyError(RunutError):
    """This site would sign with another key than the other sites of the database."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "other_signing_key"


async def agree_on_key(session: AsyncSession, *, signer: Signer) -> None:
    """Record the key of the first site; let later ones through with the same key only.

    Raises:
        OtherKeyError: the installation signs with another key.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    recorded = await find_recorded_key(session)
    if recorded is None:
        await record_key(session, signer=signer, reason="first start")
    elif recorded != signer.public_key:
        raise OtherKeyError(
            f"This site would sign receipts with key {signer.key_id} (public key {signer.public_key}), the others of"
            f" this database sign with the public key {recorded}.",
            "Give it the same key: RUNUT_SIGNING_KEY_FILE, or the others' RUNUT_HOME/keys/receipt.pem. If the key was"
            ' changed on purpose:  ./runut key adopt "WHY"',
        )


async def find_recorded_key(session: AsyncSession) -> str | None:
    """Return the public key (base64) that the log names last; null before the first start."""
    query = select(LogEntry.payload).where(LogEntry.subject == SUBJECT).order_by(LogEntry.id.desc()).limit(1)
    payload = (await session.execute(query)).scalar_one_or_none()
    return None if payload is None else str(payload["public_key"])


async def record_key(session: AsyncSession, *, signer: Signer, reason: str) -> int:
    """Write into the log that receipts are signed with this key from now on; return the entry's number."""
    payload = {"algorithm": "Ed25519", "key_id": signer.key_id, "public_key": signer.public_key, "reason": reason}
    return await append_entry(session, kind="signing_key", subject=SUBJECT, payload=payload)
