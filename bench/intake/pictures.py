"""Photographs as phones keep them (about 12 megapixels, 1 to 4 MB), each upload's bytes its own."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from ocr.draw.photograph import photograph
from ocr.draw.tps import draw_tps

PAGES = (2, 3)
PX_PER_MM = 9.0
_SOI = b"\xff\xd8"


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
    return {page: photograph(drawing.pages[page], "camera", rng) for page in PAGES}


def make_unique(jpeg: bytes, number: int) -> bytes:
    """Return the same picture as other bytes: with a comment of its own behind the first mark (ITU T.81, B.2.4.5)."""
    words = f"upload {number}".encode()
    comment = b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words
    return _SOI + comment + jpeg[len(_SOI) :]
