"""How a page's numbers are grouped: by the rows of the form, or not at all."""

import json

from app.core.config import PROJECT
from app.web.field_groups import group_fields

LAYOUT = json.loads((PROJECT / "ocr" / "layouts" / "c_hasil_ppwp_2024.json").read_text("utf-8"))


def test_page_1_has_the_rows_of_the_form() -> None:
    groups = group_fields(tuple(LAYOUT["pages"]["1"]["fields"]))
    assert [group.title for group in groups] == [
        "pemilih DPT", "pengguna DPT", "pengguna DPTb", "pengguna DPK", "pengguna total", "surat suara", "disabilitas",
    ]  # fmt: skip
    assert [group.columns for group in groups] == [True] * 5 + [False, True]
    assert groups[0].names == ("L", "P", "J")
    assert groups[5].names == ("diterima", "digunakan", "dikembalikan", "tidak digunakan")


def test_no_field_is_lost_or_moved() -> None:
    fields = tuple(LAYOUT["pages"]["1"]["fields"])
    assert tuple(name for group in group_fields(fields) for name in group.fields) == fields


def test_pages_with_a_few_large_boxes_stay_as_they_are() -> None:
    for page in "23":
        assert group_fields(tuple(LAYOUT["pages"][page]["fields"])) == ()
