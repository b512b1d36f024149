"""What the reader does with broken photographs: `python -m bench.ocr.broken --count 3000 --seed 1 --processes 2`.

Each photograph is broken on purpose (`ocr.draw.broken`) and comes with what it still shows. Some show nothing that may
be believed: they have to be refused. Of others a part is legible: a value that they show may be named, no other. It
counts as *read wrongly* when any field gets a value that it does not show, or when it had to be refused and was not;
fields whose handwriting is misread on a flawless scan of the same paper do not count, and are counted beside. Chunks
are kept in the output folder: an interrupted run goes on where it stopped; another seed, count or reader starts anew.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import TypeAlias

import cv2
import numpy as np

from bench.ocr.elsewhere import leave_figures
from bench.ocr.reader_print import reader_digest
from bench.ocr.score import upper_bound
from ocr.draw.broken import KINDS, Broken, Papers, draw_broken, draw_papers
from ocr.draw.photograph import photograph
from ocr.read import read_photo
from ocr.reading import PhotoReading

Hard: TypeAlias = frozenset[tuple[int, str]]

SEEDS_APART = 1_000_000
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Verdict:
    """What came of one photograph: refused, right (some values, all shown), open (no value), wrong.

    `legible`: something may be read of it. `hard`: values that are wrong, but misread on a flawless scan too.
    """

    kind: str
    number: int
    outcome: str
    code: str | None
    wrong: tuple[str, ...]
    sure_wrong: int
    named: int
    ms: float
    legible: bool
    hard: int


def judge(kind: str, number: int, broken: Broken, reading: PhotoReading, hard: Hard = frozenset()) -> Verdict:
    """Hold a reading against what the photograph shows; `hard` are fields that are misread on a flawless scan too."""
    legible = any(value is not None for values in broken.shown.values() for value in values.values())
    told = partial(Verdict, kind=kind, number=number, ms=reading.ms, legible=legible)
    if reading.refused is not None:
        return told(outcome="refused", code=reading.refused, wrong=(), sure_wrong=0, named=0, hard=0)
    shown = broken.shown.get(reading.page or 0)
    if shown is None:
        said = f"page {reading.page} was to be refused"
        sure = sum(field.sure for field in reading.fields.values())
        return told(outcome="wrong", code=None, wrong=(said,), sure_wrong=sure, named=0, hard=0)
    named = {name: field for name, field in reading.fields.items() if field.value is not None}
    other = {name: field for name, field in named.items() if shown.get(name) != field.value}
    excused = {name for name in other if shown.get(name) is not None and (reading.page, name) in hard}
    wrong = {name: field for name, field in other.items() if name not in excused}
    return told(
        outcome="wrong" if wrong else ("right" if named else "open"),
        code=None,
        wrong=tuple(
            f"{name}: shows {shown.get(name)}, read {field.value} ({field.digits}, {field.confidence:.4f})"
            for name, field in wrong.items()
        ),
        sure_wrong=sum(field.sure for field in wrong.values()),
        named=len(named),
        hard=len(excused),
    )


def find_hard(papers: Papers, seed: int) -> Hard:
    """Pages and fields whose handwriting is misread on a scan without any fault: that is measured by `bench.ocr`."""
    hard = set()
    for sheets in (papers.pages, papers.others):
        for page, sheet in sheets.items():
            scan = photograph(sheet.picture, "scan", np.random.default_rng((seed, page)))
            fields = read_photo(scan, name="control").fields
            hard |= {
                (page, name)
                for name, value in sheet.values.items()
                if name not in fields or fields[name].value != value
            }
    return frozenset(hard)


def run_chunk(seed: int, chunk: int, kinds: tuple[str, ...], keep: Path | None) -> list[Verdict]:
    """One pair of papers, broken in every way."""
    cv2.setNumThreads(1)
    papers = draw_papers(seed * SEEDS_APART + chunk)
    hard = find_hard(papers, seed * SEEDS_APART + chunk)
    verdicts = []
    for at, kind in enumerate(kinds):
        number = chunk * len(kinds) + at
        broken = draw_broken(kind, papers, seed * SEEDS_APART + number)
        verdict = judge(kind, number, broken, read_photo(broken.photo, name=f"{kind}-{number}"), hard)
        verdicts.append(verdict)
        if keep and verdict.outcome == "wrong":
            (keep / f"{kind}-{number}.jpg").write_bytes(broken.photo)
    return verdicts


def collect(options: argparse.Namespace) -> Iterator[Verdict]:
    """Every verdict, from the folder or worked out now."""
    options.out.mkdir(parents=True, exist_ok=True)
    kinds = tuple(options.kinds or KINDS)
    count = -(-options.count // len(kinds))
    files = {chunk: options.out / f"{fingerprint(kinds)}-{options.seed}-{chunk}.json" for chunk in range(count)}
    for file in files.values():
        if file.exists():
            yield from (Verdict(**{**one, "wrong": tuple(one["wrong"])}) for one in json.loads(file.read_text()))
    missing = [chunk for chunk, file in files.items() if not file.exists()]
    started = perf_counter()
    with ProcessPoolExecutor(options.processes) as pool:
        running = {chunk: pool.submit(run_chunk, options.seed, chunk, kinds, options.keep) for chunk in missing}
        for done, (chunk, verdicts) in enumerate(running.items(), 1):
            found = verdicts.result()
            files[chunk].write_text(json.dumps([asdict(one) for one in found]))
            yield from found
            left = (perf_counter() - started) / done * (len(missing) - done)
            print(f"\r{done} of {len(missing)} chunks, {left:.0f} s left ", end="", file=sys.stderr)
    print(file=sys.stderr)


def fingerprint(kinds: tuple[str, ...]) -> str:
    """What the figures depend on besides the seed: the reader, the drawer's code, the kinds."""
    digest = sha256(",".join(kinds).encode() + reader_digest().encode())
    for file in sorted((ROOT / "ocr/draw").glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def summarise(verdicts: list[Verdict]) -> dict[str, object]:
    """The figures as JSON."""
    kinds = {
        kind: dict(Counter(one.outcome for one in verdicts if one.kind == kind))
        for kind in dict.fromkeys(one.kind for one in verdicts)
    }
    wrong = [one for one in verdicts if one.outcome == "wrong"]
    illegible = [one for one in verdicts if not one.legible]
    return {
        "photographs": len(verdicts),
        "to_be_refused": len(illegible),
        "to_be_refused_but_read": sum(one.outcome in {"wrong", "right"} for one in illegible),
        "read_wrongly": len(wrong),
        "read_wrongly_below": upper_bound(len(wrong), len(verdicts)),
        "sure_values_wrong": sum(one.sure_wrong for one in verdicts),
        "values_named": sum(one.named for one in verdicts),
        "values_misread_on_flawless_scans_too": sum(one.hard for one in verdicts),
        "refusals": dict(Counter(one.code for one in verdicts if one.code).most_common()),
        "kinds": kinds,
        "errors": {f"{one.kind}-{one.number}": list(one.wrong) for one in wrong},
    }


def print_table(summary: dict[str, object]) -> None:
    """For people."""
    outcomes = ("refused", "open", "right", "wrong")
    print(f"{'kind':<16}" + "".join(f"{name:>9}" for name in outcomes))
    kinds = summary["kinds"]
    assert isinstance(kinds, dict)
    for kind, counts in kinds.items():
        print(f"{kind:<16}" + "".join(f"{counts.get(name, 0):>9}" for name in outcomes))
    for name, value in summary.items():
        if name not in {"kinds", "errors"}:
            print(f"{name}: {value}")
    errors = summary["errors"]
    assert isinstance(errors, dict)
    for name, words in errors.items():
        print(f"  {name}: {'; '.join(words)}")


def main() -> None:
    """Break, read, judge, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.ocr.broken", description=__doc__)
    parser.add_argument("--count", type=int, default=330, help="photographs, rounded up to whole sets of kinds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--kinds", nargs="*", choices=list(KINDS), help="only these")
    parser.add_argument("--out", type=Path, default=ROOT / "bench/out/broken", help="folder for finished chunks")
    parser.add_argument("--keep", type=Path, help="folder for the photographs that were read wrongly")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--figures", action="store_true", help="leave figures for the table of bench.ocr")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    summary = summarise(list(collect(options)))
    if options.figures:
        leave_figures("broken", {"seed": options.seed, **summary})
    if options.json:
        print(json.dumps(summary, indent=2))
    else:
        print_table(summary)


if __name__ == "__main__":
    main()
