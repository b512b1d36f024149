"""Draw, photograph, read, write down: paper after paper, by several processes, going on where a run stopped."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from time import monotonic

import cv2
import numpy as np

from bench.ocr.judge import judge_shot
from bench.ocr.papers import Glyphs, Paper, Plan, draw_paper
from bench.ocr.pictures import keep_pictures
from bench.ocr.reader_print import reader_digest
from bench.ocr.records import Shot, dump_shots, parse_shots
from ocr.classify import load_classifier
from ocr.draw.photograph import Tier
from ocr.read import read_together
from ocr.reading import PhotoReading

ROOT = Path(__file__).resolve().parents[2]
_DRAWER = ("ocr/draw/*.py", "ocr/draw/prints/*.json")
_BENCH = ("bench/ocr/papers.py", "bench/ocr/judge.py", "bench/ocr/records.py")


@dataclass(frozen=True)
class Limits:
    """When to stop: so many papers, or so many hours of this run, whichever comes first."""

    papers: int
    hours: float
    processes: int = 1


def fingerprint(plan: Plan, *, each: bool, glyphs: Path | None) -> str:
    """What the figures depend on: reader, drawer, bench, plan. Another one is another run."""
    digest = sha256(repr((plan, each)).encode() + reader_digest().encode())
    for pattern in (*_DRAWER, *_BENCH):
        for file in sorted(ROOT.glob(pattern)):
            digest.update(file.read_bytes())
    if glyphs:
        digest.update(glyphs.read_bytes())
    return digest.hexdigest()[:12]


def load_run(folder: Path) -> dict[int, list[Shot]]:
    """The papers that were read before. A line cut short by an interruption is left out and its paper read again."""
    papers: dict[int, list[Shot]] = {}
    file = folder / "papers.jsonl"
    if not file.exists():
        return papers
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            shots = parse_shots(line)
        except ValueError:
            continue
        papers[shots[0].paper] = shots
    return papers


def extend_run(
    folder: Path,
    plan: Plan,
    limits: Limits,
    *,
    each: bool = False,
    glyphs: Path | None = None,
    progress: Callable[[int, int, float], None] = lambda _done, _wanted, _left: None,
) -> dict[int, list[Shot]]:
    """Read what is missing of the papers, writing each down as soon as it is read; returns all.

    `progress(papers done, papers wanted, seconds left)`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_facts(folder, plan, each=each, glyphs=glyphs)
    papers = load_run(folder)
    missing = [number for number in range(limits.papers) if number not in papers]
    read = partial(read_paper, plan=plan, folder=folder, each=each, glyphs=glyphs)
    started = monotonic()
    end = started + limits.hours * 3600
    with (folder / "papers.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n" if papers else "")  # ends a line that an interruption cut short
        for done, shots in enumerate(_read_all(read, missing, limits.processes, end), start=1):
            file.write(dump_shots(shots) + "\n")
            file.flush()
            papers[shots[0].paper] = shots
            spent = monotonic() - started
            progress(len(papers), limits.papers, min(spent / done * (len(missing) - done), end - monotonic()))
    return dict(sorted(papers.items()))


def _write_facts(folder: Path, plan: Plan, *, each: bool, glyphs: Path | None) -> None:
    """What was run, for whoever looks at the folder when net and code are others."""
    file = folder / "run.json"
    if not file.exists():
        facts = {
            "begun": f"{datetime.now(UTC):%d %B %Y}",
            "seed": plan.seed,
            "net": load_classifier().sha256[:12],
            "reader": reader_digest(),
            "each": each,
            "glyphs": glyphs.name if glyphs else None,
        }
        file.write_text(json.dumps(facts) + "\n", encoding="utf-8")


def _read_all(
    read: Callable[[int], list[Shot]], numbers: list[int], processes: int, end: float
) -> Iterator[list[Shot]]:
    """In whatever order they are done, by so many processes, until the time is over."""
    if processes <= 1:
        for number in numbers:
            if monotonic() < end:
                yield read(number)
        return
    queue = iter(numbers)
    with ProcessPoolExecutor(processes) as pool:
        running: set[Future[list[Shot]]] = {pool.submit(read, number) for number in islice(queue, 2 * processes)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for one in done:
                following = next(queue, None) if monotonic() < end else None
                if following is not None:
                    running.add(pool.submit(read, following))
                yield one.result()


def read_paper(number: int, plan: Plan, folder: Path, *, each: bool, glyphs: Path | None) -> list[Shot]:
    """Draw one paper, photograph it under its tiers, read it, and keep a picture of each error."""
    cv2.setNumThreads(1)
    paper = draw_paper(number, plan, _load_glyphs(glyphs) if glyphs else None)
    return [_read_shot(paper, tier, folder, each=each) for tier in paper.photos]


def _read_shot(paper: Paper, tier: Tier, folder: Path, *, each: bool) -> Shot:
    photos = paper.photos[tier]
    named = [(f"{paper.number}-{tier}-hal{page}", photo) for page, photo in photos.items()]
    groups = [[one] for one in named] if each else [named]
    told: list[PhotoReading] = [reading for group in groups for reading in read_together(group)]
    readings = dict(zip(photos, told, strict=True))
    shot = judge_shot(paper.number, tier, paper.hand, paper.truth, readings)
    pages, fields = keep_pictures(shot, photos, readings, folder)
    return replace(shot, pages=pages, fields=fields)


def _load_glyphs(path: Path) -> Glyphs:
    """An .npz file with `x` (N, 28, 28) and `y`: handwriting that nobody here drew."""
    with np.load(path) as file:
        return Glyphs(file["x"], file["y"])


def print_progress(done: int, wanted: int, left: float) -> None:
    """One line that overwrites itself."""
    print(f"\r{done} of {wanted} papers, {max(0.0, left) / 60:.0f} min left ", end="", file=sys.stderr)
