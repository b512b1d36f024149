"""Real photographs, where they are at hand. They are never part of the repository: names and signatures are on them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ocr.read import read_photo
from ocr.read_files import read_files

ROOT = Path(os.environ.get("RUNUT_SHARED", str(Path(__file__).resolve().parents[3] / "shared")))
PHOTOS = ROOT / "photos"
SCREENS = PHOTOS / "c_hasil_2024_screens"

pytestmark = pytest.mark.skipif(
    not PHOTOS.is_dir(),
    reason=f"no photographs at {PHOTOS}; set RUNUT_SHARED to the reference folder to run these tests",
)


def test_the_photographed_page_2_reads_what_is_written_on_it() -> None:
    (reading,) = read_files([SCREENS / "pilpres-2024-hal2.jpg"])
    assert (reading.form, reading.page, reading.refused) == ("C.HASIL-PPWP 2024", 2, None)
    assert {name: field.value for name, field in reading.fields.items()} == {
        "suara_01": 123,
        "suara_02": 274,
        "suara_03": 32,
    }
    assert [field.digits for field in reading.fields.values()] == ["123", "274", "X32"]
    assert [field.bubbles for field in reading.fields.values()] == ["123", "274", "_32"]


def test_pages_2_and_3_together_show_that_the_paper_does_not_add_up() -> None:
    readings = list(read_files([SCREENS / f"pilpres-2024-hal{page}.jpg" for page in (1, 2, 3)]))
    assert [reading.page for reading in readings] == [1, 2, 3]
    values = {name: field.value for reading in readings[1:] for name, field in reading.fields.items()}
    assert values == {
        "suara_01": 123,
        "suara_02": 274,
        "suara_03": 32,
        "suara_sah": 427,
        "suara_tidak_sah": 3,
        "suara_total": 430,
    }
    checks = {check.key: check for check in readings[2].checks}
    assert (checks["suara_sah"].closes, checks["suara_sah"].hint) == (False, "paper")
    assert checks["suara_total"].closes is True
    assert not any(readings[1].fields[name].sure for name in readings[1].fields)


def test_a_crop_without_markers_is_refused() -> None:
    reading = read_photo((PHOTOS / "c_hasil_2024_page2_crop.jpg").read_bytes(), name="crop")
    assert reading.refused in {"no_page_tag", "markers_missing"}
    assert reading.fields == {}


@pytest.mark.parametrize("pattern", ["c1_2019_photos/*.JPG", "c1_2019_scans/*-hal*.png"])
def test_forms_of_another_election_are_read_as_what_they_are_or_not_at_all(pattern: str) -> None:
    files = sorted(PHOTOS.glob(pattern))[:4]
    assert files, pattern
    for file in files:
        reading = read_photo(file.read_bytes(), name=file.name)
        assert (reading.form or "").startswith("C1") or reading.refused, file.name
