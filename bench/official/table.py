"""Goal, seen, ratio: the table of this benchmark, on the screen and in README.md."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- figures: written by --readme -->", "<!-- end of figures -->"
HIERARCHY, IMPORT, RATIO = 10.0, 15.0, 0.1


@dataclass(frozen=True)
class Row:
    """One measure. ``verdict``: yes, no, or WRONG when a result is not what was put in."""

    measure: str
    goal: str
    seen: str
    ratio: str
    verdict: str


def judge(found: dict[str, Any]) -> list[Row]:
    """Return the rows of the table; seconds are medians of the rounds."""
    hierarchy, plain = _median(found, "hierarchy_seconds"), _median(found, "plain_copy_seconds")
    first, again, part = (_median(found, name, "seconds") for name in ("first", "again", "five_percent"))
    tps = found["rounds"][0]["tps"]
    right = all(one[name]["right"] for one in found["rounds"] for name in ("first", "again", "five_percent"))
    changed = sum(one["again"]["changed"] for one in found["rounds"])
    share = _median(found, "five_percent", "changed")
    ratio = plain / first
    return [
        Row(
            "import the hierarchy and an election",
            f"≤ {HIERARCHY:g} s",
            f"{hierarchy:.1f} s",
            "",
            _met(hierarchy <= HIERARCHY),
        ),
        Row("plain COPY of the same rows (the yardstick)", "", f"{plain:.2f} s", "1", ""),
        Row(
            f"{tps:,} official rows with validation",
            f"≤ {IMPORT:g} s, ≥ {RATIO:g} × COPY",
            f"{first:.1f} s",
            f"{ratio:.2f}",
            _met(first <= IMPORT and ratio >= RATIO),
        ),
        Row(
            "the same file again",
            "0 changed rows",
            f"{changed:,} changed, {again:.1f} s",
            f"{plain / again:.2f}",
            _met(not changed),
        ),
        Row("5 % of it changed", "", f"{share:,.0f} changed, {part:.1f} s", f"{plain / part:.2f}", ""),
        Row("marks in the tally (a job after the import)", "", f"{_median(found, 'marking_seconds'):.1f} s", "", ""),
        Row("rows and sums equal what was put in", "all", "all" if right else "NOT", "", "yes" if right else "WRONG"),
    ]


def print_table(found: dict[str, Any], rows: Sequence[Row]) -> str:
    """Return the table as lines."""
    head = Row("measure", "goal", "seen", "ratio", "reached")
    lines = [f"{row.measure:46}{row.goal:24}{row.seen:26}{row.ratio:>7}  {row.verdict}" for row in (head, *rows)]
    return "\n".join([*lines, _tell_load(found)])


def write_readme(found: dict[str, Any], rows: Sequence[Row], readme: Path = README) -> None:
    """Replace what stands between the marks; ValueError if the page has lost them."""
    page = readme.read_text(encoding="utf-8")
    if BEGIN not in page or END not in page:
        raise ValueError(f"{readme.name} has lost its marks {BEGIN} and {END}")
    lines = ["| measure | goal | seen | ratio | reached |", "|---|---|---|---|---|"]
    lines += [f"| {row.measure} | {row.goal} | {row.seen} | {row.ratio} | {row.verdict} |" for row in rows]
    figures = "\n".join([*lines, "", _tell_load(found)])
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    readme.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}", encoding="utf-8")


def _tell_load(found: dict[str, Any]) -> str:
    rounds = len(found["rounds"])
    return f"{rounds} round(s), load {found['load_before']:.1f} before and {found['load_after']:.1f} after."


def _met(reached: bool) -> str:  # noqa: FBT001 - one word for one fact
    return "yes" if reached else "no"


def _median(found: dict[str, Any], *path: str) -> float:
    values = []
    for one in found["rounds"]:
        value = one
        for name in path:
            value = value[name]
        values.append(float(value))
    return statistics.median(values)
