"""Put the figures of a run into README.md, between the two marks."""

from pathlib import Path
from typing import Any

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- nation: begin -->", "<!-- nation: end -->"


def write_figures(report: dict[str, Any]) -> None:
    """Replace what stands between the marks by the tables of ``report``."""
    text = README.read_text("utf-8")
    head, rest = text.split(BEGIN)
    _, tail = rest.split(END)
    README.write_text(f"{head}{BEGIN}\n{make_table(report)}\n{END}{tail}", "utf-8")


def make_table(report: dict[str, Any]) -> str:
    """Return the figures of both parts as tables."""
    lines = [f"Load of the machine at the beginning: {report['load']}.", ""]
    for part, title in (("real", "The collection of 2024"), ("made", "Every TPS of the edition, both sides")):
        if part in report:
            lines += [f"| {title} | |", "|---|---|"]
            lines += [f"| {name} | {value} s |" for name, value in report[part]["seconds"].items()]
            lines += [f"| {name} | {_spell(value)} |" for name, value in report[part]["figures"].items()]
            lines += [f"| wrong | {one} |" for one in report[part]["wrong"]] + [""]
    return "\n".join(lines).rstrip()


def _spell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
