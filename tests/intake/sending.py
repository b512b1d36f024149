"""Send photographs over HTTP and count what is kept."""

from collections.abc import Callable
from typing import Any

import httpx
from sqlalchemy import text

from app.core.database import Sessions

TPS, NEIGHBOUR = "3171011001001", "3171011001002"
CONTEST = "ppwp-2024"
MakePicture = Callable[..., bytes]

LITTLE_PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\0\x09\0\0\0\x09\x08\0\0\0\0----" + b"\0\0\0\0IEND----"
"""Passes the header check; nothing decodes it."""


async def send(
    sender: httpx.AsyncClient, data: bytes, *, tps: str = TPS, pemilihan: str = CONTEST, name: str = "a.jpg"
) -> httpx.Response:
    return await sender.post(
        "/api/v1/photos", files={"file": (name, data, "image/jpeg")}, data={"tps": tps, "pemilihan": pemilihan}
    )


async def rows(sessions: Sessions, query: str) -> list[dict[str, Any]]:
    async with sessions.begin() as session:
        return [dict(row) for row in (await session.execute(text(query))).mappings()]


async def stored(sessions: Sessions) -> dict[str, int]:
    """How many photographs, log entries and jobs there are."""
    found = await rows(
        sessions,
        "SELECT (SELECT count(*) FROM photo) AS photos, (SELECT count(*) FROM pgqueuer) AS jobs,"
        " (SELECT count(*) FROM log_entry WHERE kind = 'photo') AS entries",
    )
    return found[0]
