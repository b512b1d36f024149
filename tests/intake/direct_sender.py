"""A sender of direct uploads, and files that are photographs by their headers."""

import hashlib
import io
from dataclasses import dataclass
from typing import Any

import httpx
from PIL import Image
from sqlalchemy import text

from app.core.database import Sessions
from app.core.storage import S3Store

TPS, CONTEST = "3171011001001", "ppwp-2024"
PART = 5 * 1024 * 1024


@dataclass(frozen=True)
class Sender:
    """Somebody signed in at the site, with a bare client for the store: it knows no token of ours."""

    site: httpx.AsyncClient
    store: httpx.AsyncClient

    async def announce(self, data: bytes, **other: Any) -> httpx.Response:
        said = {"pemilihan": CONTEST, "tps": TPS, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        return await self.site.post("/api/v1/uploads", json=said | other)

    async def put(self, part: dict[str, Any], data: bytes) -> httpx.Response:
        request = part["put"]
        return await self.store.request(request["method"], request["url"], headers=request["headers"], content=data)

    async def put_all(self, upload: dict[str, Any], data: bytes) -> None:
        at = 0
        for part in upload["parts"]:
            if not part["there"]:
                answer = await self.put(part, data[at : at + part["bytes"]])
                assert answer.status_code == 200, answer.text
            at += part["bytes"]

    async def look(self, upload: dict[str, Any]) -> httpx.Response:
        return await self.site.get(f"/api/v1/uploads/{upload['upload']}")

    async def complete(self, upload: dict[str, Any]) -> httpx.Response:
        return await self.site.post(f"/api/v1/uploads/{upload['upload']}/complete")

    async def send(self, data: bytes, **other: Any) -> httpx.Response:
        """Announce, put and complete."""
        announced = await self.announce(data, **other)
        assert announced.status_code == 201, announced.text
        await self.put_all(announced.json(), data)
        return await self.complete(announced.json())


def jpeg(*, before: int = 0, inside: int = 0, behind: int = 0, size: tuple[int, int] = (64, 64)) -> bytes:
    """Return a JPEG with so many bytes of comments before the picture, of coded picture, and behind its end."""
    kept = io.BytesIO()
    Image.new("RGB", size, (180, 180, 180)).save(kept, "JPEG")
    picture = kept.getvalue()
    whole, rest = divmod(before, 65_000)
    comments = b"".join(
        b"\xff\xfe" + (length + 2).to_bytes(2, "big") + bytes(length) for length in [65_000] * whole + [rest]
    )
    return picture[:2] + comments + picture[2:-2] + b"\x11" * inside + picture[-2:] + b"\0" * behind


def claim_size(data: bytes, width: int, height: int) -> bytes:
    """Return a JPEG whose header claims another size."""
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + data[at + 4 :]


CAMERA = jpeg(before=40_000, inside=600_000)
"""Large enough to be looked at by its first bytes only."""
OTHER = CAMERA[:-50] + b"\x12" + CAMERA[-49:]
"""As long, and a photograph as well."""


async def count(sessions: Sessions) -> dict[str, int]:
    query = (
        "SELECT (SELECT count(*) FROM photo) AS photos, (SELECT count(*) FROM pgqueuer) AS jobs,"
        " (SELECT count(*) FROM log_entry WHERE kind = 'photo') AS entries"
    )
    async with sessions.begin() as session:
        return dict((await session.execute(text(query))).mappings().one())


async def states(sessions: Sessions) -> list[str]:
    async with sessions.begin() as session:
        return list(await session.scalars(text("SELECT state FROM direct_upload ORDER BY id")))


async def names(store: S3Store) -> set[str]:
    """What lies in this test's corner of the bucket, by the first word of its key."""
    prefix = store.connection.place.prefix
    listed = await store.connection.call("list_objects_v2", Prefix=prefix)
    return {entry["Key"].removeprefix(prefix).partition("/")[0] for entry in listed.get("Contents", [])}


async def overwrite(store: S3Store, sessions: Sessions, data: bytes, **said: Any) -> None:
    """Put other bytes where the upload comes in, with the store's own key: what a signed address would not let."""
    async with sessions.begin() as session:
        key = await session.scalar(text("SELECT object_key FROM direct_upload ORDER BY id DESC LIMIT 1"))
    await store.connection.call("put_object", Key=store.connection.key(str(key)), Body=data, **said)


async def announce_second(sari: Sender, budi: Sender, data: bytes) -> dict[str, Any]:
    """Announce for Sari what Budi has announced: the original's place is his, and she sends beside it."""
    await budi.announce(data)
    upload: dict[str, Any] = (await sari.announce(data)).json()
    assert "/incoming/" in upload["parts"][0]["put"]["url"]
    return upload
