"""Rows straight from PostgreSQL's binary COPY into numpy: no number is ever a Python object.

Every row of such a query has the same length (texts padded, no nulls), so that a stretch of the stream is an array.
"""

import asyncio
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.statements import open_driver

Rows = NDArray[np.void]

_HEADER = 19
_TRAILER = 2
_TAKEN_FROM = 16 * 1024 * 1024
"""Bytes that are taken at once: few enough to keep, many enough for numpy to be quick."""


def make_row_type(*columns: tuple[str, str, int]) -> np.dtype[np.void]:
    """Return the shape of a row; ``columns``: name, numpy type of an element, length (0: one value, else an array).

    In the array, ``rows[name]`` is the value, and ``rows[name]["value"]`` the elements of an array.
    """
    parts: list[tuple[str, str] | tuple[str, np.dtype[np.void], tuple[int]]] = [("fields", ">i2")]
    for name, kind, length in columns:
        parts.append((f"{name}_bytes", ">i4"))
        if length:
            parts.extend((f"{name}_{what}", ">i4") for what in ("dimensions", "flags", "type", "size", "lower"))
            parts.append((name, np.dtype([("bytes", ">i4"), ("value", kind)]), (length,)))
        else:
            parts.append((name, kind))
    return np.dtype(parts)


class _Sink:
    """Collects what comes, and hands whole rows on while more comes. Owned by one :func:`stream_rows`."""

    def __init__(self, kind: np.dtype[np.void], take: Callable[[Rows], None]) -> None:
        self._kind = kind
        self._take = take
        self._kept = bytearray()
        self._skipped = 0
        self._taking: asyncio.Task[None] | None = None

    async def write(self, data: bytes) -> None:
        self._kept += data
        if len(self._kept) >= _TAKEN_FROM:
            # The trailer is kept back: it may be the end of what has come.
            await self._hand_on((len(self._kept) - _HEADER - _TRAILER) // self._kind.itemsize)

    async def _hand_on(self, count: int) -> None:
        begins = 0 if self._skipped else _HEADER
        end = begins + count * self._kind.itemsize
        rows = np.frombuffer(bytes(self._kept[begins:end]), self._kind)
        del self._kept[:end]
        self._skipped = _HEADER
        if self._taking is not None:
            await self._taking
        self._taking = asyncio.create_task(asyncio.to_thread(self._take, rows))

    async def finish(self) -> None:
        left = len(self._kept) - _TRAILER - (_HEADER - self._skipped)
        assert left % self._kind.itemsize == 0, "a row has another length than its query promises"
        await self._hand_on(left // self._kind.itemsize)
        if self._taking is not None:
            await self._taking


async def stream_rows(
    session: AsyncSession, query: str, *values: object, kind: np.dtype[np.void], take: Callable[[Rows], None]
) -> None:
    """Give the rows of a query to ``take``, many at a time, in a thread of its own; the last call may have none.

    ``kind`` is the shape of every row, see :func:`make_row_type`; a row of another length makes nonsense of what
    follows it, so the query has to see to it.
    """
    driver = await open_driver(session)
    sink = _Sink(kind, take)
    await driver.copy_from_query(query, *values, output=sink.write, format="binary")
    await sink.finish()
