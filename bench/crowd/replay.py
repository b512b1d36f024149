"""KawalPemilu 2019's real figures through the rule: what would it have asked of whom? `python -m bench.crowd.replay`

Each TPS has the numbers that volunteers copied from its photograph and those that the authority's typists copied from
its paper. They are taken for two people who read blind, neither seeing the other's; there was no machine. First the
rule is given the volunteers' numbers alone, which is what KawalPemilu published, then both. What `decide` says is
counted by whom it asks next.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import track

from app.verification.consensus import RULE_VERSION, decide
from app.verification.evidence import Accept, CheckInput, Dispute, NeedReading, Outcome, ReadingInput, SectionInput
from app.verification.intervals import bound_rate
from app.verification.policies import POLICIES
from bench.crowd.people_facts import find_file, read_rows

FIELDS = ("pas1", "pas2", "sah", "tsah", "jum")
PAGE = 2
CHECKS = (CheckInput("sah", "sah", FIELDS[:2]), CheckInput("jum", "jum", FIELDS[2:4]))
_SECTION = SectionInput({PAGE: FIELDS}, frozenset(FIELDS[:2]), 0.5)
_MOST_PROVINCES = 10


@dataclass
class Replay:
    """`asked`: how the rule stands with both readings -> TPS; `provinces`: name -> [TPS, of them asked again]."""

    policy: str
    stations: int = 0
    alone: Counter[str] = field(default_factory=Counter)
    both: Counter[str] = field(default_factory=Counter)
    votes_differ: Counter[str] = field(default_factory=Counter)
    provinces: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.crowd.replay", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=find_file())
    parser.add_argument("--policy", choices=sorted(POLICIES), default="default")
    parser.add_argument("--every", type=int, default=1, help="take every so manieth TPS")
    asked = parser.parse_args()
    if not asked.file.exists():
        sys.exit(f"SKIPPED: {asked.file} is not there. Set RUNUT_SHARED to the folder of the reference data.")
    rows = track(read_rows(asked.file), description="TPS", total=813_336, console=Console(stderr=True))
    print("\n".join(tell(replay(rows, asked.policy, asked.every))))


def replay(rows: Iterable[Mapping[str, str]], policy: str = "default", every: int = 1) -> Replay:
    found = Replay(policy)
    for place, row in enumerate(rows):
        if place % every == 0:
            replay_station(row, found)
    return found


def replay_station(row: Mapping[str, str], found: Replay) -> None:
    volunteers, typists = read_side(row, "kp"), read_side(row, "kpu")
    found.stations += 1
    if volunteers is None or int(float(row["n_photos"] or 0)) == 0:
        found.both["no photograph with numbers"] += 1
        return
    found.alone[name_next(ask([volunteers], found.policy))] += 1
    if typists is None:
        found.both["one reading only: a second person"] += 1
        return
    said = name_next(ask([volunteers, typists], found.policy))
    found.both[said] += 1
    if any(volunteers[name] != typists[name] for name in FIELDS[:2]):
        found.votes_differ[said] += 1
    province = found.provinces[row["prov"]]
    province[0] += 1
    province[1] += not said.startswith("accepted")


def read_side(row: Mapping[str, str], side: str) -> dict[str, int] | None:
    """The numbers of one side, None where it has none. A total that it did not note is left out."""
    said = {name: row[f"{side}_{name}"] for name in FIELDS}
    if not all(said[name] for name in FIELDS[:4]):
        return None
    return {name: int(float(value)) for name, value in said.items() if value}


def ask(people: Sequence[Mapping[str, int]], policy: str) -> Outcome:
    rules = POLICIES[policy]
    readings = [
        ReadingInput(
            id=place,
            reader=f"person/{place}",
            kind="human",
            mode="blind",
            photo_id=1,
            page=PAGE,
            uploader="uploader",
            numbers={name: numbers.get(name) for name in FIELDS if name in numbers},
            error_rates=dict.fromkeys(numbers, rules.human_error_rate),
        )
        for place, numbers in enumerate(people)
    ]
    return decide(readings, CHECKS, rules, _SECTION)


def name_next(outcome: Outcome) -> str:
    """In words what comes next, and who is asked."""
    if isinstance(outcome, Accept):
        return "accepted, as written (sums open)" if "paper" in outcome.flags else "accepted"
    if isinstance(outcome, NeedReading):
        whom = "a reviewer" if outcome.mode == "review" else "a new person"
        return f"{whom}: {outcome.why}"
    return f"disputed: {outcome.why}" if isinstance(outcome, Dispute) else "no photograph with numbers"


def tell(found: Replay) -> list[str]:
    lines = [f"{found.stations:,} TPS, rule version {RULE_VERSION}, policy {found.policy}.", ""]
    lines += tell_table("With the volunteers' numbers alone", found.alone)
    lines += tell_table("With the typists' numbers as a second reader", found.both)
    lines += tell_table("Of these, TPS where the candidates' votes differ", found.votes_differ)
    worst = sorted(found.provinces.items(), key=lambda one: -one[1][1] / one[1][0])[:_MOST_PROVINCES]
    lines += ["| provinsi | TPS with both | asked again |", "|---|---|---|"]
    return [*lines, *(f"| {name} | {number:,} | {again / number:.2%} |" for name, (number, again) in worst)]


def tell_table(title: str, counts: Counter[str]) -> list[str]:
    every = sum(counts.values())
    lines = [f"| {title} | TPS | share (exact 95 %) |", "|---|---|---|"]
    for said, number in counts.most_common():
        low, high = bound_rate(number, every)
        lines.append(f"| {said} | {number:,} | {number / every:.3%} ({low:.3%} to {high:.3%}) |")
    return [*lines, ""]


if __name__ == "__main__":
    main()
