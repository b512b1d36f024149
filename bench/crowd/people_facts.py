"""What KawalPemilu 2019 tells of people who copy numbers: `python -m bench.crowd.people_facts [FILE]`.

FILE is `kawalpemilu_2019_tps.csv.gz` of the reference data: for each polling station the figures of the volunteers
(`kp_*`) and of the authority's own typists (`kpu_*`). Where the two differ, one of them, or both, is wrong. `facts.py`
holds what this prints and says how it is used.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FIELDS = ("pas1", "pas2", "sah", "tsah")
SUMMED = 3
"""The first three of them: pas1 + pas2 = sah."""
BOXES = 1000
NEAR = 10


def find_file() -> Path:
    """The reference data stand beside the project, or where RUNUT_SHARED says."""
    shared = Path(os.environ.get("RUNUT_SHARED", Path(__file__).parents[3] / "shared"))
    return shared / "data" / "kawalpemilu_2019_tps.csv.gz"


@dataclass
class Seen:
    """Counts over polling stations that both sides know. `groups`: kelurahan -> [stations, stations that differ]."""

    stations: int = 0
    fields_differing: int = 0
    differing: Counter[int] = field(default_factory=Counter)
    groups: dict[str, list[int]] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    photographed: int = 0
    without_numbers: int = 0
    votes_differ: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.crowd.people_facts", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=find_file())
    path = parser.parse_args().file
    if not path.exists():
        sys.exit(f"SKIPPED: {path} is not there. Set RUNUT_SHARED to the folder of the reference data.")
    print(tell(count(read_rows(path))))


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def read_side(row: dict[str, str], side: str) -> list[int] | None:
    """The four numbers of one side; None where it has none."""
    said = [row[f"{side}_{name}"] for name in FIELDS]
    return [int(float(one)) for one in said] if all(said) else None


def count(rows: Iterator[dict[str, str]]) -> Seen:
    seen = Seen()
    for row in rows:
        volunteers, typists = read_side(row, "kp"), read_side(row, "kpu")
        if int(float(row["n_photos"] or 0)) > 0:
            seen.photographed += 1
            seen.without_numbers += volunteers is None
        if volunteers is not None and typists is not None:
            count_station(seen, row["kel_id"], volunteers, typists)
    return seen


def count_station(seen: Seen, kelurahan: str, volunteers: Sequence[int], typists: Sequence[int]) -> None:
    differ = sum(a != b for a, b in zip(volunteers, typists, strict=True))
    group = seen.groups.setdefault(kelurahan, [0, 0])
    group[0] += 1
    group[1] += differ > 0
    seen.stations += 1
    seen.fields_differing += differ
    seen.differing[differ] += differ > 0
    seen.votes_differ += list(volunteers[:2]) != list(typists[:2])
    for wrong, right in ((volunteers, typists), (typists, volunteers)):
        count_mistake(seen, wrong, right)


def count_mistake(seen: Seen, wrong: Sequence[int], right: Sequence[int]) -> None:
    """One number of three differs, the sum of one side closes and the other's does not: the mistake is known."""
    places = [place for place in range(SUMMED) if wrong[place] != right[place]]
    if len(places) != 1 or wrong[0] + wrong[1] == wrong[2] or right[0] + right[1] != right[2]:
        return
    mistaken, true = wrong[places[0]], right[places[0]]
    if max(mistaken, true) >= BOXES:
        return
    kind, pair = name_mistake(mistaken, true)
    seen.kinds[kind] += 1
    if pair:
        seen.pairs[pair] += 1


def name_mistake(mistaken: int, true: int) -> tuple[str, str]:
    """Its kind, and the two digits where one digit alone is wrong."""
    was, now = f"{true:03d}", f"{mistaken:03d}"
    changed = [(a, b) for a, b in zip(was, now, strict=True) if a != b]
    if len(changed) == 1:
        return "one digit", "".join(sorted(changed[0]))
    if sorted(was) == sorted(now):
        return "digits exchanged", ""
    if mistaken == 0:
        return "nothing", ""
    if abs(mistaken - true) < NEAR:
        return "near", ""
    return ("two digits" if len(changed) == 2 else "another number"), ""  # noqa: PLR2004 - its own name


def find_likeness(groups: Sequence[Sequence[int]]) -> tuple[float, float]:
    """Share of differing stations, and how alike stations of one kelurahan are (intraclass correlation, by moments)."""
    stations, differing = sum(n for n, _ in groups), sum(x for _, x in groups)
    share = differing / stations
    spread = sum((x - n * share) ** 2 for n, x in groups) / (share * (1 - share))
    return share, (spread - stations) / sum(n * (n - 1) for n, _ in groups)


def tell(seen: Seen) -> str:
    share, likeness = find_likeness(list(seen.groups.values()))
    kinds, pairs = sum(seen.kinds.values()), sum(seen.pairs.values())
    lines = [
        f"stations with both sides: {seen.stations:,}; presidential votes differ in {seen.votes_differ:,}",
        f"fields that differ: {seen.fields_differing / seen.stations / len(FIELDS):.5f}",
        f"stations where a field differs: {share:.5f}; alike within a kelurahan (rho): {likeness:.4f}",
        "of them with so many of 4 fields: "
        + ", ".join(f"{n}: {seen.differing[n] / (share * seen.stations):.3f}" for n in (1, 2, 3, 4)),
        f"mistakes that the sum convicts: {kinds:,}: "
        + ", ".join(f"{kind} {number / kinds:.3f}" for kind, number in seen.kinds.most_common()),
        f"pairs of digits, of {pairs:,}: "
        + ", ".join(f"{pair} {number}" for pair, number in sorted(seen.pairs.items())),
        f"photographed stations without numbers: {seen.without_numbers / seen.photographed:.5f}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
