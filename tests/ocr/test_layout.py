"""The layout that ships says what the form says, and a layout with a mistake is refused with the place and a remedy."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.layout import Layout, LayoutError, load_layout, load_layouts, parse_layout

KEY = "c_hasil_ppwp_2024"
SHIPPED = resources.files("ocr.layouts").joinpath(f"{KEY}.json").read_bytes()
Document = dict[str, Any]


@pytest.fixture
def layout() -> Layout:
    return load_layout(KEY)


def changed(change: Callable[[Document], object]) -> bytes:
    document = json.loads(SHIPPED)
    change(document)
    return json.dumps(document).encode()


def test_every_box_of_the_form_is_there(layout: Layout) -> None:
    assert {number: len(page.fields) for number, page in layout.pages.items()} == {1: 22, 2: 3, 3: 3}
    assert sum(len(field.boxes) for page in layout.pages.values() for field in page.fields) == 84
    assert [page.tag.id for page in layout.pages.values()] == [101, 102, 103]
    assert layout.sha256 == hashlib.sha256(SHIPPED).hexdigest()


def test_fields_are_found_by_name(layout: Layout) -> None:
    field = layout.field("suara_02")
    assert (field.section, layout.page_of("suara_02")) == ("suara", 2)
    assert [box.rect for box in field.boxes] == [
        (455.0, 336.56, 475.0, 356.56),
        (478.5, 336.56, 498.5, 356.56),
        (502.0, 336.56, 522.0, 356.56),
    ]
    with pytest.raises(KeyError):
        layout.field("suara_04")


def test_bubbles_stand_under_their_boxes(layout: Layout) -> None:
    for field in layout.pages[2].fields:
        for box in field.boxes:
            assert [bubble.value for bubble in box.bubbles] == list(range(10))
            assert all(
                abs(bubble.centre[0] - 465 - 23.5 * at) < 0.1
                for at, b in enumerate(field.boxes)
                for bubble in b.bubbles
            )
            assert all(bubble.centre[1] > box.rect[3] for bubble in box.bubbles)
    assert not any(box.bubbles for number in (1, 3) for field in layout.pages[number].fields for box in field.boxes)


def test_fourteen_identities_and_their_sections(layout: Layout) -> None:
    assert len(layout.identities) == 14
    sections = [identity.section for identity in layout.identities]
    assert (sections.count("administrasi"), sections.count("suara"), sections.count(None)) == (11, 2, 1)
    suara_sah = next(identity for identity in layout.identities if identity.key == "suara_sah")
    assert suara_sah.terms == ("suara_01", "suara_02", "suara_03")


def test_an_unknown_key_names_those_there_are() -> None:
    with pytest.raises(LayoutError, match=KEY):
        load_layout("c1_1955")
    assert KEY in load_layouts()


def page(document: Document, number: int = 2) -> Document:
    return document["pages"][str(number)]  # type: ignore[no-any-return]


def boxes(document: Document, field: str = "suara_01") -> list[Document]:
    return page(document)["fields"][field]["boxes"]  # type: ignore[no-any-return]


BROKEN: dict[str, tuple[Callable[[Document], object], str, str]] = {
    "no form": (lambda d: d.pop("form"), r"^\(file\)", "add 'form'"),
    "empty source": (lambda d: d.update(source=" "), "^source", "not empty"),
    "page zero": (lambda d: d["pages"].update({"0": page(d)}), r"^pages\.0", "no page number"),
    "no pages": (lambda d: d.update(pages={}), "^pages", "add one"),
    "page without size": (lambda d: page(d).update(size_mm=[0, 900]), r"^pages\.2\.size_mm", "width"),
    "no tag": (lambda d: page(d).pop("tag"), r"^pages\.2", "add 'tag'"),
    "unknown tag family": (lambda d: page(d)["tag"].update(family="qr"), r"^pages\.2\.tag\.family", "apriltag_36h10"),
    "tag id no number": (lambda d: page(d)["tag"].update(id="102"), r"^pages\.2\.tag\.id", "digits"),
    "two pages, one tag": (lambda d: page(d)["tag"].update(id=101), r"^pages\.2\.tag\.id", "page 1"),
    "tag outside": (lambda d: page(d)["tag"].update(rect_mm=[590, 1, 601, 9]), r"^pages\.2\.tag\.rect_mm", "outside"),
    "lost marker": (lambda d: page(d)["markers"].pop("BR"), r"^pages\.2\.markers", "'BR'"),
    "marker outside": (lambda d: page(d)["markers"].update(BR=[552, 901]), r"^pages\.2\.markers\.BR", "outside"),
    "markers swapped": (
        lambda d: page(d)["markers"].update(TL=page(d)["markers"]["TR"], TR=page(d)["markers"]["TL"]),
        r"^pages\.2\.markers",
        "corners",
    ),
    "marker without size": (lambda d: page(d).update(marker_square_mm=0), r"marker_square_mm", "greater than 0"),
    "box outside": (
        lambda d: boxes(d)[2].update(rect_mm=[590, 184, 610, 204]),
        r"suara_01\.boxes\[2\]\.rect_mm",
        "outside",
    ),
    "box without area": (lambda d: boxes(d)[0].update(rect_mm=[475, 184, 455, 204]), r"boxes\[0\]\.rect_mm", "area"),
    "box of three numbers": (lambda d: boxes(d)[0].update(rect_mm=[1, 2, 3]), r"boxes\[0\]\.rect_mm", "4 numbers"),
    "box of text": (lambda d: boxes(d)[0].update(rect_mm=["1", 2, 3, 4]), r"rect_mm\[0\]", "a number"),
    "boxes that overlap": (
        lambda d: boxes(d, "suara_02")[0].update(rect_mm=[460, 190, 474, 200]),
        r"^pages\.2\.fields\.suara_02",
        "overlaps one of 'suara_01'",
    ),
    "boxes out of order": (lambda d: boxes(d).reverse(), r"suara_01\.boxes", "left to right"),
    "field without boxes": (lambda d: boxes(d).clear(), r"suara_01\.boxes", "no box"),
    "boxes no list": (lambda d: page(d)["fields"]["suara_01"].update(boxes={}), r"suara_01\.boxes", "list"),
    "guide no flag": (lambda d: boxes(d)[0].update(guide="yes"), r"boxes\[0\]\.guide", "true or false"),
    "bubble of eleven": (lambda d: boxes(d)[0]["bubbles"][1].update(value=11), r"bubbles\[1\]\.value", "no digit"),
    "bubble twice": (lambda d: boxes(d)[0]["bubbles"][1].update(value=0), r"boxes\[0\]\.bubbles", "two bubbles"),
    "bubble outside": (lambda d: boxes(d)[0]["bubbles"][1].update(centre_mm=[599, 9]), r"bubbles\[1\]", "outside"),
    "bubbles of no size": (lambda d: boxes(d)[0].pop("bubble_diameter_mm"), r"boxes\[0\]", "bubble_diameter_mm"),
    "field on two pages": (
        lambda d: page(d, 3)["fields"].update(suara_01=copy.deepcopy(page(d, 3)["fields"].pop("suara_sah"))),
        r"^pages\.3",
        "also on page 2",
    ),
    "unknown section of a field": (
        lambda d: page(d)["fields"]["suara_01"].update(section="partai"),
        r"suara_01\.section",
        "does not list page 2",
    ),
    "section without the page": (lambda d: d["sections"].update(suara=[3]), r"^sections\.suara", "object"),
    "section that forgets a page": (
        lambda d: d["sections"].update(suara={"pages": [3]}),
        r"suara_01\.section",
        "page 2",
    ),
    "private area over a box": (
        lambda d: page(d).update(private_areas_mm=[[400, 180, 500, 190]]),
        r"fields\.suara_01",
        "private area",
    ),
    "private area outside": (
        lambda d: page(d).update(private_areas_mm=[[-1, 0, 9, 9]]),
        r"private_areas_mm\[0\]",
        "outside",
    ),
    "identity of an unknown total": (
        lambda d: d["identities"][11].update(total="x"),
        r"^identities\[11\]",
        "unknown field 'x'",
    ),
    "identity of an unknown term": (
        lambda d: d["identities"][11].update(terms=["x"]),
        r"^identities\[11\]",
        "unknown field 'x'",
    ),
    "identity of no terms": (lambda d: d["identities"][11].update(terms=[]), r"^identities\[11\]", "terms"),
    "identity of itself": (lambda d: d["identities"][11].update(terms=["suara_sah"]), r"^identities\[11\]", "itself"),
    "identity key twice": (lambda d: d["identities"][12].update(key="suara_sah"), r"^identities\[12\]\.key", "twice"),
    "identity of an unknown section": (
        lambda d: d["identities"][11].update(section="partai"),
        r"^identities\[11\]\.section",
        "unknown section",
    ),
    "identity across sections": (
        lambda d: d["identities"][13].update(section="suara"),
        r"^identities\[13\]\.section",
        "write null",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_layout_is_refused_with_place_and_remedy(name: str) -> None:
    change, place, words = BROKEN[name]
    with pytest.raises(LayoutError, match=place) as raised:
        parse_layout(changed(change))
    assert words in str(raised.value)


def test_a_name_that_stands_twice_is_refused() -> None:
    twice = SHIPPED.replace(b'"suara_02":', b'"suara_01":', 1)
    with pytest.raises(LayoutError, match=r"suara_01.*twice"):
        parse_layout(twice)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[]", b"null"])
def test_bytes_that_are_no_layout_are_refused(data: bytes) -> None:
    with pytest.raises(LayoutError, match=r"^\(file\)"):
        parse_layout(data)


@given(st.data())
def test_dropping_any_one_value_never_passes_silently_as_the_same_form(data: st.DataObject) -> None:
    document = json.loads(SHIPPED)
    at: Any = document
    while isinstance(at, dict | list) and at:
        keys = sorted(at) if isinstance(at, dict) else range(len(at))
        key = data.draw(st.sampled_from(list(keys)))
        if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.booleans()):
            del at[key]
            break
        at = at[key]
    try:
        parsed = parse_layout(json.dumps(document).encode())
    except LayoutError:
        return
    assert parsed != load_layout(KEY)
