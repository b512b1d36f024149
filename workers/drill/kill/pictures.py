"""The drill's photographs: a few drawn pages that can be read, and pictures without a form; each of its own bytes."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from ocr.draw.photograph import photograph
from ocr.draw.tps import draw_tps
from workers.drill.kill.plan import DRAWN_SHARE, PAGES, UPLOAD_KELURAHAN, UPLOAD_TPS, Plan

_START, _COMMENT = b"\xff\xd8", b"\xff\xfe"
PX_PER_MM = 3.0
EMPTY_PIXELS = (480, 640)


@dataclass(frozen=True)
class Sent:
    """One upload: its bytes, where it goes, and what a reader must find on it (null: there is no form)."""

    data: bytes
    tps_kode: str
    numbers: Mapping[str, int] | None
    page: int | None


class Album:
    """Makes the uploads one by one; the same plan gives the same bytes."""

    def __init__(self, plan: Plan) -> None:
        """Draw the few pages that all readable uploads are copies of."""
        self._plan = plan
        self._seed = plan.size.seed
        self._empty = encode(np.full((*EMPTY_PIXELS, 3), 190, dtype=np.uint8))
        self._drawn = [self._draw(index) for index in range(len(plan.upload_numbers))]
        self._every = round(len(PAGES) / DRAWN_SHARE)

    def _draw(self, index: int) -> dict[int, bytes]:
        drawing = draw_tps(
            self._plan.upload_numbers[index],
            seed=self._seed + index,
            split="demo",
            pages=tuple(PAGES),
            px_per_mm=PX_PER_MM,
        )
        rng = np.random.default_rng([self._seed, 3, index])
        return {page: photograph(picture, "scan", rng) for page, picture in drawing.pages.items()}

    def numbers_of(self, uploader: int, uploaders: int) -> list[int]:
        """Return the uploads of one of several people. Both pages of a drawn paper come from one of them."""
        return [one for one in range(self._plan.size.uploads) if one // self._every % uploaders == uploader]

    def take(self, number: int) -> Sent:
        """Return upload ``number``, from 0."""
        turn, place = divmod(number, self._every)
        if place >= len(PAGES):
            tps = f"{UPLOAD_KELURAHAN}{(turn * self._every + place) % UPLOAD_TPS + 1:03d}"
            return Sent(comment(self._empty, f"{self._seed}/{number}"), tps, None, None)
        paper, page = turn % len(self._drawn), list(PAGES)[place]
        data = comment(self._drawn[paper][page], f"{self._seed}/{number}")
        return Sent(data, f"{UPLOAD_KELURAHAN}{turn % UPLOAD_TPS + 1:03d}", self._plan.upload_numbers[paper], page)


def encode(picture: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> bytes:
    """Return the picture as JPEG."""
    return bytes(cv2.imencode(".jpg", picture)[1])


def comment(jpeg: bytes, words: str) -> bytes:
    """Return the same picture with a comment in its head: other bytes, another hash."""
    text = words.encode()
    return _START + _COMMENT + (len(text) + 2).to_bytes(2, "big") + text + jpeg[len(_START) :]
