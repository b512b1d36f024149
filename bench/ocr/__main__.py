"""How well drawn and photographed papers are read: `python -m bench.ocr --seed 1 --hours 1 --processes 2`.

Hands and chance are of the evaluation split: no training saw them. A run is kept in its folder, one line a paper, and
goes on where it stopped; another reader, drawer, plan or seed is another run. Prints the table of what was to be
reached; `--report` writes it as pages with pictures of every error, `--readme` into this folder's README.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.ocr.elsewhere import rows_from_elsewhere
from bench.ocr.papers import TIERS, Plan
from bench.ocr.readme import describe_run, write_readme
from bench.ocr.report import write_report
from bench.ocr.run import ROOT, Limits, extend_run, fingerprint, load_run, print_progress
from bench.ocr.table import make_table


def main() -> None:
    """Run or take up a run, print its table, write what is asked for."""
    options = _parse()
    plan = Plan(options.seed, tuple(tier for tier in TIERS if tier in options.tier))
    folder = options.run or options.out / f"{fingerprint(plan, each=options.each, glyphs=options.glyphs)}"
    if options.run:
        papers = load_run(folder)
    else:
        limits = Limits(options.papers, options.hours, options.processes)
        papers = extend_run(folder, plan, limits, each=options.each, glyphs=options.glyphs, progress=print_progress)
        print(file=sys.stderr)
    shots = [shot for number in sorted(papers) for shot in papers[number]]
    rows = [*make_table(shots), *rows_from_elsewhere()]
    words = describe_run(folder, shots)
    print(f"{words}\n{folder}")
    for row in rows:
        print(f"  {row.measure:<52} {row.goal:<36} {row.verdict:<4} {row.seen}")
    if options.readme:
        write_readme(words, rows, shots)
    if options.report:
        print(write_report(options.report, words, rows, shots, folder))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.ocr", description=__doc__)
    parser.add_argument("--papers", type=int, default=2800, help="polling stations to draw at most")
    parser.add_argument("--hours", type=float, default=1.0, help="no paper is begun after so many hours of this run")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--tier", nargs="+", choices=TIERS, default=list(TIERS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", action="store_true", help="read every page alone, without the other pages' sums")
    parser.add_argument("--glyphs", type=Path, help=".npz of digit pictures to write with, instead of drawn hands")
    parser.add_argument("--out", type=Path, default=ROOT / "bench/out/ocr", help="folder for runs")
    parser.add_argument("--run", type=Path, help="read nothing; show this run as it stands")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write index.html and pictures of every error there")
    parser.add_argument("--readme", action="store_true", help="write the figures into README.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
