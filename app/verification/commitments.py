"""A reading is public at once as a commitment, and in full with the decision: nobody can copy it, nobody can change it.

``commitment = SHA-256(salt || canonical JSON of {"numbers": ..., "photo": SHA-256 of the photograph})``, 64 hexadecimal
digits; the salt is 32 random bytes. Without it a thousand guesses would find the number behind a bare hash.
"""

import secrets
from collections.abc import Mapping
from hashlib import sha256

from app.transparency.canonical import canonical_json

SALT_BYTES = 32


def make_salt() -> bytes:
    """Return a fresh secret salt."""
    return secrets.token_bytes(SALT_BYTES)


def commit(salt: bytes, numbers: Mapping[str, int | None], photo_sha256: str) -> str:
    """Return the commitment to ``numbers`` read from the photograph with this hash."""
    return sha256(salt + canonical_json({"numbers": dict(numbers), "photo": photo_sha256})).hexdigest()
