"""`runut draw`: a folder of drawn photographs and the truth about them. Pure: paths and numbers in, files out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ocr.draw.clerk import EVALUATION_FAULTS, Faults
from ocr.draw.hands import Split
from ocr.draw.photograph import Tier, photograph
from ocr.draw.tps import draw_tps
from ocr.draw.written import Place

_CAMERA = 3  # the photographs' stream of chance, apart from that of the papers
_LARGEST_TPS = 999
_KECAMATAN = Place("DKI JAKARTA", "KOTA JAKARTA PUSAT", "GAMBIR", "", 0)
_KELURAHAN = {
    "3171011001": "GAMBIR",
    "3171011002": "CIDENG",
    "3171011003": "PETOJO UTARA",
    "3171011004": "PETOJO SELATAN",
    "3171011005": "KEBON KELAPA",
    "3171011006": "DURI PULO",
}


@dataclass(frozen=True)
class Station:
    """A polling station: its 13-digit code and what its papers' header says."""

    code: str
    place: Place


@dataclass(frozen=True)
class DrawnFile:
    """One photograph and what it shows."""

    name: str
    data: bytes
    truth: dict[str, Any]


def example_stations(count: int) -> list[Station]:
    """Stations in one kecamatan, so that files can be told apart; only their numbers are invented."""
    if count > len(_KELURAHAN) * _LARGEST_TPS:
        raise ValueError(f"{count} stations are too many; draw at most {len(_KELURAHAN) * _LARGEST_TPS} at once")
    stations = []
    for at in range(count):
        kode = list(_KELURAHAN)[at % len(_KELURAHAN)]
        tps = at // len(_KELURAHAN) + 1
        stations.append(Station(f"{kode}{tps:03d}", replace(_KECAMATAN, kelurahan=_KELURAHAN[kode], tps=tps)))
    return stations


def draw_station(
    station: Station,
    *,
    seed: int,
    tier: Tier,
    split: Split,
    pages: Sequence[int],
    values: Mapping[str, int] | None = None,
    faults: Faults = EVALUATION_FAULTS,
) -> list[DrawnFile]:
    """The photographs of one station's pages, named `<code>-hal<page>.jpg`."""
    drawing = draw_tps(values, seed=seed, split=split, faults=faults, place=station.place, pages=pages)
    files = []
    for page, picture in drawing.pages.items():
        data = photograph(picture, tier, np.random.default_rng((seed, _CAMERA, page)))
        files.append(DrawnFile(f"{station.code}-hal{page}.jpg", data, drawing.truth[page].to_json()))
    return files


def draw_to_folder(
    out: Path,
    *,
    count: int,
    seed: int,
    tier: Tier = "photo",
    split: Split = "demo",
    pages: Sequence[int] = (2, 3),
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    faults: Faults = EVALUATION_FAULTS,
    processes: int = 1,
) -> dict[str, Any]:
    """Draw `count` stations into `out` and return the truth, which is also written there as `truth.json`.

    `truth`: {file: {"page", "fields": {name: {"value", "digits", "bubbles"}}}}. `progress(done, all)` is called after
    each station. `truth.json` is written last: a folder without it was not finished.
    """
    out.mkdir(parents=True, exist_ok=True)
    truth: dict[str, Any] = {}
    draw = partial(_draw_numbered, seed=seed, tier=tier, split=split, pages=tuple(pages), faults=faults)
    for done, files in enumerate(_each(draw, example_stations(count), processes), start=1):
        for file in files:
            (out / file.name).write_bytes(file.data)
            truth[file.name] = file.truth
        progress(done, count)
    (out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    return truth


def _draw_numbered(numbered: tuple[int, Station], **how: Any) -> list[DrawnFile]:  # noqa: ANN401 - passed on to draw_station
    number, station = numbered
    seed = how.pop("seed")
    return draw_station(station, seed=seed * 1_000_003 + number, **how)


def _each(
    draw: Callable[[tuple[int, Station]], list[DrawnFile]], stations: Sequence[Station], processes: int
) -> Iterator[list[DrawnFile]]:
    """Stations in order, drawn by so many processes; the result does not depend on how many."""
    if processes <= 1:
        yield from map(draw, enumerate(stations))
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(draw, enumerate(stations))
