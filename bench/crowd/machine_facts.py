"""How the machine reads where it is not sure: `python -m bench.crowd.machine_facts RUN`, RUN a folder of bench.ocr.

Keeps of each vote section that was not sure as a whole how every field stood: sure, named with what confidence, or left
open. `figures/machine.json` holds how often each such pattern was seen: on papers that close and papers that do not
(scan and photo), and under hard conditions; the simulation draws from it.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.crowd.facts import FIELDS

FIGURES = Path(__file__).parent / "figures" / "machine.json"
SECTION = "suara"
SURE, OPEN = "s", "-"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.crowd.machine_facts", description=__doc__)
    parser.add_argument("run", type=Path)
    run = parser.parse_args().run
    with (run / "papers.jsonl").open(encoding="utf-8") as file:
        patterns = count_patterns(shot for line in file for shot in json.loads(line))
    facts = json.loads((run / "run.json").read_bytes())
    head = {"run": f"bench.ocr of {facts['begun']}, seed {facts['seed']}, net {facts['net']}"}
    FIGURES.write_text(json.dumps({**head, **patterns}, indent=1) + "\n", encoding="utf-8")
    print(", ".join(f"{name}: {sum(counts.values())}" for name, counts in patterns.items()))


def count_patterns(shots: Iterator[dict[str, Any]]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {"closes": Counter(), "breaks": Counter(), "hard": Counter()}
    for shot in shots:
        section = next((one for one in shot["sections"] if one["name"] == SECTION), None)
        if section is None or section["sure"]:
            continue
        fields = {one["name"]: one for one in shot["fields"] if one["section"] == SECTION}
        pattern = " ".join(describe_field(fields[name]) for name in FIELDS)
        good = "closes" if section["closes"] else "breaks"
        found["hard" if shot["tier"] == "hard" else good][pattern] += 1
    return {paper: dict(sorted(patterns.items())) for paper, patterns in found.items()}


def describe_field(field: dict[str, Any]) -> str:
    """`s`: sure; `-`: left open; else the probability of being wrong that the reader gave with the number."""
    if field["value"] is None:
        return OPEN
    return SURE if field["sure"] else f"{1 - field['confidence']:.1e}"


if __name__ == "__main__":
    main()
