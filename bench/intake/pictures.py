"""Photographs as phones keep them (about 12 megapixels, 2 to 6 MB), each upload's bytes its own.

Drawn paper is cleaner than any paper, and compresses better: 2.1 MB on average, where phones write 2.5 to 6. So every
drawn photograph gets the grain of a small sensor in a dim room, and a phone's quality, on top of what it has.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import cv2
import numpy as np

from ocr.draw.photograph import photograph
from ocr.draw.scenery import noise
from ocr.draw.tps import draw_tps

PAGES = (2, 3)
PX_PER_MM = 9.0
GRAIN = 5.0, 8.0
"""Bounds of the standard deviation of every colour, of 255: what denoising leaves at ISO 800 to 1600."""
QUALITY = 90, 95
_SOI = b"\xff\xd8"
_APP1 = b"\xff\xe1"


def draw_photographs(papers: int, seed: int) -> list[dict[int, bytes]]:
    """Return for each paper {page: JPEG}."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        return list(pool.map(_draw_paper, [seed] * papers, range(papers)))


def _draw_paper(seed: int, number: int) -> dict[int, bytes]:
    rng = np.random.default_rng([seed, number])
    votes = {f"suara_0{choice}": int(rng.integers(20, 120)) for choice in (1, 2, 3)}
    valid, spoiled = sum(votes.values()), int(rng.integers(0, 12))
    numbers = {**votes, "suara_sah": valid, "suara_tidak_sah": spoiled, "suara_total": valid + spoiled}
    drawing = draw_tps(numbers, seed=seed * 1000 + number, split="demo", pages=PAGES, px_per_mm=PX_PER_MM)
    return {page: add_grain(photograph(drawing.pages[page], "camera", rng), rng) for page in PAGES}


def add_grain(jpeg: bytes, rng: np.random.Generator) -> bytes:
    """Return the photograph with a sensor's grain and a phone's quality; its EXIF block, if it has one, stays."""
    as_stored = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    picture = np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), as_stored), np.uint8)
    noise(picture, float(rng.uniform(*GRAIN)), rng)
    quality = int(rng.integers(QUALITY[0], QUALITY[1] + 1))
    written, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert written, "what was just decoded can be coded"
    exif = jpeg[2 : 4 + int.from_bytes(jpeg[4:6], "big")] if jpeg[2:4] == _APP1 else b""
    return _SOI + exif + coded.tobytes()[len(_SOI) :]


def cut_unique(jpeg: bytes, number: int) -> tuple[bytes, memoryview]:
    """Return the same picture as other bytes: with a comment of its own behind the first mark (ITU T.81, B.2.4.5).

    In two pieces, of which the long one is not copied.
    """
    words = f"upload {number}".encode()
    comment = b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words
    return _SOI + comment, memoryview(jpeg)[len(_SOI) :]
