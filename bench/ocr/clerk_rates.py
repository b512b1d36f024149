"""How often the numbers of polling stations fail to add up, and by how much: `python -m bench.ocr.clerk_rates FILE`.

FILE is the table of Sirekap's presidential figures per polling station, `sirekap_2024_ppwp_tps.csv.gz` of the reference
data. The figures are what Sirekap read and people corrected: its misreadings are among them, so every rate is an upper
bound for the clerks' own. `ocr.clerk_errors` quotes them.
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ocr.layout import Identity, load_layout

Figures: TypeAlias = Mapping[str, NDArray[np.float64]]
"""A column a field, NaN where nothing was published."""

TWO_PAGES = Identity("suara_total_pengguna", "suara_total", ("pengguna_total_j",), None)
"""The table has no ballots used; the number of voters who came stands for them."""

NEVER_MORE = tuple((f"pengguna_dpt_{sex}", f"pemilih_dpt_{sex}") for sex in "lpj")
BOXES = 1000
ONE_PLACE = 10


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ocr.clerk_rates", description=__doc__)
    parser.add_argument("file", type=Path)
    figures = load_figures(parser.parse_args().file)
    identities = [one for one in load_layout("c_hasil_ppwp_2024").identities if is_known(one, figures)] + [TWO_PAGES]
    print(f"{len(next(iter(figures.values())))} polling stations\n")
    print("| identity | stations | fails | off by 1 | by less than 10 | one digit | near | a number is 0 |")
    print("|---|---|---|---|---|---|---|---|")
    for one in identities:
        print(tell_differences(one, figures))
    tell_patterns(identities, figures)
    for smaller, larger in NEVER_MORE:
        known = ~np.isnan(figures[smaller] + figures[larger])
        share = np.mean(figures[smaller][known] > figures[larger][known])
        print(f"{smaller} > {larger}: {share:.2%}")


def load_figures(path: Path) -> Figures:
    with gzip.open(path, "rt") as file:
        rows = csv.reader(file)
        names = next(rows)
        table = np.array([[float(cell) if cell.isdecimal() else np.nan for cell in row] for row in rows])
    return dict(zip(names, table.T, strict=True))


def is_known(identity: Identity, figures: Figures) -> bool:
    return figures.keys() >= {identity.total, *identity.terms}


def difference(identity: Identity, figures: Figures) -> NDArray[np.float64]:
    """Total less terms, NaN where a number was not published."""
    return np.asarray(figures[identity.total] - np.sum([figures[name] for name in identity.terms], axis=0))


def tell_differences(identity: Identity, figures: Figures) -> str:
    """A row of the table: how often an identity fails, and what its differences look like."""
    off = difference(identity, figures)
    known = ~np.isnan(off)
    total = figures[identity.total]
    inside = known & (off != 0) & (total < BOXES) & (total - off < BOXES)
    wrong, right = total[inside].astype(int), (total - off)[inside].astype(int)
    gap = np.abs(wrong - right)
    one_digit = np.array([sum(map(str.__ne__, f"{a:03d}", f"{b:03d}")) == 1 for a, b in zip(wrong, right, strict=True)])
    mixed = np.array([sorted(f"{a:03d}") == sorted(f"{b:03d}") for a, b in zip(wrong, right, strict=True)])
    near = one_digit | mixed | (gap < ONE_PLACE) | np.isin(gap, (ONE_PLACE, ONE_PLACE**2))
    shares = (gap == 1, gap < ONE_PLACE, one_digit, near, (wrong == 0) | (right == 0))
    cells = [f"{np.mean(off[known] != 0):.2%}", *(f"{share.mean():.0%}" for share in shares)]
    return f"| {identity.key} | {known.sum()} | {' | '.join(cells)} |"


def tell_patterns(identities: Sequence[Identity], figures: Figures, most: int = 16) -> None:
    """Which identities fail together, among stations that published all numbers."""
    gaps = np.stack([difference(one, figures) for one in identities], axis=1)
    broken = gaps[~np.isnan(gaps).any(axis=1)] != 0
    patterns, counts = np.unique(broken, axis=0, return_counts=True)
    print(f"\n{len(broken)} stations with all numbers; {np.mean(broken.any(axis=1)):.2%} fail somewhere\n")
    for at in np.argsort(-counts)[:most]:
        failing = [one.key for one, fails in zip(identities, patterns[at], strict=True) if fails]
        print(f"{counts[at] / len(broken):7.3%}  {' + '.join(failing) or 'everything closes'}")
    print()


if __name__ == "__main__":
    main()
