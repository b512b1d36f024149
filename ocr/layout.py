"""Where the boxes of a form are printed, and which sums its numbers obey: read from a data file, checked on load.

All positions are millimetres from the page's top-left corner, x to the right, y down. A form that breaks a rule is
refused whole: a box that is a little wrong would be read as a number that is entirely wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from ocr.layout_checks import check_identities, check_page, check_pages
from ocr.layout_node import LayoutError, Node, Point, Rect, parse_json
from ocr.layout_parts import Box, Bubble, Field, Identity, PageLayout, StrokeGrid, Tag, Title
from ocr.layout_untagged import check_untagged

__all__ = [
    "Box", "Bubble", "Field", "Identity", "Layout", "LayoutError", "PageLayout", "Point", "Rect", "StrokeGrid", "Tag",
    "Title", "load_layout", "load_layouts", "parse_layout", "try_layout",
]  # fmt: skip

CORNERS = ("TL", "TR", "BR", "BL")


@dataclass(frozen=True)
class Layout:
    """One form. `sha256` is that of the file's bytes: a reading names it, so that it can be repeated."""

    key: str
    form: str
    source: str
    sha256: str
    sections: Mapping[str, tuple[int, ...]]
    pages: Mapping[int, PageLayout]
    identities: tuple[Identity, ...]

    def field(self, name: str) -> Field:
        """The field of that name, on whichever page; KeyError if the form has none."""
        return self.pages[self.page_of(name)].field(name)

    def page_of(self, name: str) -> int:
        """The number of the page that bears the field; KeyError if the form has none of that name."""
        for number, page in self.pages.items():
            if any(field.name == name for field in page.fields):
                return number
        raise KeyError(name)


def parse_layout(data: bytes) -> Layout:
    """A checked layout from the bytes of its JSON file; LayoutError says where it is wrong and what to do."""
    root = parse_json(data)
    sections = {
        name: tuple(page.whole() for page in node.get("pages").items()) for name, node in root.get("sections").members()
    }
    pages = {
        int(number): page for number, page in (_parse_page(name, node) for name, node in root.get("pages").members())
    }
    identities = tuple(_parse_identity(node) for node in root.get("identities").items())
    check_pages(root.get("pages"), pages, sections)
    check_identities(root.get("identities"), identities, pages, sections)
    return Layout(
        key=root.get("key").text(),
        form=root.get("form").text(),
        source=root.get("source").text(),
        sha256=hashlib.sha256(data).hexdigest(),
        sections=MappingProxyType(sections),
        pages=MappingProxyType(dict(sorted(pages.items()))),
        identities=identities,
    )


@cache
def load_layouts() -> Mapping[str, Layout]:
    """Every layout that ships, by its key."""
    files = sorted(file.name for file in resources.files("ocr.layouts").iterdir() if file.name.endswith(".json"))
    layouts = [parse_layout(resources.files("ocr.layouts").joinpath(name).read_bytes()) for name in files]
    return MappingProxyType({layout.key: layout for layout in layouts} | _tried)


_tried: dict[str, Layout] = {}
"""Layouts that are tried out, by `try_layout`; empty in every reader."""


def try_layout(layout: Layout) -> None:
    """Let this process read one more form, for good: a workshop's process that was started for it."""
    _tried[layout.key] = layout
    load_layouts.cache_clear()


def load_layout(key: str) -> Layout:
    """The layout that ships under `key`."""
    layouts = load_layouts()
    if key not in layouts:
        raise LayoutError(key, "no layout has this key", f"use one of {', '.join(layouts)}")
    return layouts[key]


def _parse_page(name: str, node: Node) -> tuple[int, PageLayout]:
    if not name.isdecimal() or int(name) < 1:
        raise node.fail(f"{name!r} is no page number", 'name pages "1", "2", ...')
    ruled = node.optional("rules_mm")
    page = _parse_ruled(int(name), node, ruled) if ruled else _parse_tagged(int(name), node)
    check_page(node, page)
    if ruled:
        check_untagged(node, page)
    return page.number, page


def _parse_tagged(number: int, node: Node) -> PageLayout:
    """A page with a tag and four corner markers."""
    return PageLayout(
        number=number,
        size_mm=_parse_size(node.get("size_mm")),
        markers=MappingProxyType({corner: node.get("markers").get(corner).point() for corner in CORNERS}),
        marker_square_mm=node.get("marker_square_mm").size(),
        printed_tag=_parse_tag(node.get("tag")),
        fields=_parse_fields(node),
        private_areas=_parse_private(node),
    )


