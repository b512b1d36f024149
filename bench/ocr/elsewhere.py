"""Rows of the table that other programs measure. Each leaves its figures in `bench/ocr/figures/NAME.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.ocr.score import upper_bound
from bench.ocr.table import Row

FIGURES = Path(__file__).parent / "figures"
MODEL = Path(__file__).resolve().parents[2] / "ocr/model/digits.json"
FIVE_FOLD, BROKEN = 0.995, 3_000


def rows_from_elsewhere(figures: Path = FIGURES, model: Path = MODEL) -> list[Row]:
    """What is known; a program that has left no figures has no row."""
    rows = [_box_row(json.loads(model.read_bytes()))]
    known = {file.stem: json.loads(file.read_bytes()) for file in sorted(figures.glob("*.json"))}
    if "broken" in known:
        rows += _broken_rows(known.pop("broken"))
    for data in known.values():
        rows += _given_rows(data)
    return rows


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
