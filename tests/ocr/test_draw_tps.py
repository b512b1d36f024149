"""Drawn polling stations: numbers that close, mistakes as often as stated, a truth that is what the paper shows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.draw.clerk import EVALUATION_FAULTS, Faults, fill_in
from ocr.draw.command import draw_station, draw_to_folder, example_stations
from ocr.draw.tps import draw_tps
from ocr.draw.votes import draw_votes
from ocr.draw.written import Written
from ocr.layout import load_layout

LAYOUT = load_layout("c_hasil_ppwp_2024")


@given(st.integers(0, 2**32))
def test_drawn_numbers_keep_every_identity_and_fit_the_boxes(seed: int) -> None:
    values = draw_votes(np.random.default_rng(seed))
    assert set(values) == {field.name for page in LAYOUT.pages.values() for field in page.fields}
    assert all(0 <= value <= 999 for value in values.values())
    for identity in LAYOUT.identities:
        assert values[identity.total] == sum(values[term] for term in identity.terms), identity.key
    assert values["pengguna_dpt_l"] <= values["pemilih_dpt_l"]
    assert values["disabilitas_p"] <= values["pengguna_total_p"]


def papers(count: int, faults: Faults) -> list[tuple[dict[str, int], dict[str, Written]]]:
    drawn = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        values = {name: value for name, value in draw_votes(rng).items() if name.startswith("suara_")}
        drawn.append((values, dict(fill_in(LAYOUT, values, faults, rng))))
    return drawn


def test_without_faults_the_paper_says_what_was_meant() -> None:
    for values, written in papers(60, Faults()):
        for name, value in values.items():
            field = written[name]
            assert field.value == value
            assert not field.corrected
            marks = field.marks
            assert (marks is None) == (name not in {"suara_01", "suara_02", "suara_03"})
            assert marks is None or int(marks.replace("_", "0")) == value


def test_mistakes_come_as_often_as_stated() -> None:
    count = 700
    broken = wrong = missing = overwritten = columns = struck = 0
    for values, written in papers(count, EVALUATION_FAULTS):
        struck += sum(bool(field.struck) for field in written.values())
        broken += any(written[name].value != value for name, value in values.items())
        for name in ("suara_01", "suara_02", "suara_03"):
            columns += 1
            field = written[name]
            marks, symbols = field.marks, field.symbols
            missing += marks is None or "_" in marks[-1:]
            wrong += marks is not None and any(
                mark not in {"_", symbol if symbol.isdecimal() else "0"}
                for mark, symbol in zip(marks, symbols, strict=True)
            )
            overwritten += bool(field.corrected)
    assert struck / (6 * count) == pytest.approx(0.005, abs=0.004)
    assert broken / count == pytest.approx(0.03, abs=0.02)
    assert wrong / columns == pytest.approx(0.04, abs=0.012)
    assert missing / columns == pytest.approx(0.10 * 0.96 * (0.4 + 0.6 / 3), abs=0.015)  # all, or the units' column
    assert overwritten / columns == pytest.approx(0.15, abs=0.025)


def test_each_section_breaks_sums_of_its_own() -> None:
    always = Faults(broken_sum=1.0)
    for seed in range(40):
        values = draw_votes(np.random.default_rng(seed))
        written = fill_in(LAYOUT, values, always, np.random.default_rng(seed))
        off = [name for name, value in values.items() if written[name].value != value]
        assert sorted(LAYOUT.field(name).section for name in off) == ["administrasi", "suara"]


@pytest.mark.parametrize("seed", range(4))
def test_a_struck_row_shows_its_new_number_outside_the_boxes(seed: int) -> None:
    values = {"suara_sah": 123}
    drawn = draw_tps(values, seed=seed, split="demo", pages=(3,), faults=Faults(struck=1.0), px_per_mm=2.0)
    plain = draw_tps(values, seed=seed, split="demo", pages=(3,), px_per_mm=2.0)
    truth = drawn.truth[3].fields["suara_sah"]
    assert (truth.value, truth.corrected) == (123, "struck")
    assert plain.truth[3].fields["suara_sah"].corrected == ""
    left, top, right, _ = LAYOUT.field("suara_sah").boxes[0].rect[:2] + LAYOUT.field("suara_sah").boxes[-1].rect[2:]
    around = np.zeros(drawn.pages[3].shape[:2], bool)
    around[round((top - 6) * 2) : round((top - 1) * 2), round(left * 2) : round(right * 2)] = True
    around[round(top * 2) : round((top + 18) * 2), round((left - 26) * 2) : round((left - 6) * 2)] = True
    differs = (drawn.pages[3] != plain.pages[3]).any(axis=2)
    assert (differs & around).sum() > 20


def test_faint_and_erased_bubbles_are_lighter_than_blackened_ones() -> None:
    how = {
        "blackened": Faults(),
        "faint": Faults(faint_bubble=1.0),
        "erased": Faults(erased_bubble=1.0),
    }
    pages = {
        name: draw_tps({"suara_01": 444}, seed=2, split="demo", pages=(2,), faults=faults, px_per_mm=2.0)
        for name, faults in how.items()
    }
    assert {drawing.truth[2].fields["suara_01"].bubbles for drawing in pages.values()} == {"444"}
    dark = {name: float((255 - drawing.pages[2]).sum()) for name, drawing in pages.items()}
    assert dark["faint"] < dark["blackened"] < dark["erased"]


def test_a_station_is_drawn_again_from_its_seed_page_by_page() -> None:
    both = draw_tps(None, seed=9, split="demo", px_per_mm=2.0)
    alone = draw_tps(None, seed=9, split="demo", pages=(3,), px_per_mm=2.0)
    other = draw_tps(None, seed=10, split="demo", pages=(3,), px_per_mm=2.0)
    assert np.array_equal(both.pages[3], alone.pages[3])
    assert both.truth[3] == alone.truth[3]
    assert not np.array_equal(alone.pages[3], other.pages[3])


def test_given_numbers_are_written_and_the_rest_stays_empty() -> None:
    drawing = draw_tps({"suara_01": 8, "suara_02": 166}, seed=1, split="demo", pages=(2,), px_per_mm=2.0)
    fields = drawing.truth[2].fields
    assert (fields["suara_01"].value, fields["suara_02"].value) == (8, 166)
    assert (fields["suara_03"].value, fields["suara_03"].digits, fields["suara_03"].bubbles) == (None, "___", None)


def test_a_number_of_four_digits_is_refused() -> None:
    with pytest.raises(ValueError, match="1000 does not fit"):
        draw_tps({"suara_sah": 1000}, seed=1, split="demo", pages=(3,))


def test_a_folder_holds_the_photographs_and_their_truth(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    truth = draw_to_folder(
        tmp_path / "out",
        count=2,
        seed=3,
        tier="scan",
        split="demo",
        pages=(3,),
        progress=lambda done, all_: calls.append((done, all_)),
    )
    names = sorted(path.name for path in (tmp_path / "out").glob("*.jpg"))
    assert names == ["3171011001001-hal3.jpg", "3171011002001-hal3.jpg"]
    assert calls == [(1, 2), (2, 2)]
    assert json.loads((tmp_path / "out" / "truth.json").read_text()) == truth
    assert set(truth[names[0]]) == {"page", "fields"}
    assert set(truth[names[0]]["fields"]["suara_sah"]) == {"value", "digits", "bubbles"}
    assert truth[names[0]]["page"] == 3


@settings(max_examples=30)
@given(st.integers(1, 5994))
def test_example_stations_have_codes_of_their_own(count: int) -> None:
    stations = example_stations(count)
    assert len({station.code for station in stations}) == count
    assert all(len(station.code) == 13 and station.code.endswith(f"{station.place.tps:03d}") for station in stations)


def test_too_many_stations_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 5994"):
        example_stations(5995)


def test_a_station_given_by_its_code_names_its_files() -> None:
    station = example_stations(1)[0]
    files = draw_station(
        station, seed=1, tier="scan", split="train", pages=(2,), values={"suara_01": 5}, faults=Faults()
    )
    assert [file.name for file in files] == ["3171011001001-hal2.jpg"]
    assert files[0].truth["fields"]["suara_01"]["value"] == 5
    assert files[0].data.startswith(b"\xff\xd8")
