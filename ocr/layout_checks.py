"""What a layout must obey beyond the shape of its file. Each rule errs towards refusing the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from ocr.layout_node import Node, Point, Rect
from ocr.layout_parts import Box, Field, Identity, PageLayout, Tag

TAG_FAMILIES = ("apriltag_36h10",)
MOST_SQUARES = 60
"""Rows or columns of a tally."""


def check_page(node: Node, page: PageLayout) -> None:
    """Everything printed lies on the page, the markers make a frame, no two boxes share paper."""
    if page.printed_tag is not None:
        _check_tag(node.get("tag"), page, page.printed_tag)
        _check_markers(node.get("markers"), page)
    for area_node, area in zip(node.get("private_areas_mm").items(), page.private_areas, strict=True):
        check_on_page(area_node, page, area)
    for field in page.fields:
        _check_boxes(node.get("fields").get(field.name).get("boxes"), page, field)
        _check_beside(node.get("fields").get(field.name), page, field)
    _check_overlaps(node.get("fields"), page)


def _check_tag(node: Node, page: PageLayout, tag: Tag) -> None:
    if tag.family not in TAG_FAMILIES:
        raise node.get("family").fail(f"unknown family {tag.family!r}", f"use {' or '.join(TAG_FAMILIES)}")
    check_on_page(node.get("rect_mm"), page, tag.rect)


def check_pages(node: Node, pages: Mapping[int, PageLayout], sections: Mapping[str, tuple[int, ...]]) -> None:
    """Tags tell pages apart, a field name stands on one page only, sections name pages that exist."""
    if not pages:
        raise node.fail("the form has no page", "add one")
    _check_distinct_tags(node, pages)
    for first, second in combinations(pages.values(), 2):
        twice = {field.name for field in first.fields} & {field.name for field in second.fields}
        if twice:
            raise node.get(str(second.number)).fail(
                f"{min(twice)!r} is also on page {first.number}", "give every field of the form a name of its own"
            )
    for page in pages.values():
        for field in page.fields:
            if page.number not in sections.get(field.section, ()):
                raise (
                    node.get(str(page.number))
                    .get("fields")
                    .get(field.name)
                    .get("section")
                    .fail(f"section {field.section!r} does not list page {page.number}", "add the page to the section")
                )


def check_identities(
    node: Node,
    identities: tuple[Identity, ...],
    pages: Mapping[int, PageLayout],
    sections: Mapping[str, tuple[int, ...]],
) -> None:
    """Identities speak of fields that exist, have a key of their own, and lie in the section they name."""
    section_of = {field.name: field.section for page in pages.values() for field in page.fields}
    seen: set[str] = set()
    for item, identity in zip(node.items(), identities, strict=True):
        if identity.key in seen:
            raise item.get("key").fail(f"{identity.key!r} is there twice", "give every identity a key of its own")
        seen.add(identity.key)
        _check_identity(item, identity, section_of, sections)


def _check_identity(
    node: Node, identity: Identity, section_of: Mapping[str, str], sections: Mapping[str, tuple[int, ...]]
) -> None:
    names = (identity.total, *identity.terms)
    if not identity.terms or len(set(names)) != len(names):
        raise node.fail("a total needs terms, none of them twice or itself", "list each term once")
    for name in names:
        if name not in section_of:
            raise node.fail(f"unknown field {name!r}", "use a field that stands under pages")
    if identity.section is None:
        return
    if identity.section not in sections:
        raise node.get("section").fail(f"unknown section {identity.section!r}", "use a section of this form, or null")
    strangers = [name for name in names if section_of[name] != identity.section]
    if strangers:
        raise node.get("section").fail(
            f"{strangers[0]!r} belongs to another section", "write null: it crosses sections"
        )


def _check_distinct_tags(node: Node, pages: Mapping[int, PageLayout]) -> None:
    tagged = [page for page in pages.values() if page.printed_tag is not None]
    for first, second in combinations(tagged, 2):
        if (first.tag.family, first.tag.id) == (second.tag.family, second.tag.id):
            raise (
                node.get(str(second.number))
                .get("tag")
                .get("id")
                .fail(
                    f"tag {second.tag.id} is also that of page {first.number}", "give every page the tag printed on it"
                )
            )


def _check_markers(node: Node, page: PageLayout) -> None:
    for corner, point in page.markers.items():
        check_on_page(node.get(corner), page, (*point, *point))
    left, right = _pair_x(page, "TL", "BL"), _pair_x(page, "TR", "BR")
    top, bottom = _pair_y(page, "TL", "TR"), _pair_y(page, "BL", "BR")
    if max(left) >= min(right) or max(top) >= min(bottom):
        raise node.fail(
            "the markers are not in the corners they name", "TL is up left, TR up right, BR down right, BL down left"
        )


def _pair_x(page: PageLayout, *corners: str) -> list[float]:
    return [page.markers[corner][0] for corner in corners]


def _pair_y(page: PageLayout, *corners: str) -> list[float]:
    return [page.markers[corner][1] for corner in corners]


def _check_boxes(node: Node, page: PageLayout, field: Field) -> None:
    for item, box in zip(node.items(), field.boxes, strict=True):
        check_on_page(item.get("rect_mm"), page, box.rect)
        if box.bubbles:
            _check_bubbles(item.get("bubbles"), page, box)
    lefts = [box.rect[0] for box in field.boxes]
    if lefts != sorted(lefts):
        raise node.fail("the boxes are not in order", "list them from left to right")


def _check_beside(node: Node, page: PageLayout, field: Field) -> None:
    """Tally squares and words lie on the paper; a grid has squares."""
    if field.words is not None:
        check_on_page(node.get("words_mm"), page, field.words)
    if field.strokes is None:
        return
    strokes = node.get("strokes_mm")
    check_on_page(strokes.get("rect"), page, field.strokes.rect)
    if field.strokes.sums is not None:
        check_on_page(strokes.get("sums"), page, field.strokes.sums)
    for name, count in (("rows", field.strokes.rows), ("columns", field.strokes.columns)):
        if not 1 <= count <= MOST_SQUARES:
            raise strokes.get(name).fail(f"{count} {name} make no tally", f"write 1 to {MOST_SQUARES}")


def _check_bubbles(node: Node, page: PageLayout, box: Box) -> None:
    values = [bubble.value for bubble in box.bubbles]
    if len(set(values)) != len(values):
        raise node.fail("a value stands at two bubbles", "give every bubble of a box another digit")
    for item, bubble in zip(node.items(), box.bubbles, strict=True):
        check_on_page(item, page, _around(bubble.centre, bubble.diameter_mm / 2))


def _check_overlaps(node: Node, page: PageLayout) -> None:
    boxes = [(field.name, box.rect) for field in page.fields for box in field.boxes]
    for (first, one), (second, other) in combinations(boxes, 2):
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]:
            raise node.get(second).fail(f"a box overlaps one of {first!r}", "move one of them")
    for area in page.private_areas:
        for name, rect in boxes:
            if area[0] < rect[2] and rect[0] < area[2] and area[1] < rect[3] and rect[1] < area[3]:
                raise node.get(name).fail(
                    "a box lies in a private area", "make the area smaller: it would cover a number"
                )


def _around(centre: Point, radius: float) -> Rect:
    return centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius


def check_on_page(node: Node, page: PageLayout, rect: Iterable[float]) -> None:
    """What is printed lies on the paper."""
    left, top, right, bottom = rect
    width, height = page.size_mm
    if left < 0 or top < 0 or right > width or bottom > height:
        raise node.fail(
            f"outside the page of {width:g} x {height:g} mm", "positions are in mm from the top-left corner"
        )
