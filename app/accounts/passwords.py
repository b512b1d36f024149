"""Passwords are kept as argon2id hashes; checking one takes the same time whether the name is known or not.

Source of the cost: OWASP Password Storage Cheat Sheet (19 MiB, two passes, one lane). The hash is computed in a thread:
on the event loop it would hold up every other request for its twentieth of a second.
"""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from app.core.errors import InvalidInputError

LENGTH_MIN = 8
LENGTH_MAX = 200

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODYS_HASH = _HASHER.hash(secrets.token_hex(16))
"""What a password is compared with when nobody bears the name, so that the answer takes as long."""


def check_password_rules(password: str) -> None:
    """Refuse a password that is too short to protect or too long to hash.

    Raises:
        InvalidInputError: with the rule in words.
    """
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        rule = f"{LENGTH_MIN}-{LENGTH_MAX}"
        message = f"Kata sandi harus {rule} huruf. (The password needs {rule} characters.)"
        raise InvalidInputError(
            message, "Pilih beberapa kata yang mudah diingat. (Choose a few words.)", code="password_length"
        )


def generate_password() -> str:
    """Return a random password of 16 characters without look-alikes (about 80 bits)."""
    return "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(16))


async def hash_password(password: str) -> str:
    """Return the argon2id hash of ``password``."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def is_password_right(password: str, password_hash: str | None) -> bool:
    """Tell whether ``password`` belongs to ``password_hash``; null (nobody of that name) costs the same: wrong."""
    matches = await asyncio.to_thread(_matches, password[:LENGTH_MAX], password_hash or _NOBODYS_HASH)
    return matches and password_hash is not None


def _matches(password: str, password_hash: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
