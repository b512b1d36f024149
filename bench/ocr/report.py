"""A report that opens from disk: the table, the charts, and a picture of every error with what was read there."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bench.ocr.calibration import bin_errors, claims, reliability, risk_coverage
from bench.ocr.charts import draw_reliability, draw_risk_coverage, draw_small_errors
from bench.ocr.count import KINDS, count_by, fields_of
from bench.ocr.pictures import FOLDER
from bench.ocr.records import FieldRecord, PageRecord, Shot
from bench.ocr.table import ALL, GOOD, Row

KIND_WORDS = {
    "sure": "sure but wrong",
    "wrong": "wrong, not sure",
    "mistaken": "taken for another page",
    "refused": "photograph refused",
    "open": "left open",
}
"""The kinds of errors, the worst first."""


@dataclass(frozen=True)
class ErrorCard:
    """One error as the report shows it. `picture` is a path from the report's folder."""

    kind: str
    tier: str
    section: str
    title: str
    picture: str | None
    facts: tuple[tuple[str, str], ...]


def write_report(folder: Path, words: str, rows: Sequence[Row], shots: Sequence[Shot], run: Path) -> Path:
    """Write `index.html` and the pictures into `folder`; returns the page's path."""
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    cards = sorted(list_errors(shots), key=lambda card: list(KIND_WORDS).index(card.kind))
    for card in cards:
        if card.picture:
            shutil.copyfile(run / card.picture, folder / card.picture)
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    page = environment.get_template("report.html").render(
        words=words,
        rows=rows,
        charts=_draw_charts(shots),
        conditions=_list_conditions(shots),
        cards=cards,
        kinds=KIND_WORDS,
        kind_counts=Counter(card.kind for card in cards),
        tiers=[tier for tier in ALL if any(shot.tier == tier for shot in shots)],
        sections=sorted({card.section for card in cards}),
    )
    index = folder / "index.html"
    index.write_text(page, encoding="utf-8")
    return index


def list_errors(shots: Sequence[Shot]) -> Iterator[ErrorCard]:
    """Every photograph not read as the page it is, every field not read as shown."""
    for shot in shots:
        for page in shot.pages:
            if not page.identified:
                yield _page_card(shot, page)
        for field in shot.fields:
            if field.read and not field.right:
                yield _field_card(shot, field)


def _page_card(shot: Shot, page: PageRecord) -> ErrorCard:
    kind = "mistaken" if page.mistaken else "refused"
    facts = (("refused", page.refused or "no"), ("because", page.detail or "–"), ("read as page", str(page.read_page)))
    return ErrorCard(kind, shot.tier, "pages", f"paper {shot.paper}, page {page.page}", page.picture, facts)


def _field_card(shot: Shot, field: FieldRecord) -> ErrorCard:
    kind = "sure" if field.sure else "open" if field.value is None else "wrong"
    page = shot.page_of(field)
    others = ((field.claimed, field.probability), *field.other)
    facts = (
        ("shows", f"{field.symbols} = {_number(field.shown)}, bubbles {field.bubbles_shown or '–'}"),
        ("read", f"{field.digits} = {_number(field.value)}, bubbles {field.bubbles or '–'}"),
        ("confidence", f"{field.confidence:.5f}{f', {field.reason}' if field.reason else ''}"),
        ("candidates", ", ".join(f"{_number(value)} {share:.4f}" for value, share in others)),
        ("correction", field.corrected or "none"),
        ("photograph", f"boxes {page.box_px:g} px, sharpness {page.sharpness:g}"),
        ("hand", shot.hand),
    )
    return ErrorCard(kind, shot.tier, field.section, f"paper {shot.paper}, {field.name}", field.picture, facts)


def _number(value: int | None) -> str:
    return "no number" if value is None else str(value)


def _draw_charts(shots: Sequence[Shot]) -> list[tuple[str, str, Markup]]:
    """(title, words, SVG). The SVG is made of our own words and numbers only."""
    claimed = claims(fields_of(shots, ALL))
    curves = {
        "votes, scan and photo": risk_coverage(fields_of(shots, GOOD, "suara")),
        "page 1, scan and photo": risk_coverage(fields_of(shots, GOOD, "administrasi")),
        "all, hard": risk_coverage(fields_of(shots, ["hard"])),
    }
    known = {name: curve for name, curve in curves.items() if curve}
    charts = [
        (
            "Reliability",
            "Every number named, or likeliest where none was; all tiers. Lines are exact 95 % bounds.",
            draw_reliability(reliability(claimed)),
        ),
        ("Reliability near certainty", "The same, errors on logarithmic axes.", draw_small_errors(bin_errors(claimed))),
        ("Risk and coverage", "How wrong, if only the most certain are kept.", draw_risk_coverage(known)),
    ]
    return [(title, words, Markup(svg)) for title, words, svg in charts]  # noqa: S704 - nothing of it came from outside


def _list_conditions(shots: Sequence[Shot]) -> list[tuple[str, str, str, str, str, int]]:
    """(section, condition, value, right, sure, sure but wrong) under scan and photo."""
    return [
        (
            f"{section}: {name}",
            value,
            f"{count.fields:,}",
            f"{count.right_share:.2%}",
            f"{count.sure_share:.1%}",
            count.sure_wrong,
        )
        for section in ("suara", "administrasi")
        for name, kind in KINDS.items()
        for value, count in count_by(shots, GOOD, kind, section).items()
    ]
