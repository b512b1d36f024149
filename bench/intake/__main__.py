"""How fast photographs come in and are read: `python -m bench.intake [--json]`. Three ratios, each in one run.

Uploads through the API against a bare endpoint that hashes, writes and syncs the same bytes; calls that complete a
direct upload against uploads through the API into the same S3 store; pages read, from the queue on, a core.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from bench.intake.clients import Call, Pieces, count_calls, put_form
from bench.intake.direct import EACH, send_all
from bench.intake.ground import TPS, Ground, Server, lay_ground, run_bare, run_site
from bench.intake.pictures import PAGES, cut_unique, draw_photographs
from bench.intake.pipeline import measure_pipeline, sum_cpu
from workers.demo.stage import CONTEST
from workers.seaweed import start_seaweed

PEOPLE = 40
_numbers = count(1)


class Sheaf:
    """The drawn photographs; every one that is asked for has bytes of its own."""

    def __init__(self, papers: Sequence[dict[int, bytes]]) -> None:
        """Take drawn papers."""
        self.papers = papers
        self.pictures = [picture for paper in papers for picture in paper.values()]

    def next(self) -> Pieces:
        """Return a photograph nobody has sent."""
        number = next(_numbers)
        return cut_unique(self.pictures[number % len(self.pictures)], number)

    def upload(self, ground: Ground, number: int) -> Call:
        """Return the upload of a photograph nobody has sent."""
        token = ground.tokens[number % len(ground.tokens)]
        return put_form(self.next(), CONTEST, TPS[number % len(TPS)], token)


def main() -> None:
    """Draw, measure, print."""
    options = _parse()
    _tell(f"drawing {options.papers} papers")
    sheaf = Sheaf(draw_photographs(options.papers, options.seed))
    folder = Path(tempfile.mkdtemp(prefix="runut-bench-"))
    folder.chmod(0o755)  # for the user that PostgreSQL runs as, when this is root
    found: dict[str, Any] = {"load_before": os.getloadavg()[0], "picture_bytes": [len(one) for one in sheaf.pictures]}
    try:
        for name in options.only or PARTS:
            found |= PARTS[name](folder / name, sheaf, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found["load_after"] = os.getloadavg()[0]
    print(json.dumps(found) if options.json else "\n".join(f"{name}: {value}" for name, value in found.items()))


def _measure_uploads(folder: Path, sheaf: Sheaf, options: argparse.Namespace) -> dict[str, Any]:
    folder.mkdir()
    with (
        lay_ground(folder, people=PEOPLE) as ground,
        run_bare(folder / "bare") as bare,
        run_site(ground, "site", {}) as site,
    ):
        raw = _rate(bare, lambda _: Call("PUT", "/", sheaf.next(), {}), options)
        form = _rate(site, lambda number: sheaf.upload(ground, number), options)
        rounds = [(raw(), form()) for _ in range(options.rounds + 1)][1:]  # the first warms both up
    return {
        "bare_per_s": [round(bare.per_s, 1) for bare, _ in rounds],
        "api_per_s": [round(api.per_s, 1) for _, api in rounds],
        "api_to_bare": round(statistics.median(api.per_s / bare.per_s for bare, api in rounds), 2),
        "bare_cpu_ms": [round(bare.cpu_ms, 1) for bare, _ in rounds],
        "api_cpu_ms": [round(api.cpu_ms, 1) for _, api in rounds],
        "api_to_bare_by_cpu": round(statistics.median(bare.cpu_ms / api.cpu_ms for bare, api in rounds), 2),
    }


@dataclass(frozen=True)
class Rate:
    """Answers a second, and milliseconds of a processor that the server spent on one."""

    per_s: float
    cpu_ms: float


def _rate(server: Server, make: Callable[[int], Call], options: argparse.Namespace) -> Callable[[], Rate]:
    def measure() -> Rate:
        began, used = time.perf_counter(), sum_cpu(server.pid)
        per_s = count_calls(server.address, make, clients=options.clients, seconds=options.seconds)
        calls = per_s * (time.perf_counter() - began)
        return Rate(per_s, 1000 * (sum_cpu(server.pid) - used) / calls)

    return measure


def _measure_direct(folder: Path, sheaf: Sheaf, options: argparse.Namespace) -> dict[str, Any]:
    """Completing is timed over as many uploads as the people may hold open, and alternates with uploads."""
    folder.mkdir()
    rounds = []
    with (
        start_seaweed(folder / "seaweed") as seaweed,
        lay_ground(folder, people=PEOPLE) as ground,
        run_site(ground, "site", seaweed.environment) as site,
    ):
        form = _rate(site, lambda number: sheaf.upload(ground, number), options)
        form()  # warm up
        for _ in range(options.rounds):
            api = form().per_s
            tps = [TPS[number % len(TPS)] for number in range(options.direct)]
            calls = send_all(site.address, ground.tokens, lambda: b"".join(sheaf.next()), CONTEST, tps)
            rounds.append((api, _time_calls(site.address, calls, options)))
    return {
        "api_to_s3_per_s": [round(one, 1) for one, _ in rounds],
        "complete_per_s": [round(one, 1) for _, one in rounds],
        "complete_to_api": round(statistics.median(complete / api for api, complete in rounds), 2),
    }


def _time_calls(site: str, calls: Sequence[Call], options: argparse.Namespace) -> float:
    """Make every call once and return how many a second."""
    began, left = time.perf_counter(), iter(calls)
    last = Call("GET", "/healthz", (), {}, wanted=200)
    ended = list[float]()

    def take(_: int) -> Call:
        call = next(left, None)
        if call is None:
            ended.append(time.perf_counter())
        return call or last

    while not ended:
        count_calls(site, take, clients=options.clients, seconds=0.5)
    return len(calls) / (min(ended) - began)


def _measure_pipeline(folder: Path, sheaf: Sheaf, options: argparse.Namespace) -> dict[str, Any]:
    folder.mkdir()
    cores = len(os.sched_getaffinity(0))
    with lay_ground(folder, people=PEOPLE) as ground:
        with run_site(ground, "site", {}) as site:
            papers = [(place, paper) for place, paper in zip(range(options.read), _cycle(sheaf.papers), strict=False)]
            calls = [
                put_form(cut_unique(paper[page], next(_numbers)), CONTEST, TPS[place], ground.tokens[place % PEOPLE])
                for place, paper in papers
                for page in PAGES
            ]
            _time_calls(site.address, calls, options)
        pace = measure_pipeline(ground, cores)
    return {
        "pages": pace.pages,
        "pages_read": pace.read,
        "pages_per_s_and_core": round(pace.pages / pace.seconds / cores, 2),
        "pages_per_cpu_second_of_the_worker": round(pace.pages / pace.cpu_seconds, 2),
    }


def _cycle(papers: Sequence[dict[int, bytes]]) -> list[dict[int, bytes]]:
    return [papers[number % len(papers)] for number in range(len(TPS))]


PARTS = {"pipeline": _measure_pipeline, "uploads": _measure_uploads, "direct": _measure_direct}


def _tell(words: str) -> None:
    print(words, file=sys.stderr)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.intake")
    parser.add_argument("--papers", type=int, default=6, help="drawn papers, two pages each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each half of a round")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--direct", type=int, default=320, help=f"direct uploads a round, at most {PEOPLE * EACH}")
    parser.add_argument("--read", type=int, default=30, help="TPS whose two pages are read")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this alone; may be repeated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
