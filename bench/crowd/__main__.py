"""How many people does the rule ask, how often is it wrong, what can liars do? See README.md."""

from __future__ import annotations

import argparse
import json
import os
from datetime import UTC, datetime

from app.verification.consensus import RULE_VERSION
from bench.crowd.curve import draw_curve
from bench.crowd.readme import tell_figures, write_readme
from bench.crowd.runner import run_pieces
from bench.crowd.scenarios import cut, list_runs
from bench.crowd.setting import Tally


def main() -> None:
    asked = read_arguments()
    shares = [float(share) for share in asked.shares.split(",")]
    runs = list_runs(shares)
    found = run_pieces(cut(runs, asked.sections, asked.seed), processes=asked.processes)
    words = describe(asked.sections, asked.seed)
    print(as_json(found) if asked.json else "\n".join(tell_figures(words, found, shares)))
    if asked.readme:
        write_readme(words, found, shares)
        draw_curve(found, shares)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.crowd", description=__doc__)
    parser.add_argument("--sections", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--shares", default="0.7,0.8,0.9", help="parts of the sections the machine is sure of; 0.9 always"
    )
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--readme", action="store_true", help="write the tables into README.md and draw the curve")
    return parser.parse_args()


def describe(sections: int, seed: int) -> str:
    today = datetime.now(UTC).strftime("%-d %B %Y")
    load = os.getloadavg()[0]
    return f"{today}, rule version {RULE_VERSION}, {sections:,} sections, seed {seed}, load {load:.0f}."


def as_json(found: dict[str, Tally]) -> str:
    said = {key: {**tally.counts, "readings_each": tally.readings_each} for key, tally in found.items()}
    return json.dumps(said, indent=1)


if __name__ == "__main__":
    main()
