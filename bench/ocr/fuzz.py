"""Damaged files by the thousand: `python -m bench.ocr.fuzz --count 20000 --seed 1 --processes 2`.

Half of them have bytes changed, half of them pixels. Each is read in a process with the limits of a reader's child
(memory) and a clock. Counted: processes that died, files that took too long, errors that are no refusals. Finished
chunks are kept in the output folder, so an interrupted run goes on where it stopped; another reader starts anew.

A file takes 0.14 s of an idle core in the mean. Four fifths of that goes into one file in five, those that show a page
without a legible tag: the reader looks for the tables of every form that bears none, turned all four ways.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import signal
import sys
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from types import FrameType

import cv2

from bench.ocr.broken import ROOT, fingerprint
from bench.ocr.elsewhere import leave_figures
from ocr.draw.broken_files import make_photographs, mutate
from ocr.read import read_photo

CHUNK = 250
ADDRESS_BYTES = 1536 * 1024 * 1024
SECONDS = 15
"""Of processor time for one file, as a reader's child has."""


@dataclass
class Tally:
    """What came of a number of mutations. `broken`: the seeds of those that should not have ended as they did."""

    files: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    peak_mib: float = 0.0

    def add(self, other: Tally) -> None:
        self.files += other.files
        self.outcomes += other.outcomes
        self.broken += other.broken
        self.slowest_s = max(self.slowest_s, other.slowest_s)
        self.peak_mib = max(self.peak_mib, other.peak_mib)

    def to_json(self) -> dict[str, object]:
        """Plain dicts and lists; `asdict` would make a Counter of pairs of the Counter."""
        return {**vars(self), "outcomes": dict(self.outcomes)}


def read_some(seeds: range) -> Tally:
    """Read the mutations of these seeds in this process."""
    photos, tally = make_photographs(), Tally()
    for seed in seeds:
        data = mutate(photos, seed)
        started = process_time()
        try:
            reading = read_photo(data, name=str(seed))
            tally.outcomes[reading.refused or "read"] += 1
        except Exception as error:  # noqa: BLE001  whatever it is, it is what this program looks for
            tally.broken.append(f"{seed}: {type(error).__name__}: {error}")
        took = process_time() - started
        tally.slowest_s = max(tally.slowest_s, took)
        if took > SECONDS:
            tally.broken.append(f"{seed}: {took:.1f} s")
        tally.files += 1
    tally.peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return tally


def keep_chunk(seeds: range, folder: Path) -> Tally:
    """The tally of these seeds, from the folder or from a process of its own."""
    file = folder / f"{fingerprint(('fuzz',))}-{seeds.start}-{len(seeds)}.json"
    if file.exists():
        kept = json.loads(file.read_text())
        return Tally(**{**kept, "outcomes": Counter(kept["outcomes"])})
    tally = run_chunk(seeds)
    written = file.with_suffix(".part")
    written.write_text(json.dumps(tally.to_json()) + "\n")
    written.replace(file)
    return tally


def run_chunk(seeds: range) -> Tally:
    """The same in a process of its own, which may die."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(there, seeds))
    child.start()
    there.close()
    try:
        tally = here.recv()
    except EOFError:
        child.join()
        tally = Tally(files=len(seeds), broken=[f"{seeds}: the process died with {child.exitcode}"])
    child.join()
    assert isinstance(tally, Tally)
    return tally


def _work(there: multiprocessing.connection.Connection, seeds: range) -> None:
    """In the child: limits first."""
    warnings.simplefilter("ignore")
    cv2.setNumThreads(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # decoders complain about each damaged file
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_BYTES, ADDRESS_BYTES))
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(CHUNK * SECONDS)
    there.send(read_some(seeds))


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError("the chunk took too long")


def row_of(total: Tally) -> dict[str, object]:
    """The row of the table."""
    return {
        "measure": "damaged files: crashes, hangs, errors that are no refusals",
        "goal": "0",
        "seen": f"{len(total.broken)} of {total.files:,}; at most {total.slowest_s:.1f} s, {total.peak_mib:.0f} MiB",
        "met": not total.broken,
    }


def main() -> None:
    """Mutate, read, count, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.ocr.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "bench/out/fuzz", help="folder for finished chunks")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--figures", action="store_true", help="leave figures for the table of bench.ocr")
    options = parser.parse_args()
    first = options.seed * 1_000_000
    chunks = [
        range(start, min(start + CHUNK, first + options.count)) for start in range(first, first + options.count, CHUNK)
    ]
    options.out.mkdir(parents=True, exist_ok=True)
    total, started = Tally(), perf_counter()
    with ThreadPoolExecutor(options.processes) as pool:
        for done, tally in enumerate(pool.map(partial(keep_chunk, folder=options.out), chunks), 1):
            total.add(tally)
            print(f"\r{done} of {len(chunks)} chunks, {perf_counter() - started:.0f} s ", end="", file=sys.stderr)
    print(file=sys.stderr)
    if options.figures:
        leave_figures("fuzz", {"seed": options.seed, "rows": [row_of(total)]})
    if options.json:
        print(json.dumps(total.to_json(), indent=2))
        return
    print(f"{total.files} files, slowest {total.slowest_s:.2f} s of processor time, peak {total.peak_mib:.0f} MiB")
    print(", ".join(f"{name} {count}" for name, count in total.outcomes.most_common()))
    print("\n".join(total.broken) or "no crash, no hang, no error that is not a refusal")


if __name__ == "__main__":
    main()
