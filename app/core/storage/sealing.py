"""Originals are sealed: kept under their own hash, and checked against it whenever they are read."""

import asyncio
import hashlib

from app.core.storage.interface import CorruptObjectError, ObjectStore


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def original_key(sha256: str) -> str:
    """Key of an original photograph: sealed under its own hash."""
    return f"original/{sha256[:2]}/{sha256}"


async def seal(store: ObjectStore, data: bytes) -> str:
    """Keep original bytes under their hash and return the hash. Durable once it returns; idempotent."""
    return await store.seal(data)


async def read_original(store: ObjectStore, sha256: str) -> bytes:
    """Return the sealed bytes, checked against their hash.

    Raises:
        NotFoundError: nothing is sealed under this hash.
        CorruptObjectError: the bytes are not the ones that were sealed.
    """
    data = await store.read(original_key(sha256))
    if await asyncio.to_thread(sha256_hex, data) != sha256:
        message = f"The original {sha256} was changed where it is kept; restore it from a backup."
        raise CorruptObjectError(message)
    return data
