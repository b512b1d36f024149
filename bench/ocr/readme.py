"""The figures in README.md, between two marks; the rest of that page is written by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bench.ocr.count import KINDS, FieldCount, count_by, count_fields, count_reasons, fields_of
from bench.ocr.records import Shot
from bench.ocr.table import GOOD, Row

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- figures: written by --readme -->", "<!-- end of figures -->"


def describe_run(folder: Path, shots: Sequence[Shot]) -> str:
    """One sentence: what was run, when, with which net."""
    facts = json.loads((folder / "run.json").read_bytes())
    papers, pages = len({shot.paper for shot in shots}), sum(len(shot.pages) for shot in shots)
    words = f"{facts['begun']}, seed {facts['seed']}, {papers:,} papers, {pages:,} photographs, net {facts['net']}"
    words += f", reader {facts['reader']}" if "reader" in facts else ""
    words += ", each page read alone" if facts["each"] else ""
    return words + (f", written with {facts['glyphs']}" if facts["glyphs"] else "")


def write_readme(words: str, rows: Sequence[Row], shots: Sequence[Shot], readme: Path = README) -> None:
    """Replace what stands between the marks; ValueError if the page has lost them."""
    page = readme.read_text(encoding="utf-8")
    if BEGIN not in page or END not in page:
        raise ValueError(f"{readme.name} has lost its marks; put {BEGIN} and {END} where the figures belong")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    readme.write_text(before + BEGIN + "\n\n" + _figures(words, rows, shots) + "\n" + END + after, encoding="utf-8")


def _figures(words: str, rows: Sequence[Row], shots: Sequence[Shot]) -> str:
    lines = [f"{words}.", "", "| measure | goal | seen | reached |", "|---|---|---|---|"]
    lines += [f"| {row.measure} | {row.goal} | {row.seen} | {row.verdict} |" for row in rows]
    for section, title in (("suara", "Votes"), ("administrasi", "Page 1")):
        lines += ["", f"{title}, scan and photo, pages that were read, by condition:", ""]
        lines += [
            "| condition | | fields | right | sure | sure but wrong | errors expected, seen |",
            "|---|---|---|---|---|---|---|",
        ]
        for name, kind in KINDS.items():
            groups = count_by(shots, GOOD, kind, section)
            lines += [f"| {name} | {value} | {_cells(count)} |" for value, count in groups.items()]
        reasons = count_reasons(fields_of(shots, GOOD, section))
        lines += ["", "Not sure because: " + (", ".join(f"{why} {count:,}" for why, count in reasons) or "–") + "."]
    return "\n".join([*lines, "", _each_tier(shots), ""])


def _cells(count: FieldCount) -> str:
    shares = f"{count.fields:,} | {count.right_share:.2%} | {count.sure_share:.1%} | {count.sure_wrong}"
    return f"{shares} | {count.expected:.1f}, {count.seen}"


def _each_tier(shots: Sequence[Shot]) -> str:
    lines = [
        "| tier | section | fields | right | sure | sure but wrong | errors expected, seen |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {tier} | {section} | {_cells(count_fields(fields_of(shots, [tier], section)))} |"
        for tier in dict.fromkeys(shot.tier for shot in shots)
        for section in ("suara", "administrasi")
    ]
    return "\n".join(lines)
