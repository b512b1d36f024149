"""What a page without a tag must have, to be found and told from other forms by its print alone."""

from __future__ import annotations

from ocr.layout_checks import check_on_page
from ocr.layout_node import Node, Rect
from ocr.layout_parts import PageLayout

LEAST_RULES = 3
"""Level ones, and as many upright ones: fewer fit into any table."""

LEAST_SPREAD = 0.4
"""Share of the page's width and height that the rules must span; what lies far outside them would be guessed."""

LEAST_LETTERS = 6
"""In the words of one title: fewer are met by chance in a smudge."""

CORNERS = ("TL", "TR", "BR", "BL")


def check_untagged(node: Node, page: PageLayout) -> None:
    """Rules on the page that span it, and a title that can be told from others."""
    rules = node.get("rules_mm")
    for item, rule in zip(rules.items(), page.rules, strict=True):
        check_on_page(item, page, rule)
    level = [rule for rule in page.rules if rule[1] == rule[3]]
    if min(len(level), len(page.rules) - len(level)) < LEAST_RULES:
        raise rules.fail(
            f"{len(level)} level and {len(page.rules) - len(level)} upright rules are too few",
            f"give {LEAST_RULES} of each at least",
        )
    _check_spread(rules, page)
    _check_titles(node.get("titles"), page)
    _check_squares(node, page)


def _check_spread(node: Node, page: PageLayout) -> None:
    left, top, right, bottom = _span(page)
    if right - left < LEAST_SPREAD * page.size_mm[0] or bottom - top < LEAST_SPREAD * page.size_mm[1]:
        raise node.fail("the rules span too small a part of the page", "add rules further out, or cut the page smaller")


def _span(page: PageLayout) -> Rect:
    """The rectangle around the rules."""
    across = [x for rule in page.rules for x in rule[::2]]
    down = [y for rule in page.rules for y in rule[1::2]]
    return min(across), min(down), max(across), max(down)


def _check_titles(node: Node, page: PageLayout) -> None:
    if not page.titles:
        raise node.fail("the page has no title", "give the words that name the form, and where they are printed")
    for item, title in zip(node.items(), page.titles, strict=True):
        check_on_page(item.get("rect_mm"), page, title.rect)
        if sum(map(len, title.words)) < LEAST_LETTERS:
            raise item.get("words").fail(
                f"{' '.join(title.words)!r} is too short to name a form", f"give words of {LEAST_LETTERS} letters"
            )


def _check_squares(node: Node, page: PageLayout) -> None:
    for corner, centre in page.squares.items():
        if corner not in CORNERS:
            raise node.get("squares").fail(f"{corner!r} is no corner", f"use {', '.join(CORNERS)}")
        check_on_page(node.get("squares").get(corner), page, (*centre, *centre))
