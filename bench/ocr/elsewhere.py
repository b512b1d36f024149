"""Rows of the table that other programs measure. Each leaves its figures in `bench/ocr/figures/NAME.json`.

With them stands which reader they are of. Where the reader was changed since, the row says so: figures grow old in
silence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.ocr.reader_print import reader_digest
from bench.ocr.score import upper_bound
from bench.ocr.table import Row

FIGURES = Path(__file__).parent / "figures"
MODEL = Path(__file__).resolve().parents[2] / "ocr/model/digits.json"
FIVE_FOLD, BROKEN = 0.995, 3_000


def leave_figures(name: str, data: Mapping[str, Any], figures: Path = FIGURES) -> None:
    """Keep what a program measured with the reader as it is here."""
    figures.mkdir(exist_ok=True)
    text = json.dumps({"reader": reader_digest(), **data}, indent=1, ensure_ascii=False)
    (figures / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def rows_from_elsewhere(figures: Path = FIGURES, model: Path = MODEL) -> list[Row]:
    """What is known; a program that has left no figures has no row."""
    rows = [_box_row(json.loads(model.read_bytes()))]
    known = {file.stem: json.loads(file.read_bytes()) for file in sorted(figures.glob("*.json"))}
    for name in sorted(known, key=lambda one: (one != "broken", one)):
        data = known[name]
        own = _broken_rows(data) if name == "broken" else _given_rows(data)
        rows += [_date(row, data) for row in own]
    return rows


def _date(row: Row, data: Mapping[str, Any]) -> Row:
    """The row, with a word where it tells of another reader than the one that stands here."""
    reader = data.get("reader", "not noted")
    return row if reader == reader_digest() else replace(row, seen=f"{row.seen} (reader {reader}, changed since)")


def _box_row(model: Mapping[str, Any]) -> Row:
    figures = model["figures"]["real_five_fold"]
    share = figures["accuracy"]
    return Row(
        "real boxes, five-fold, labels audited",
        f"≥ {FIVE_FOLD:.1%}",
        f"{share:.2%} of {figures['pictures']:,} (net {model['sha256'][:12]})",
        share >= FIVE_FOLD,
    )


def _broken_rows(data: Mapping[str, Any]) -> Iterable[Row]:
    """Two rows: what had to be refused, and all of them, of many of which a part may be read."""
    count, hopeless, wrong = data["photographs"], data["to_be_refused"], data["read_wrongly"]
    read = data["to_be_refused_but_read"]
    yield Row(
        "deliberately broken, nothing legible: read all the same",
        "0",
        f"{read} of {hopeless:,} (below {upper_bound(read, hopeless):.1e})",
        False if read else True if count >= BROKEN else None,
    )
    seen = f"{wrong} of {count:,} (below {data['read_wrongly_below']:.1e}); {data['values_named']:,} values named"
    seen += f", {data['sure_values_wrong']} sure and wrong"
    seen += f", {data['values_misread_on_flawless_scans_too']} misread on flawless scans of the same papers too"
    yield Row(
        "deliberately broken: a value named that is not shown",
        f"0 of {BROKEN:,}",
        seen,
        False if wrong else True if count >= BROKEN else None,
    )


def _given_rows(data: Mapping[str, Any]) -> Iterable[Row]:
    """A file may bring its rows itself: {"rows": [{"measure", "goal", "seen", "met"}]}."""
    return [Row(one["measure"], one["goal"], one["seen"], one["met"]) for one in data.get("rows", ())]
