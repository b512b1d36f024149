"""Documents of several pages: drawn, bound, sent and worked off."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from sqlalchemy import text

from app.core.config import Settings
from app.core.database import Sessions
from app.core.storage import LocalStore
from ocr.draw.photograph import photograph
from ocr.draw.tps import TpsDrawing, draw_tps
from workers.job import Context
from workers.jobs import JOBS
from workers.reader_pool import ReaderPool

TPS, NEIGHBOUR = "3171011001001", "3171011001002"
MakePicture = Callable[..., bytes]


@pytest.fixture(scope="module")
def drawing() -> TpsDrawing:
    return draw_tps(None, seed=7, split="evaluation")


@pytest.fixture(scope="module")
def pages(drawing: TpsDrawing) -> dict[int, Image.Image]:
    """Pages 2 and 3 of a form as a scanner sees them."""
    shot = {
        number: photograph(page, "scan", np.random.default_rng(number), quarter_turns=0, exif=False)
        for number, page in drawing.pages.items()
        if number in {2, 3}
    }
    return {number: Image.open(io.BytesIO(data)) for number, data in shot.items()}


@pytest.fixture(scope="module")
def readers() -> Iterator[ReaderPool]:
    with ReaderPool(1) as pool:
        yield pool


@pytest.fixture
def context(sessions: Sessions, settings: Settings, storage: LocalStore, readers: ReaderPool) -> Context:
    return Context(sessions, settings, storage, readers)


def bind(*pictures: Image.Image, kind: str = "PDF", **options: Any) -> bytes:
    """One file of several pages."""
    kept = io.BytesIO()
    first, *rest = (picture.copy() for picture in pictures)
    first.save(kept, kind, save_all=True, append_images=rest, **options)
    return kept.getvalue()


def plain(shade: int, size: tuple[int, int] = (900, 640)) -> Image.Image:
    """A page with a line on it and no form."""
    picture = Image.new("L", size, shade)
    picture.paste(0, (50, 50, 400, 60))
    return picture


async def send(sender: httpx.AsyncClient, data: bytes, *, tps: str = TPS) -> dict[str, Any]:
    answer = await sender.post("/api/v1/photos", files={"file": data}, data={"tps": tps, "pemilihan": "ppwp-2024"})
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def rows(sessions: Sessions, query: str) -> list[dict[str, Any]]:
    async with sessions.begin() as session:
        return [dict(row) for row in (await session.execute(text(query))).mappings()]


async def work_off(context: Context) -> list[str]:
    """Run every job that waits, in its order, until none does; the names of those that were run."""
    done: list[str] = []
    while True:
        waiting = await rows(
            context.sessions,
            "DELETE FROM pgqueuer WHERE id = (SELECT min(id) FROM pgqueuer) RETURNING entrypoint, payload",
        )
        if not waiting:
            return done
        (job,) = waiting
        await JOBS[job["entrypoint"]].run(context, json.loads(job["payload"]))
        done.append(job["entrypoint"])


async def mine(sender: httpx.AsyncClient) -> list[dict[str, Any]]:
    """My photographs, oldest first."""
    photos: list[dict[str, Any]] = (await sender.get("/api/v1/photos/mine")).json()["photos"]
    return photos[::-1]
