"""The figures in README.md, between two marks; the rest of that page is written by hand."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- figures: written by --readme -->", "<!-- end of figures -->"


def write_readme(report: Mapping[str, Any], readme: Path = README) -> None:
    """Replace what stands between the marks; ValueError if the page has lost them."""
    page = readme.read_text(encoding="utf-8")
    if BEGIN not in page or END not in page:
        raise ValueError(f"{readme.name} has lost its marks; put {BEGIN} and {END} where the figures belong")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    readme.write_text(f"{before}{BEGIN}\n\n{_tell(report)}\n\n{END}{after}", encoding="utf-8")


def _tell(report: Mapping[str, Any]) -> str:
    seconds = dict(report["seconds"])
    everything, goal = seconds.pop("all"), seconds.pop("goal")
    stages = ", ".join(f"{name.replace('_', '-')} {value}" for name, value in seconds.items())
    rows = [
        ("import, roll-up, compare, report", f"≤ {goal:.0f} s", f"{everything} s"),
        ("polars alone on the same file (yardstick)", "", f"{report['polars_alone_seconds']} s"),
        ("ratio to polars alone", "", f"{report['of_polars_alone']} ×"),
        ("TPS", "813,336", f"{report['tps']:,}"),
        ("KPU's sums", "84,143,641 / 67,777,917", _pair(report["kpu"])),
        ("volunteers' sums", "83,577,201 / 67,596,172", _pair(report["volunteers"])),
        ("TPS with other votes", "6,588", f"{report['tps_with_vote_differences']:,}"),
        ("differences of a number, by our report", "as polars", f"{report['differences_of_numbers']:,}"),
        ("our report = polars, row for row", "yes", "yes" if report["report_equals_polars"] else "NO"),
        ("regions whose tally is not their sum", "0", str(report["drift"])),
    ]
    lines = [f"{report['at']}, load average {report['load_average']} at the end; seconds: {stages}.", ""]
    lines += ["| measure | goal | seen |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


def _pair(numbers: list[int]) -> str:
    return " / ".join(f"{number:,}" for number in numbers)
