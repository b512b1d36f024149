"""Run the rules over a real national collection: `python -m bench.discrepancy [FILE] [--json]`; see README.md."""

import argparse
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

from app.core.config import PROJECT
from app.discrepancy.rules.catalogue import CATALOGUE_VERSION, RULES
from app.discrepancy.rules.figures import Figures, lay_figures
from app.official.figures import TpsFigures
from app.official.sirekap_csv import read_csv_figures
from app.official.sources import read_source
from app.pemilu.definition import Contest
from app.pemilu.expand import expand_election
from app.pemilu.file_shape import parse_election
from app.pemilu.service import read_layouts

SHARED = Path(os.environ.get("RUNUT_SHARED", PROJECT.parent / "shared"))
MANY_VOTES = 400
"""Public collections count the TPS with more valid votes than this."""


def main() -> None:
    """Print a line a rule: findings, TPS concerned, fields, seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=SHARED / "data" / "sirekap_2024_ppwp_tps.csv.gz")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    if not asked.file.exists():
        sys.exit(f"NOT RUN: {asked.file} is not there. Give a CSV with kode_tps and the contest's field names.")
    contest = load_contest()
    began = time.perf_counter()
    figures, problems = load_figures(asked.file, contest)
    report = {
        "file": asked.file.name,
        "catalogue": CATALOGUE_VERSION,
        "tps": len(figures.tps_kodes),
        "rows_refused": problems,
        "read_seconds": round(time.perf_counter() - began, 1),
        f"suara_sah_above_{MANY_VOTES}": count_above(figures, "suara_sah", MANY_VOTES),
        "rules": [run_rule(place, figures, contest) for place in range(len(RULES))],
    }
    print(json.dumps(report, indent=1) if asked.json else describe(report))


def load_contest() -> Contest:
    """Return the presidential contest of 2024 as it is shipped."""
    path = PROJECT / "app" / "pemilu" / "data" / "ppwp_2024.toml"
    return expand_election(
        parse_election(path.read_bytes(), path.name), read_layouts(PROJECT / "ocr" / "layouts"), path.name
    )[0]


def load_figures(path: Path, contest: Contest) -> tuple[Figures, int]:
    """Return a collection's figures as the official side, and the number of rows that were refused."""
    official: dict[str, tuple[int | None, ...]] = {}
    problems = 0
    for one in read_csv_figures(read_source(path), contest):
        if isinstance(one, TpsFigures):
            official[one.tps_kode] = one.numbers
        else:
            problems += 1
    return lay_figures(contest.fields, {}, official), problems


def count_above(figures: Figures, field: str, limit: int) -> int:
    """Return the number of TPS whose official ``field`` is above ``limit``."""
    return int((figures.official[:, figures.fields.index(field)] > limit).sum())


def run_rule(place: int, figures: Figures, contest: Contest) -> dict[str, object]:
    """Return what one rule finds, counted."""
    rule = RULES[place]
    began = time.perf_counter()
    found = rule.find(figures, contest)
    return {
        "code": rule.code,
        "findings": len(found),
        "tps": len({one.tps_kode for one in found}),
        "fields": dict(Counter(one.field for one in found).most_common()),
        "seconds": round(time.perf_counter() - began, 2),
    }


def describe(report: dict[str, object]) -> str:
    """Return the report as lines."""
    lines = [f"{name}: {value}" for name, value in report.items() if name != "rules"]
    rules = report["rules"]
    assert isinstance(rules, list)
    for one in rules:
        fields = ", ".join(f"{name} {count:,}" for name, count in one["fields"].items())
        lines.append(f"{one['code']:22}{one['findings']:>9,} at {one['tps']:>7,} TPS {one['seconds']:6.2f} s  {fields}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
