"""The demonstration's plan keeps its promises before anything runs."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from hypothesis import given
from hypothesis import strategies as st

from app.core.config import PROJECT
from workers.demo.people import CONFUSIONS
from workers.demo.places import list_places, wilayah_csv
from workers.demo.plan import CLERK_ERRORS, FIELDS, VOTES, make_plan, sirekap_json


def test_places_are_24_tps_in_4_kelurahan_of_4_kecamatan_3_kabupaten_kota_2_provinsi() -> None:
    kodes = [place.tps_kode for place in list_places()]
    assert [len({kode[:length] for kode in kodes}) for length in (2, 4, 6, 10, 13)] == [2, 3, 4, 4, 24]


def test_hierarchy_names_every_level_of_every_place() -> None:
    kodes = {line.split(",")[0] for line in wilayah_csv().splitlines()[1:]}
    for place in list_places():
        assert {place.tps_kode[:length] for length in (2, 4, 6, 10)} <= kodes


@given(st.integers(min_value=0, max_value=10_000))
def test_official_figures_differ_exactly_where_planted(seed: int) -> None:
    plan = make_plan(seed)
    planted = {(item.tps_kode, item.field): (item.paper, item.official) for item in plan.planted}
    assert len(planted) == len(plan.planted) >= 5
    for paper in plan.papers:
        for field in paper.numbers:
            kode = paper.place.tps_kode
            official = plan.official[kode][field]
            paper_value, official_value = planted.get((kode, field), (paper.numbers[field], paper.numbers[field]))
            assert (paper.numbers[field], official) == (paper_value, official_value)
            assert 0 <= official <= 999
            assert ((kode, field) in planted) == (official != paper.numbers[field])


@given(st.integers(min_value=0, max_value=10_000))
def test_papers_close_but_for_the_clerks_errors(seed: int) -> None:
    closing: Counter[bool] = Counter()
    for paper in make_plan(seed).papers:
        numbers = paper.numbers
        assert adds_up(numbers) == paper.closes
        closing[paper.closes] += 1
        for field in () if paper.closes else FIELDS:
            slips = ({**numbers, field: one} for one in misread(numbers[field]))
            assert not any(adds_up(one) for one in slips), "a volunteer's slip would make it close"
    assert closing[False] == CLERK_ERRORS


def adds_up(numbers: Mapping[str, int]) -> bool:
    valid = sum(numbers[field] for field in VOTES)
    return (valid, valid + numbers["suara_tidak_sah"]) == (numbers["suara_sah"], numbers["suara_total"])


def misread(value: int) -> Iterator[int]:
    digits = str(value)
    for place, digit in enumerate(digits):
        yield int(digits[:place] + CONFUSIONS[digit] + digits[place + 1 :])


@given(st.integers(min_value=0, max_value=10_000))
def test_page_1_keeps_every_sum_that_the_form_has(seed: int) -> None:
    layout = json.loads((PROJECT / "ocr" / "layouts" / "c_hasil_ppwp_2024.json").read_text("utf-8"))
    complete = [paper for paper in make_plan(seed).papers if 1 in paper.pages]
    assert len(complete) == 8
    for paper in complete:
        numbers = paper.numbers
        assert set(numbers) == {name for page in layout["pages"].values() for name in page["fields"]}
        assert min(numbers.values()) >= 0
        for sum_ in layout["identities"]:
            if sum_["section"] == "administrasi" or (paper.closes and sum_["section"] is None):
                assert numbers[sum_["total"]] == sum(numbers[term] for term in sum_["terms"]), sum_["key"]


def test_same_seed_same_plan_other_seed_other_plan() -> None:
    assert make_plan(3) == make_plan(3)
    assert make_plan(3) != make_plan(4)


def test_sirekap_shape_holds_a_null_key_and_the_numbers() -> None:
    numbers = dict(zip(FIELDS, (1, 2, 3, 6, 4, 10), strict=True))
    body = json.loads(sirekap_json(numbers))
    assert body["chart"] == {"null": None, "100025": 1, "100026": 2, "100027": 3}
    assert body["administrasi"] == {"suara_sah": 6, "suara_tidak_sah": 4, "suara_total": 10}


def test_sirekap_calls_the_dpk_otherwise_and_keeps_ballot_papers_to_itself() -> None:
    complete = next(paper for paper in make_plan(1).papers if 1 in paper.pages)
    shown = json.loads(sirekap_json(complete.numbers))["administrasi"]
    assert shown["pengguna_non_dpt_p"] == complete.numbers["pengguna_dpk_p"]
    assert not [name for name in shown if name.startswith(("surat_suara", "disabilitas"))]
    assert len(shown) == 3 + 15
