"""What a store of bytes promises, whatever it is made of. Each call says what holds once it has returned."""

import re
from typing import ClassVar, Protocol

from app.core.errors import NotFoundError, RunutError

_KEY = re.compile(r"^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9._-]*)+")


class CorruptObjectError(RuntimeError):
    """Stored bytes no longer match the hash that was kept with them: the disk, the store or a person changed them."""


class StoreUnavailableError(RunutError):
    """The object store does not answer, or not in time. What was to be kept counts as not kept."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "store_unavailable"


class StoreRefusedError(StoreUnavailableError):
    """The object store answers, but not for our bucket and credentials; only the operator can change that."""

    code: ClassVar[str] = "store_refused"


class ObjectStore(Protocol):
    """Keeps bytes under keys such as ``original/ab/abcdef...``; nothing is ever overwritten.

    Every call may raise ``StoreUnavailableError`` when the store is another program and cannot be reached.
    """

    async def create(self, key: str, data: bytes) -> bool:
        """Keep ``data`` under ``key``. Durable once it returns. False: the key was there already, unchanged."""
        ...

    async def seal(self, data: bytes) -> str:
        """Keep original bytes under their hash and return the hash. Durable once it returns; idempotent."""
        ...

    async def read(self, key: str) -> bytes:
        """Return the bytes under ``key``. Raises ``NotFoundError``, and ``CorruptObjectError`` if that shows."""
        ...

    async def exists(self, key: str) -> bool:
        """Tell whether ``key`` is there."""
        ...

    async def check(self) -> None:
        """Return when the store can be used now; cheap. Raises ``StoreUnavailableError`` saying why it cannot."""
        ...

    def close(self) -> None:
        """Let go of connections. The store is not used afterwards."""
        ...


def require_key(key: str) -> str:
    """Return ``key``. It never comes from a client as it is, yet one that leaves the store must stay impossible.

    Raises:
        ValueError: not the key of an object.
    """
    if not _KEY.fullmatch(key):
        message = f"{key!r} is no object key."
        raise ValueError(message)
    return key


def no_object(key: str) -> NotFoundError:
    """Return the error of a key that is not there."""
    return NotFoundError(f"No object {key}.", "It may not have been made yet.")
