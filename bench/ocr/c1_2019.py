"""C1 of 2019 against what the authority published: `python -m bench.ocr.c1_2019`.

Reads the shared scans (21 polling stations, two pages each) and compares seven numbers of each with `situng.json`.
Prints every difference and the share that agrees; `--figures` leaves both for the table of `bench.ocr`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.ocr.elsewhere import leave_figures
from ocr.read import read_together
from ocr.reading import FieldReading, PhotoReading

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("RUNUT_SHARED", str(ROOT.parent / "shared")))
GOAL = 0.97


@dataclass(frozen=True)
class Difference:
    """One number that does not agree; `read` is None where the field was left open or its page refused."""

    tps: str
    field: str
    published: int
    read: int | None
    boxes: str
    reason: str | None
    sure: bool


def main() -> None:
    """Read, compare, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.ocr.c1_2019", description=__doc__)
    parser.add_argument("--figures", action="store_true", help="leave the figures for the table")
    options = parser.parse_args()
    folder = SHARED / "photos" / "c1_2019_scans"
    if not folder.is_dir():
        print(f"SKIPPED: there are no scans at {folder}; set RUNUT_SHARED to the reference folder", file=sys.stderr)
        return
    published: dict[str, dict[str, int]] = json.loads((folder / "situng.json").read_bytes())
    started = time.perf_counter()
    differences, sure, count = [], 0, 0
    for tps, numbers in published.items():
        fields = read_station(folder, tps)
        differences += compare(tps, numbers, fields)
        sure += sum(name in fields and fields[name].sure for name in numbers)
        count += len(numbers)
    for one in differences:
        shown = "open" if one.read is None else str(one.read)
        why = one.reason or ("SURE" if one.sure else "not sure")
        print(f"TPS {one.tps} {one.field}: published {one.published}, boxes {one.boxes!r}, read {shown} ({why})")
    share = 1 - len(differences) / count
    wrong = sum(one.sure for one in differences)
    seconds = time.perf_counter() - started
    agree = count - len(differences)
    print(f"{agree} of {count} agree ({share:.1%}); {sure} sure, {wrong} of them differ; {seconds:.0f} s")
    if options.figures:
        leave_figures("c1_2019", {"rows": [row_of(share, count, sure, wrong)]})


def read_station(folder: Path, tps: str) -> dict[str, FieldReading]:
    """All fields of the station's two pages, read together."""
    files = [folder / f"{tps}-hal{page}.png" for page in (1, 2)]
    readings: list[PhotoReading] = read_together([(file.name, file.read_bytes()) for file in files])
    return {name: field for reading in readings for name, field in reading.fields.items()}


def compare(tps: str, numbers: dict[str, int], fields: dict[str, FieldReading]) -> list[Difference]:
    """The numbers that differ; a field left open counts as different."""
    differences = []
    for name, published in numbers.items():
        field = fields.get(name)
        if field is None:
            differences.append(Difference(tps, name, published, None, "", "page refused", sure=False))
        elif field.value != published:
            differences.append(Difference(tps, name, published, field.value, field.digits, field.reason, field.sure))
    return differences


def row_of(share: float, count: int, sure: int, wrong: int) -> dict[str, object]:
    """One row for the table."""
    return {
        "measure": "C1 2019 scans against Situng",
        "goal": f"≥ {GOAL:.0%}",
        "seen": f"{share:.1%} of {count}; {sure} sure, {wrong} of them differ",
        "met": share >= GOAL and not wrong,
    }


if __name__ == "__main__":
    main()
