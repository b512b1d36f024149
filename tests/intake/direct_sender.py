"""A sender of direct uploads, and files that are photographs by their headers."""

import hashlib
import io
from dataclasses import dataclass
from typing import Any

import httpx
from PIL import Image

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
