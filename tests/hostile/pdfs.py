"""Hostile PDF files: bombs, loops, pages without end, and programs that must never run."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from tests.hostile.form import draw_form, encode, random_bytes
from tests.hostile.pngs import zeros
from tests.hostile.specimen import NO_FORM, READ, TOO_LARGE, TRUNCATED, Specimen, specimen

_PAGES = frozenset({"too_many_pages"})
TOO_COMPLEX = "too_complex"
_A3 = b"0 0 842 1191"
_BROKEN = TRUNCATED | TOO_LARGE | _PAGES | {TOO_COMPLEX}


def stream(body: bytes, extra: bytes = b"") -> bytes:
    """A stream object's text."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(body), extra, body)


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A file of these objects, numbered from 1; the first is the catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R %s >>\n" % (size, table, size, trailer)
    return out + end + b"startxref\n%d\n%%%%EOF\n" % len(out)


def one_page(content: bytes, *more: bytes, box: bytes = _A3, resources: bytes = b"", catalog: bytes = b"") -> bytes:
    """A file of one page: objects 1 to 4 are catalogue, pages, page, content; ``more`` follow from 5 on."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R /Resources << %s >> >>" % (box, resources)
    pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return pdf(b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog, pages, page, content, *more)


def picture(size: tuple[int, int], body: bytes, filters: bytes = b"/FlateDecode", bits: int = 8) -> bytes:
    """A page filled by one embedded picture."""
    kind = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent %d /ColorSpace /DeviceGray"
    image = stream(body, kind % (*size, bits) + b" /Filter " + filters)
    return one_page(stream(b"q 842 0 0 1191 0 0 cm /I Do Q"), image, resources=b"/XObject << /I 5 0 R >>")


def make_pictures() -> Iterator[Specimen]:
    """Embedded pictures that are larger than they look."""
    flood = zeros(2**25)
    yield specimen("pdf-picture-of-60000-square", picture((60_000, 60_000), flood), TOO_LARGE, NO_FORM)
    yield specimen("pdf-picture-of-99-megapixels", picture((9900, 9990), zeros(9900 * 9990)), NO_FORM, TOO_LARGE)
    twice = (b"[/FlateDecode /FlateDecode /FlateDecode]", b"/JBIG2Decode", b"/JPXDecode", b"/DCTDecode")
    yield specimen("pdf-nested-filters", picture((2000, 2000), nest(3), twice[0]), NO_FORM, _BROKEN)
    yield specimen("pdf-jbig2-lies", picture((60_000, 60_000), jbig2(), twice[1], 1), NO_FORM, _BROKEN)
    yield specimen("pdf-jpeg2000-lies", picture((1000, 1000), jpeg2000(), twice[2]), NO_FORM, _BROKEN)
    jpeg = draw_form().jpeg
    at = next(at for at in range(2, len(jpeg)) if jpeg[at] == 0xFF and jpeg[at + 1] in {0xC0, 0xC2}) + 5
    liar = jpeg[:at] + b"\xff\xff\xff\xff" + jpeg[at + 4 :]
    yield specimen("pdf-jpeg-lies", picture((1000, 1000), liar, twice[3]), NO_FORM, _BROKEN)
    tile = b"BI /W 1 /H 1 /BPC 8 /CS /G ID \x80 EI\n"
    yield specimen("pdf-a-million-inline-pictures", one_page(stream(tile * 100_000)), NO_FORM, _BROKEN)


def nest(times: int) -> bytes:
    """Zeros packed again and again."""
    body = zeros(2**27)
    for _ in range(times - 1):
        body = zlib.compress(body, 9)
    return body


def jbig2() -> bytes:
    """A JBIG2 page information segment that asks for 4 billion lines."""
    return b"\0\0\0\0\x30\0\1\0\0\0\x13" + b"\xff\xff\xff\xff" * 2 + bytes(8) + b"\0\0\0"


def jpeg2000() -> bytes:
    """A JPEG 2000 code stream whose header asks for 60,000 x 60,000 pixels in tiles of one."""
    size = (60_000).to_bytes(4, "big") * 2
    siz = b"\0\0" + size + bytes(8) + b"\0\0\0\1" * 2 + bytes(8) + b"\0\1\7\1\1"
    return b"\xff\x4f\xff\x51" + (len(siz) + 2).to_bytes(2, "big") + siz + random_bytes(500)


def make_pages() -> Iterator[Specimen]:
    """Pages that are too large, too many, or each other's parents."""
    ink = stream(b"0 0 500 500 re f")
    yield specimen("pdf-page-of-a-million-metres", one_page(ink, box=b"0 0 1e12 1e12"), NO_FORM, _BROKEN)
    yield specimen("pdf-page-without-area", one_page(ink, box=b"0 0 0 0"), NO_FORM, _BROKEN)
    yield specimen("pdf-page-thin-as-a-thread", one_page(ink, box=b"0 0 0.001 100000"), NO_FORM, _BROKEN, "too_small")
    yield specimen("pdf-page-inside-out", one_page(ink, box=b"842 1191 0 0"), NO_FORM, _BROKEN)
    kids = b"<< /Type /Pages /Kids [%s] /Count 10000 >>" % (b"3 0 R " * 10_000)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 842 1191] >>"
    yield specimen("pdf-10000-pages", pdf(b"<< /Type /Catalog /Pages 2 0 R >>", kids, page), _PAGES)
    liar = b"<< /Type /Pages /Kids [3 0 R] /Count 2000000000 >>"
    yield specimen(
        "pdf-claims-two-billion-pages", pdf(b"<< /Type /Catalog /Pages 2 0 R >>", liar, page), _BROKEN, NO_FORM
    )
    loop = b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"
    yield specimen("pdf-page-tree-loop", pdf(b"<< /Type /Catalog /Pages 2 0 R >>", loop), _BROKEN, NO_FORM)
    yield specimen("pdf-no-pages", pdf(b"<< /Type /Catalog >>"), _BROKEN)


