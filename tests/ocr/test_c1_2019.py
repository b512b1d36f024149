"""Forms of 2019, real ones, where they are at hand: scans of the C1 and photographs of the plano."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ocr.read import read_photo, read_together

ROOT = Path(os.environ.get("RUNUT_SHARED", str(Path(__file__).resolve().parents[3] / "shared")))
PHOTOS = ROOT / "photos"
PLANO = {"suara_01": "X11", "suara_02": "X92", "suara_tidak_sah": "XX8", "suara_sah": "103", "suara_total": "111"}

pytestmark = [
    pytest.mark.slow(30),
    pytest.mark.skipif(
        not PHOTOS.is_dir(),
        reason=f"no photographs at {PHOTOS}; set RUNUT_SHARED to the reference folder to run these tests",
    ),
]


@pytest.mark.parametrize("tps", ["00", "03"])
def test_two_scanned_pages_say_what_was_published(tps: str) -> None:
    published = json.loads((PHOTOS / "c1_2019_scans" / "situng.json").read_bytes())[tps]
    files = [PHOTOS / "c1_2019_scans" / f"{tps}-hal{page}.png" for page in (1, 2)]
    readings = read_together([(file.name, file.read_bytes()) for file in files])
    assert [(one.form, one.page, one.refused) for one in readings] == [
        ("C1-PPWP 2019", 1, None),
        ("C1-PPWP 2019", 2, None),
    ]
    read = {name: field.value for one in readings for name, field in one.fields.items()}
    assert {name: read[name] for name in published} == published


@pytest.mark.parametrize("name", ["3.JPG", "4.JPG"])
def test_a_plano_held_in_the_hand_is_read_even_when_it_is_cut_off(name: str) -> None:
    reading = read_photo((PHOTOS / "c1_2019_photos" / name).read_bytes(), name=name)
    assert (reading.form, reading.page, reading.refused) == ("C1.Plano-PPWP 2019", 2, None)
    assert {field: one.digits for field, one in reading.fields.items()} == PLANO
