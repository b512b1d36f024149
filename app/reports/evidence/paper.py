"""The paper that a pack is printed on: PDF/A-2b, fonts inside, the same bytes for the same words.

PDF/A (ISO 19005-2) is for keeping: nothing outside the file is needed to show it, colours are defined, nothing runs.
The library refuses what the standard forbids; what it would take from the clock (dates in the metadata) is given here.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

from fpdf import FPDF
from fpdf.enums import Align, DocumentCompliance, XPos, YPos
from fpdf.fonts import FontFace, TTFFont
from fpdf.table import Row

FONTS = Path(__file__).with_name("fonts")
FAMILY = "roboto"
MARGIN = 16.0
"""Millimetres."""
PRODUCER = "fpdf2"
GREY = (95, 95, 95)
_LINE = 4.6
"""Millimetres from line to line of ordinary text."""
_ROOM = 26.0
"""Millimetres that must be left below a heading."""
_XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<rdf:Description rdf:about="" xmp:CreateDate="{at}" xmp:ModifyDate="{at}" xmp:MetadataDate="{at}"
 xmp:CreatorTool="Runut" pdf:Producer="{producer}">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its share of the width, and whether numbers stand in it."""

    heading: str
    width: int
    number: bool = False


Cell = str | bytes | None
"""Words, a picture (JPEG), or nothing."""


class Paper(FPDF):
    """A4 sheets with the pack's name above and the number of the page below."""

    def __init__(self, *, title: str, subject: str, at: datetime, foot: str) -> None:
        """Begin; ``at`` is the document's date, ``foot`` stands below every page."""
        super().__init__(format="A4", enforce_compliance=DocumentCompliance.PDFA_2B)
        self.foot = foot
        for style, name in (("", "Roboto-Regular.ttf"), ("B", "Roboto-Bold.ttf")):
            self.add_font(FAMILY, style, FONTS / name)
        both = (self.fonts[FAMILY], self.fonts[f"{FAMILY}B"])
        self._known = frozenset.intersection(*(frozenset(one.cmap) for one in both if isinstance(one, TTFFont)))
        self.set_margin(MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN + 4)
        self._date(title, subject, at.astimezone(UTC).replace(microsecond=0))
        self.running = title
        self.write_words("", size=9)

    def _date(self, title: str, subject: str, at: datetime) -> None:
        self.set_lang("id")
        self.set_title(self.spell(title))
        self.set_subject(self.spell(subject))
        self.set_creator("Runut")
        self.set_producer(PRODUCER)
        self.set_creation_date(at)
        words = {"title": title, "subject": subject, "producer": PRODUCER}
        spelled = {name: escape(self.spell(text), {'"': "&quot;"}) for name, text in words.items()}
        self.set_xmp_metadata(_XMP.format(at=at.isoformat(), **spelled))

    def spell(self, text: str) -> str:
        """Return ``text`` with a question mark for every character that the fonts lack: a hole is no PDF/A."""
        return "".join(one if ord(one) in self._known or one == "\n" else "?" for one in text)

    def header(self) -> None:
        """Write the pack's name above each page but the first."""
        if self.page_no() > 1:
            self.write_words(self.running, size=7.5, grey=True)
            self.ln(2)

    def footer(self) -> None:
        """Write what the pack is, and the page's number."""
        self.set_y(-MARGIN)
        self.set_font(FAMILY, "", 7)
        self.set_text_color(*GREY)
        self.cell(0, 4, self.spell(self.foot))
        self.set_x(MARGIN)
        self.cell(0, 4, f"Halaman {self.page_no()} / {{nb}}", align="R")
        self.set_text_color(0)

    def write_words(self, text: str, *, size: float = 9, bold: bool = False, grey: bool = False) -> None:
        """Write a paragraph over the whole width."""
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(*(GREY if grey else (0, 0, 0)))
        if text:
            self.multi_cell(0, _LINE * size / 9, self.spell(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(0)

    def write_heading(self, text: str, english: str, *, size: float = 11) -> None:
        """Write a heading in both languages; never as the last line of a page."""
        if self.will_page_break(_ROOM + size):
            self.add_page()
        self.ln(2.5)
        self.write_words(text, size=size, bold=True)
        self.write_words(english, size=7.5, grey=True)
        self.ln(1)

    def write_facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Write names and values, a line each."""
        columns = (Column("", 30), Column("", 70))
        self.write_table(columns, [[name, value] for name, value in facts], headings=False)

    def write_table(
        self, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, size: float = 8, headings: bool = True
    ) -> None:
        """Write a table; its headings come again on every page."""
        self.set_font(FAMILY, "", size)
        self.set_draw_color(190)
        with self.table(
            col_widths=tuple(column.width for column in columns),
            text_align=tuple("RIGHT" if column.number else "LEFT" for column in columns),
            line_height=_LINE * size / 9,
            padding=(0.6, 1.2, 0.6, 1.2),
            first_row_as_headings=headings,
            headings_style=FontFace(emphasis="BOLD", fill_color=(238, 238, 238)),
            borders_layout="HORIZONTAL_LINES",
            v_align="TOP",
        ) as table:
            if headings:
                table.row([self.spell(column.heading) for column in columns])
            for cells in rows:
                row = table.row()
                for cell in cells:
                    self._fill(row, cell)
        self.ln(1)

    def _fill(self, row: Row, cell: Cell) -> None:
        if isinstance(cell, bytes):
            row.cell(img=io.BytesIO(cell), img_fill_width=True)
        else:
            row.cell(self.spell(cell or ""))

    def write_picture(self, data: bytes, caption: str) -> None:
        """Show a picture as large as the page allows, with its caption below, both on one page."""
        self.add_page()
        room = self.h - self.get_y() - MARGIN - 26
        self.image(io.BytesIO(data), x=Align.C, w=self.epw, h=room, keep_aspect_ratio=True)
        self.ln(1.5)
        self.write_words(caption, size=7.5)


def write_pdf(paper: Paper) -> bytes:
    """Return the finished document."""
    return bytes(paper.output())