def make_structures() -> Iterator[Specimen]:
    """A file that leads its reader in circles."""
    body = one_page(stream(b""))
    at = body.rindex(b"startxref") + 10
    xref = int(body[at : body.index(b"\n", at)])
    loop = body.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % xref)
    yield specimen("pdf-xref-loop", loop, NO_FORM, _BROKEN)
    yield specimen("pdf-xref-far-away", body[:at] + b"99999999999\n%%EOF\n", NO_FORM, _BROKEN)
    deep = one_page(stream(b""), b"[" * 200_000 + b"]" * 200_000)
    yield specimen("pdf-200000-brackets", deep, NO_FORM, _BROKEN)
    yield specimen("pdf-brackets-in-content", one_page(stream(b"[" * 1_000_000)), NO_FORM, _BROKEN)
    bomb = stream(zeros(2**28), b"/Type /ObjStm /N 1000000 /First 8000000 /Filter /FlateDecode")
    yield specimen("pdf-object-stream-bomb", one_page(stream(b""), bomb), NO_FORM, _BROKEN)
    yield specimen("pdf-content-bomb", one_page(stream(zeros(2**28), b"/Filter /FlateDecode")), NO_FORM, _BROKEN)


def form(content: bytes, resources: bytes = b"") -> bytes:
    """A drawing that pages and other drawings may use (a form XObject)."""
    kind = b"/Type /XObject /Subtype /Form /BBox [0 0 842 1191] /Resources << %s >>"
    return stream(content, kind % resources)


def make_killers() -> Iterator[Specimen]:
    """Pages that take for ever to draw. PDFium can be interrupted between objects only, or its process ended."""
    own = b"/XObject << /F 5 0 R >>"
    itself = one_page(stream(b"/F Do"), form(b"/F Do /F Do", own), resources=own)
    yield specimen("pdf-drawing-within-itself", itself, TOO_COMPLEX)
    levels = [form(b"/F Do " * 10, b"/XObject << /F %d 0 R >>" % (number + 1)) for number in range(5, 14)]
    leaf = form(b"0 0 800 1100 re f")
    yield specimen("pdf-a-billion-drawings", one_page(stream(b"/F Do"), *levels, leaf, resources=own), TOO_COMPLEX)
    dust = b"/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0.0001 /YStep 0.0001 /Resources << >>"
    fill = stream(b"/Pattern cs /P scn 0 0 842 1191 re f")
    pattern = b"/Pattern << /P 5 0 R >>"
    yield specimen("pdf-pattern-of-dust", one_page(fill, stream(b"0 0 1 1 re f", dust), resources=pattern), TOO_COMPLEX)
    lines = b"".join(
        b"%d %d m %d %d l S\n" % (n % 842, n * 7 % 1191, n * 13 % 842, n * 29 % 1191) for n in range(100_000)
    )
    # Each object is quick: here PDFium asks whether it may go on, and the process need not be ended.
    coats = stream(zlib.compress(b"0 0 842 1191 re f\n" * 20_000), b"/Filter /FlateDecode")
    yield specimen("pdf-20000-coats-of-paint", one_page(coats), TOO_COMPLEX)
    strokes = stream(zlib.compress(lines * 10), b"/Filter /FlateDecode")
    yield specimen("pdf-a-million-strokes", one_page(strokes), TOO_COMPLEX)


def make_programs() -> Iterator[Specimen]:
    """What a viewer might run, open or fetch."""
    blank = stream(b"")
    script = b"/OpenAction << /S /JavaScript /JS (while(true){app.alert(1)}) >>"
    launch = b"/OpenAction << /S /Launch /F (/bin/sh) >>"
    fetch = b"/OpenAction << /S /URI /URI (http://127.0.0.1:9/) >>"
    for name, action in (("javascript", script), ("launch", launch), ("uri", fetch)):
        yield specimen(f"pdf-{name}", one_page(blank, catalog=action), NO_FORM)
    lock = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >> /ID [<00> <00>]" % (
        b"41" * 32,
        b"42" * 32,
    )
    locked = one_page(blank).replace(b"/Root 1 0 R", b"/Root 1 0 R " + lock)
    yield specimen("pdf-encrypted", locked, "encrypted", TRUNCATED)
    xfa = b"/AcroForm << /XFA (<xdp>&xxe;</xdp>) /Fields [] /NeedAppearances true >>"
    yield specimen("pdf-xfa", one_page(blank, catalog=xfa), NO_FORM)


def make_damaged() -> Iterator[Specimen]:
    """Cut off or not what it says; and a whole one."""
    whole = encode(draw_form().picture, "PDF", resolution=100, quality=85)
    yield specimen("pdf-of-the-form", whole, READ)
    for percent in (1, 50, 98):
        yield specimen(f"pdf-cut-at-{percent}", whole[: len(whole) * percent // 100], TRUNCATED)
    yield specimen("pdf-cut-and-closed", whole[: len(whole) // 2] + b"\n%%EOF\n", TRUNCATED, NO_FORM, "markers_missing")
    yield specimen("pdf-of-noise", b"%PDF-1.4\n" + random_bytes(50_000) + b"\n%%EOF\n", TRUNCATED)
    yield specimen("pdf-behind-html", b"<html>" + whole, "not_an_image")
    yield specimen("pdf-and-jpeg", whole + draw_form().jpeg, READ, TRUNCATED)


def make_pdfs() -> Iterator[Specimen]:
    """All of them."""
    yield from make_pictures()
    yield from make_pages()
    yield from make_structures()
    yield from make_programs()
    yield from make_damaged()
