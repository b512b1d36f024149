"""Rows as the XML of an Excel sheet (ECMA-376, part 1: 18.3.1.73 ``row``, 18.3.1.4 ``c``), text written in its cell.

A row is one formatted string: rows that have the same cells empty share a template. Only a row in which some character
wants care is looked at cell by cell; in ten thousand rows of codes and names there is hardly one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress

from xlsxwriter.utility import xl_col_to_name

CELL_MAX = 32_767
"""UTF-16 units in a cell: Excel's own limit. A workbook with a longer one is called broken."""

CUT = "…"
"""Stands at the end of a text that was cut."""

ROWS_AT_ONCE = 256
"""Rows joined to a block: some 400 KB, so that compressing goes on beside other threads."""

_SHORT = CELL_MAX // 2
"""Characters of a row in which no cell can be too long, whatever its characters are."""

_BETWEEN = "|"
# What XML cannot hold or reads otherwise, what looks like an escape, and blanks at the edge of a cell.
_needs_care = re.compile(r"[\x00-\x08\x0b-\x1f&<>\ufffe\uffff]|_x|(?:^|\|)[ \t\n]|[ \t\n](?:\||$)").search
_ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_PLACE = "\0"  # the number of the row, in a template


class RowSpeller:
    """Spells the rows of one table. Keeps a template for each set of cells that are empty together: a few."""

    def __init__(self, numeric: Sequence[bool]) -> None:
        """``numeric``: of each column, whether whole numbers stand in it."""
        self._columns = [(xl_col_to_name(place), is_number) for place, is_number in enumerate(numeric)]
        self._templates: dict[tuple[bool, ...], tuple[str, str]] = {}

    def spell_blocks(self, rows: Iterable[Sequence[str]], *, first: int) -> Iterator[bytes]:
        """Yield the XML of ``rows`` in blocks; ``first``: the number of the first row, counted from 1.

        An empty cell is left out. The cells of numeric columns hold whole numbers in decimal digits, or nothing.
        """
        block: list[str] = []
        for place, row in enumerate(rows, first):
            block.append(self._spell(place, row))
            if len(block) == ROWS_AT_ONCE:
                yield "".join(block).encode()
                block.clear()
        yield "".join(block).encode()

    def _spell(self, place: int, row: Sequence[str]) -> str:
        filled = tuple(map(bool, row))
        plain, careful = self._templates.get(filled) or self._learn(filled)
        joined = _BETWEEN.join(row)
        if _needs_care(joined) is None and len(joined) <= _SHORT:
            return plain.replace(_PLACE, str(place)) % tuple(compress(row, filled))
        return careful.replace(_PLACE, str(place)) % tuple(map(escape_text, compress(row, filled)))

    def _learn(self, filled: tuple[bool, ...]) -> tuple[str, str]:
        cells = list(compress(self._columns, filled))
        pair = _make_template(cells, "<t>"), _make_template(cells, '<t xml:space="preserve">')
        self._templates[filled] = pair
        return pair


def escape_text(text: str) -> str:
    """Return text as it stands in XML: control characters as ``_xHHHH_`` (22.9.2.19), longer than a cell holds cut."""
    found = _ESCAPED.sub(lambda match: f"_x{ord(match[0]):04X}_", _fit(text))
    return found.translate(_MARKUP)


def _fit(text: str) -> str:
    units = text.encode("utf-16-le")
    if len(units) <= 2 * CELL_MAX:
        return text
    return units[: 2 * (CELL_MAX - len(CUT))].decode("utf-16-le", "ignore") + CUT


def _make_template(cells: Iterable[tuple[str, bool]], opening: str) -> str:
    spelled = (
        f'<c r="{letters}{_PLACE}"><v>%s</v></c>'
        if is_number
        else f'<c r="{letters}{_PLACE}" t="inlineStr"><is>{opening}%s</t></is></c>'
        for letters, is_number in cells
    )
    return f'<row r="{_PLACE}">{"".join(spelled)}</row>'
