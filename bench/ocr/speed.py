"""How fast and in how much memory one core reads: `python -m bench.ocr.speed [--json] [--save]`.

Each size is read by a fresh process with one thread, decoding included; pages a second are by its processor time, which
other programs on the machine disturb least, and by the clock. The first page is not timed: the net is loaded with it. A
cold start is the whole command on one file, by the clock, median of several; and once on the first page of every other
form, whose pages bear no tag, so that Tesseract reads their title.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from bench.intake.pictures import draw_photographs
from bench.ocr.elsewhere import leave_figures
from bench.ocr.table import Row
from ocr.draw.hands import make_hand
from ocr.draw.photograph import photograph
from ocr.draw.plain import draw_plain
from ocr.layout import load_layout, load_layouts
from ocr.read import read_photo

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
MESSENGER_SIDE, MESSENGER_QUALITY = 2000, 80
"""What a messenger makes of a telephone's picture."""

UNTAGGED_SEED, UNTAGGED_PX = 5, 3000

GOALS = {"12 megapixels": 4.0, "2,000 px": 10.0}
PEAK_MIB, COLD_SECONDS = 350.0, 2.0


@dataclass(frozen=True)
class Pace:
    """What one process took for the pictures of one size; `mb` is their mean size, `peak_mib` resident memory."""

    pages: int
    refused: int
    mb: float
    per_cpu_second: float
    per_second: float
    peak_mib: float


def main() -> None:
    """Draw, measure, print."""
    options = _parse()
    if options.child is not None:
        print(json.dumps(asdict(_read_all(sorted(options.child.iterdir()), options.rounds))))
        return
    with tempfile.TemporaryDirectory() as name:
        sizes = _write_pictures(Path(name), options.papers, options.seed)
        paces = {size: _measure_apart(folder, options.rounds) for size, folder in sizes.items()}
        cold = _time_cold_starts(next((Path(name) / "large").iterdir()), options.rounds)
        untagged = {key: _time_cold_starts(file, options.rounds) for key, file in _write_untagged(Path(name)).items()}
    rows = [*_pace_rows(paces), _cold_row("a tagged form", cold)]
    rows += [_cold_row(load_layout(key).form, seconds) for key, seconds in untagged.items()]
    found = {
        "load": os.getloadavg()[0],
        "cold_seconds": cold,
        "cold_seconds_untagged": untagged,
        "paces": {size: asdict(one) for size, one in paces.items()},
    }
    figures = {"rows": [asdict(row) for row in rows], **found}
    if options.save:
        leave_figures("speed", figures)
    print(json.dumps(figures) if options.json else "\n".join(_tell(row) for row in rows))


def _write_pictures(folder: Path, papers: int, seed: int) -> Mapping[str, Path]:
    """Write the photographs of drawn papers as a telephone keeps them, and as a messenger sends them."""
    large, small = folder / "large", folder / "small"
    for made in (large, small):
        made.mkdir()
    pictures = [picture for paper in draw_photographs(papers, seed) for picture in paper.values()]
    for number, picture in enumerate(pictures):
        (large / f"{number:03}.jpg").write_bytes(picture)
        (small / f"{number:03}.jpg").write_bytes(_shrink(picture))
    return dict(zip(GOALS, (large, small), strict=True))


def _write_untagged(folder: Path) -> Mapping[str, Path]:
    """Photographs of the first page of each form without a tag, empty of writing: what is slow is finding it."""
    files: dict[str, Path] = {}
    for key, layout in load_layouts().items():
        page = next(iter(layout.pages.values()))
        if page.printed_tag is None:
            rng = np.random.default_rng((UNTAGGED_SEED, len(files)))
            hand = make_hand("evaluation", UNTAGGED_SEED)
            drawn = draw_plain(page, {}, hand=hand, rng=rng, px_per_mm=UNTAGGED_PX / max(page.size_mm))
            files[key] = folder / f"{key}.jpg"
            files[key].write_bytes(photograph(drawn, "photo", rng))
    return files


def _shrink(jpeg: bytes) -> bytes:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None, "it was drawn a moment ago"
    scale = MESSENGER_SIDE / max(picture.shape[:2])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    written, coded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, MESSENGER_QUALITY])
    assert written, "what was just decoded can be coded"
    return coded.tobytes()


def _measure_apart(folder: Path, rounds: int) -> Pace:
    """Read a folder's pictures in a fresh process, so that its memory is its own."""
    words = [sys.executable, "-m", "bench.ocr.speed", "--child", str(folder), "--rounds", str(rounds)]
    ended = subprocess.run(
        words, env={**os.environ, **ONE_THREAD}, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return Pace(**json.loads(ended.stdout))


def _read_all(files: Sequence[Path], rounds: int) -> Pace:
    """Read every file so many times, each alone."""
    cv2.setNumThreads(1)
    pictures = [file.read_bytes() for file in files]
    read_photo(pictures[0], name="warm")
    began, used = time.perf_counter(), time.process_time()
    readings = [read_photo(picture, name="page") for _ in range(rounds) for picture in pictures]
    seconds, used = time.perf_counter() - began, time.process_time() - used
    return Pace(
        pages=len(readings),
        refused=sum(one.refused is not None for one in readings),
        mb=round(statistics.mean(len(picture) for picture in pictures) / 1e6, 2),
        per_cpu_second=round(len(readings) / used, 2),
        per_second=round(len(readings) / seconds, 2),
        peak_mib=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    )


def _time_cold_starts(file: Path, rounds: int) -> list[float]:
    """Seconds of `./runut read FILE` from the start of the program to its end."""
    return [round(_time(lambda: _read_once(file)), 2) for _ in range(rounds)]


def _read_once(file: Path) -> None:
    subprocess.run([ROOT / "runut", "read", "--json", file], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)


def _time(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _pace_rows(paces: Mapping[str, Pace]) -> list[Row]:
    rows = []
    for size, pace in paces.items():
        seen = f"{pace.per_cpu_second:.1f} by processor time, {pace.per_second:.1f} by the clock"
        beside = f"{pace.pages} pages of {pace.mb} MB, {pace.refused} refused"
        goal = GOALS[size]
        rows.append(
            Row(f"pages a second on one core, {size}", f"≥ {goal:g}", f"{seen} ({beside})", pace.per_cpu_second >= goal)
        )
    peak = max(pace.peak_mib for pace in paces.values())
    rows.append(
        Row("peak memory of a process that reads them", f"≤ {PEAK_MIB:g} MiB", f"{peak:.0f} MiB", peak <= PEAK_MIB)
    )
    return rows


def _cold_row(form: str, seconds: Sequence[float]) -> Row:
    median = statistics.median(seconds)
    seen = f"{median:.2f} s, {min(seconds):.2f} at best"
    return Row(f"`runut read` of one file, cold, {form}", f"≤ {COLD_SECONDS:g} s", seen, median <= COLD_SECONDS)


def _tell(row: Row) -> str:
    return f"  {row.measure:<52} {row.goal:<12} {row.verdict:<4} {row.seen}"


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.ocr.speed", description=__doc__)
    parser.add_argument("--papers", type=int, default=5, help="drawn papers, two pages each")
    parser.add_argument("--rounds", type=int, default=5, help="how often each picture is read, and cold starts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--save", action="store_true", help="leave the figures for the table of bench.ocr")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
