"""The demonstration's photographs: drawn by hands that no training saw, taken with a phone's faults."""

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from ocr.draw.clerk import Faults
from ocr.draw.photograph import photograph
from ocr.draw.tps import draw_tps
from ocr.draw.written import Place as FormPlace
from workers.demo.places import Place
from workers.demo.plan import Paper, Plan

FAULTS = Faults(wrong_bubble=0.02, missing_bubble=0.10, overwritten=0.05)
"""Sums are broken by the plan, not by chance: the demonstration must know which."""

PX_PER_MM = 3.0
"""Of the drawn paper: enough for the photographs' 1,600 to 3,200 pixels, and quick to draw."""

_CAMERA = 5


def take_photograph(numbers: Mapping[str, int], place: Place, seed: int, page: int, attempt: int) -> bytes:
    """Draw one page of a TPS and photograph it; another ``attempt`` is another photograph of the same paper."""
    kode = int(place.tps_kode)
    header = FormPlace(place.provinsi, place.kabupaten_kota, place.kecamatan, place.kelurahan, place.nomor)
    paper_seed = int(np.random.SeedSequence([seed, kode]).generate_state(1)[0])
    drawing = draw_tps(
        numbers, seed=paper_seed, split="demo", faults=FAULTS, place=header, pages=(page,), px_per_mm=PX_PER_MM
    )
    rng = np.random.default_rng([seed, kode, _CAMERA, page, attempt])
    return photograph(drawing.pages[page], "photo", rng)


def end_with_parent() -> None:
    """Let this process end when the one that started it was killed; a pool's processes would wait for ever."""

    def wait() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


class Camera:
    """Takes the plan's photographs in processes of its own, each when it is asked for; the first ones ahead."""

    def __init__(self, plan: Plan, seed: int) -> None:
        """Start the processes; they see one paper at a time, never the planted list."""
        self._papers: dict[str, Paper] = {paper.place.tps_kode: paper for paper in plan.papers}
        self._seed = seed
        # Not forked: a fork would carry the plan into processes that have no need of it.
        context = multiprocessing.get_context("spawn")
        processes = max(1, min(2, os.cpu_count() or 1))
        self._pool = ProcessPoolExecutor(processes, mp_context=context, initializer=end_with_parent)
        self._ahead = {
            (tps, page): self._pool.submit(take_photograph, *self._order(tps, page, 0))
            for tps, paper in self._papers.items()
            for page in paper.pages
        }

    def _order(self, tps_kode: str, page: int, attempt: int) -> tuple[Mapping[str, int], Place, int, int, int]:
        paper = self._papers[tps_kode]
        return dict(paper.numbers), paper.place, self._seed, page, attempt

    async def make(self, tps_kode: str, page: int, attempt: int) -> bytes:
        """Return a photograph as JPEG bytes."""
        future = self._ahead.pop((tps_kode, page), None) if attempt == 0 else None
        if future is None:
            future = self._pool.submit(take_photograph, *self._order(tps_kode, page, attempt))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """End the processes; photographs not asked for are given up."""
        self._pool.shutdown(wait=True, cancel_futures=True)
