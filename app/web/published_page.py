"""The page of a published region: one small page for both languages, made from its file alone, with no database.

It needs no script and no other page: it is what the site shows from ``/data/``, and what a folder on a USB stick holds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from app.publication.counter import PREFIX
from app.web.rendering import STATIC, format_number, format_region, format_share, format_time, static_address

STYLE = "published.css"
KINDS = {"accepted": "diterima", "waiting": "menunggu", "disputed": "perlu dicek"}
SOURCES = {"one_uploader": "satu pengunggah", "two_uploaders": "dua pengunggah", "official_photo": "foto resmi"}
COLUMNS_MAX = 8
"""Choices that get a column of their own; with more, the tables show the sum alone."""

Linker = Callable[[str], str]


@dataclass(frozen=True)
class Row:
    """One choice with its votes."""

    nomor_urut: int
    nama: str
    partai: str | None
    place: int
    votes: int


@lru_cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(angka=format_number, persen=format_share, nama=format_region, waktu=format_time)
    return environment.get_template(name)


def make_published_page(region: dict[str, Any], contest: dict[str, Any]) -> str:
    """Return the page as the site shows it. ``region``, ``contest``: the contents of their files."""
    kode = region["pemilihan"]

    def link(target: str) -> str:
        return f"{PREFIX}{kode}/{target}.html"

    return render_region(
        region,
        contest,
        link=link,
        style=static_address(STYLE),
        data=f"{PREFIX}{kode}/{region['kode']}.json",
        home="/",
    )


def render_region(
    region: dict[str, Any], contest: dict[str, Any], *, link: Linker, style: str, data: str, home: str
) -> str:
    """Return a region's page; ``link`` gives the address of another region's, the rest are addresses as they stand."""
    places = {field: place for place, field in enumerate(contest["fields"])}
    rows = [
        Row(one["nomor_urut"], one["nama"], one["partai"], places[one["field"]], region["sums"][places[one["field"]]])
        for one in contest["choices"]
    ]
    return _template("published.html").render(
        region=region,
        contest=contest,
        choices=rows,
        votes=sum(row.votes for row in rows),
        with_columns=len(rows) <= COLUMNS_MAX,
        link=link,
        style=style,
        data=data,
        home=home,
        written=datetime.fromisoformat(region["at"]),
        kinds=KINDS,
        sources=SOURCES,
    )


def render_index(contests: Sequence[tuple[str, str]], *, style: str) -> str:
    """Return the front page of a folder: every contest (its name, its page's address)."""
    return _template("published_index.html").render(contests=contests, style=style)


def read_style() -> bytes:
    """Return the style sheet, for a folder that is to stand alone."""
    return (STATIC / STYLE).read_bytes()