def _parse_ruled(number: int, node: Node, rules: Node) -> PageLayout:
    """A page that is known by its printed rules and titles; corner squares help where there are such."""
    squares = node.optional("squares")
    return PageLayout(
        number=number,
        size_mm=_parse_size(node.get("size_mm")),
        markers=MappingProxyType({}),
        marker_square_mm=0.0,
        printed_tag=None,
        fields=_parse_fields(node),
        private_areas=_parse_private(node),
        rules=tuple(_parse_rule(rule) for rule in rules.items()),
        titles=tuple(_parse_title(title) for title in node.get("titles").items()),
        squares=MappingProxyType({corner: point.point() for corner, point in squares.members()} if squares else {}),
        square_mm=node.get("square_mm").size() if squares else 0.0,
    )


def _parse_rule(node: Node) -> Rect:
    x0, y0, x1, y1 = (item.number() for item in node.four("[x0, y0, x1, y1]"))
    if (x0 == x1) == (y0 == y1) or x1 < x0 or y1 < y0:
        raise node.fail("a rule is level or upright, from left to right or from top to bottom", "make two ends equal")
    return x0, y0, x1, y1


def _parse_title(node: Node) -> Title:
    return Title(tuple(word.text() for word in node.get("words").items()), node.get("rect_mm").rect())


def _parse_fields(node: Node) -> tuple[Field, ...]:
    return tuple(_parse_field(name, field) for name, field in node.get("fields").members())


def _parse_private(node: Node) -> tuple[Rect, ...]:
    """Names and signatures; a page without any says why, so that none is forgotten."""
    areas = node.get("private_areas_mm")
    if not areas.items():
        node.get("private_areas_note").text()
    return tuple(area.rect() for area in areas.items())


def _parse_size(node: Node) -> Point:
    width, height = node.point()
    if width <= 0 or height <= 0:
        raise node.fail(f"{width:g} x {height:g} mm is no page", "write [width, height] in millimetres")
    return width, height


def _parse_tag(node: Node) -> Tag:
    turned = node.optional("quarter_turns")
    return Tag(
        family=node.get("family").text(),
        id=node.get("id").whole(),
        rect=node.get("rect_mm").rect(),
        quarter_turns=turned.whole() % 4 if turned else 0,
    )


def _parse_field(name: str, node: Node) -> Field:
    boxes = tuple(_parse_box(box) for box in node.get("boxes").items())
    if not boxes:
        raise node.get("boxes").fail("the field has no box", "give one box a digit, from left to right")
    strokes, words = node.optional("strokes_mm"), node.optional("words_mm")
    return Field(
        name=name,
        boxes=boxes,
        section=node.get("section").text(),
        strokes=_parse_strokes(strokes) if strokes else None,
        words=words.rect() if words else None,
    )


def _parse_strokes(node: Node) -> StrokeGrid:
    sums = node.optional("sums")
    return StrokeGrid(
        rect=node.get("rect").rect(),
        rows=node.get("rows").whole(),
        columns=node.get("columns").whole(),
        sums=sums.rect() if sums else None,
    )


def _parse_box(node: Node) -> Box:
    bubbles = node.optional("bubbles")
    diameter = node.get("bubble_diameter_mm").size() if bubbles else 0.0
    return Box(
        rect=node.get("rect_mm").rect(),
        border_mm=node.get("border_mm").size(),
        guide=node.get("guide").flag(),
        bubbles=tuple(_parse_bubble(bubble, diameter) for bubble in bubbles.items()) if bubbles else (),
    )


def _parse_bubble(node: Node, diameter_mm: float) -> Bubble:
    value = node.get("value").whole()
    if not 0 <= value <= 9:
        raise node.get("value").fail(f"{value} is no digit", "write 0 to 9")
    return Bubble(value=value, centre=node.get("centre_mm").point(), diameter_mm=diameter_mm)


def _parse_identity(node: Node) -> Identity:
    section = node.get("section")
    return Identity(
        key=node.get("key").text(),
        total=node.get("total").text(),
        terms=tuple(term.text() for term in node.get("terms").items()),
        section=None if section.value is None else section.text(),
    )
