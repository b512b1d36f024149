"""The figures in README.md, between two marks; the rest of that page is written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.crowd.setting import SPENT, Tally
from bench.crowd.table import judge, tell_rate, tell_spent

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- figures: written by --readme -->", "<!-- end of figures -->"


def write_readme(words: str, found: Mapping[str, Tally], shares: Sequence[float], readme: Path = README) -> None:
    """Replace what stands between the marks; ValueError if the page has lost them."""
    page = readme.read_text(encoding="utf-8")
    if BEGIN not in page or END not in page:
        raise ValueError(f"{readme.name} has lost its marks; put {BEGIN} and {END} where the figures belong")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    figures = "\n".join(tell_figures(words, found, shares))
    readme.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}", encoding="utf-8")


def tell_figures(words: str, found: Mapping[str, Tally], shares: Sequence[float]) -> list[str]:
    lines = [words, "", "| measure | goal | seen | reached |", "|---|---|---|---|"]
    lines += [f"| {row.measure} | {row.goal} | {row.seen} | {row.verdict} |" for row in judge(found, shares)]
    lines += ["", *_tell_worlds(found), "", *_tell_ends(found), "", *_tell_pairs(found), "", *_tell_yardsticks(found)]
    return lines


def _tell_pairs(found: Mapping[str, Tally]) -> list[str]:
    lines = ["Two genuine photographs of each TPS by two people, machine sure of 90 %, nobody lies:", ""]
    lines += ["| readers and senders | readings a section | of them reviews | two sources | disputed |"]
    lines.append("|---" * 5 + "|")
    for key, tally in found.items():
        if key.startswith("pairs/"):
            name = key.split("/")[1].removeprefix("two photographs, ")
            shares = f"{tally.rate('two_sources')[0]:.2%} | {tell_rate(tally, 'disputed')}"
            lines.append(f"| {name} | {tally.readings_each:.3f} | {tally.rate('reviews')[0]:.4f} | {shares} |")
    return lines


def _tell_worlds(found: Mapping[str, Tally]) -> list[str]:
    lines = ["What people did, a section:", "", f"| run | policy | sure | together | {' | '.join(SPENT)} |"]
    lines.append("|---" * (len(SPENT) + 4) + "|")
    for key, tally in _worlds(found):
        _, name, policy, share = key.split("/")
        lines.append(f"| {name} | {policy} | {float(share):.0%} | {tally.readings_each:.3f} | {tell_spent(tally)} |")
    return lines


def _tell_ends(found: Mapping[str, Tally]) -> list[str]:
    lines = ["How it ended (rates of all sections, with exact 95 % intervals):", ""]
    lines += ["| run | policy | sure | wrong votes | of them ink that misleads all | any of six fields wrong | lies |"]
    lines[-1] += " disputed | without end | honest suspended | others suspended |"
    lines.append("|---" * 11 + "|")
    for key, tally in _worlds(found):
        _, name, policy, share = key.split("/")
        cells = [tell_rate(tally, "wrong_votes"), f"{tally['wrong_votes_ink']}", tell_rate(tally, "wrong_any")]
        cells += [tell_rate(tally, "lies"), f"{tally.rate('disputed')[0]:.2%}", f"{tally['waiting']}"]
        cells.append(tell_rate(tally, "honests_suspended", "honests"))
        cells.append(_tell_others(tally))
        lines.append(f"| {name} | {policy} | {float(share):.0%} | {' | '.join(cells)} |")
    return lines


def _tell_others(tally: Tally) -> str:
    said = [
        f"{tally[f'{kind}_suspended']} of {tally[kind]} {kind}" for kind in ("colluders", "clickers") if tally[kind]
    ]
    return ", ".join(said) or "–"


def _worlds(found: Mapping[str, Tally]) -> list[tuple[str, Tally]]:
    return [(key, tally) for key, tally in found.items() if key.startswith("world/")]


def _tell_yardsticks(found: Mapping[str, Tally]) -> list[str]:
    lines = ["Other rules on the same papers and people, votes only (runut: machine sure of 90 %):", ""]
    lines += ["| rule | colluders | readings a section | wrong votes | of them lies |", "|---|---|---|---|---|"]
    ours = [("honest", "0 %"), ("colluders", "5 %")]
    for policy in ("default", "strict"):
        for name, part in ours:
            lines.append(_tell_yardstick(f"runut, {policy}", part, found[f"world/{name}/{policy}/0.90"]))
    for key, tally in found.items():
        if key.startswith("yardstick/"):
            rule, part = key.split("/")[1].rsplit(", ", 1)
            lines.append(_tell_yardstick(rule, f"{float(part):.0%}", tally))
    return lines


def _tell_yardstick(rule: str, part: str, tally: Tally) -> str:
    wrong = tell_rate(tally, "wrong_votes")
    return f"| {rule} | {part} | {tally.readings_each:.3f} | {wrong} | {tally['lies']:,} |"
