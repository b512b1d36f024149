"""Layouts of forms without a tag: what they must have, and where a mistake is said to be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest

from ocr.layout import LayoutError, load_layouts, parse_layout

SHIPPED = resources.files("ocr.layouts").joinpath("c1_plano_ppwp_2019.json").read_bytes()
Document = dict[str, Any]


def page(document: Document) -> Document:
    return document["pages"]["2"]  # type: ignore[no-any-return]


BROKEN: dict[str, tuple[Callable[[Document], object], str, str]] = {
    "slanting rule": (lambda d: page(d)["rules_mm"].append([1, 1, 9, 9]), r"rules_mm\[100\]", "level or upright"),
    "rule outside": (lambda d: page(d)["rules_mm"].append([1, 1, 211, 1]), r"rules_mm\[100\]", "outside"),
    "few rules": (lambda d: page(d).update(rules_mm=page(d)["rules_mm"][:4]), "rules_mm", "too few"),
    "no title": (lambda d: page(d).update(titles=[]), "titles", "words that name the form"),
    "short title": (lambda d: page(d)["titles"][0].update(words=["C1"]), r"titles\[0\]\.words", "too short"),
    "no private area": (lambda d: page(d).update(private_areas_mm=[]), r"pages\.2", "private_areas_note"),
    "unknown corner": (lambda d: page(d).update(squares={"XX": [5, 5]}, square_mm=4), "squares", "no corner"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_is_named_with_its_place(name: str) -> None:
    change, path, words = BROKEN[name]
    document = json.loads(SHIPPED)
    change(document)
    with pytest.raises(LayoutError, match=words) as caught:
        parse_layout(json.dumps(document).encode())
    assert re.search(path, caught.value.path)


def test_a_page_may_have_no_private_area_for_a_reason() -> None:
    document = json.loads(SHIPPED)
    page(document).update(private_areas_mm=[], private_areas_note="Nobody signs this page.")
    assert parse_layout(json.dumps(document).encode()).pages[2].private_areas == ()


def test_a_page_without_a_tag_says_so() -> None:
    with pytest.raises(LayoutError, match="no tag"):
        _ = parse_layout(SHIPPED).pages[2].tag


def test_every_form_that_ships_covers_names() -> None:
    for layout in load_layouts().values():
        assert all(page.private_areas for page in layout.pages.values()), layout.key
