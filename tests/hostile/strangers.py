"""Files that are no photographs, pretend to be, or are two things at once."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace

from PIL import Image

from tests.hostile.form import draw_form, encode, random_bytes
from tests.hostile.specimen import NO_FORM, NOT_A_PICTURE, READ, TRUNCATED, Specimen, specimen

_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
_SVG_BOMB = f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY l0 "ha">{_LAUGHS}]><svg xmlns="http://www.w3.org/2000/svg">'
_SVG_ENTITY = (
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><text>&x;</text></svg>'
)


def make_zip() -> bytes:
    """A ZIP bomb: 64 MB of zeros."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("x"), bytes(2**26), zipfile.ZIP_DEFLATED)
    return kept.getvalue()


def make_other_kinds() -> Iterator[Specimen]:
    """Signatures of everything else that a decoder library might be glad to open."""
    small = Image.new("RGB", (1200, 900), "white")
    for kind in ("GIF", "BMP", "ICO", "PPM", "TGA", "PCX", "EPS", "SGI", "DDS", "JPEG2000"):
        yield specimen(f"kind-{kind.lower()}", encode(small, kind), NOT_A_PICTURE)
    signatures = {
        "psd": b"8BPS\0\1",
        "jpeg-xl": b"\xff\x0a",
        "postscript": b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file",
        "exe": b"MZ\x90\0",
        "elf": b"\x7fELF\2\1\1",
        "fits": b"SIMPLE  =                    T",
        "xcf": b"gimp xcf v011\0",
        "wmf": b"\xd7\xcd\xc6\x9a\0\0",
        "hdf5": b"\x89HDF\r\n\x1a\n",
        "gzip": b"\x1f\x8b\x08\0",
        "pickle": b"\x80\x04cposix\nsystem\n(X\x04\0\0\0trueRtR.",
        "shell": b"#!/bin/sh\nreboot\n",
    }
    for name, start in signatures.items():
        yield specimen(f"kind-{name}", start + random_bytes(3000), NOT_A_PICTURE, TRUNCATED)
    yield specimen("svg-billion-laughs", f"{_SVG_BOMB}<text>&l9;</text></svg>".encode(), NOT_A_PICTURE)
    yield specimen("svg-external-entity", _SVG_ENTITY.encode(), NOT_A_PICTURE)
    yield specimen("html", b"<!doctype html><script>alert(1)</script>", NOT_A_PICTURE)
    yield specimen("zip-bomb", make_zip(), NOT_A_PICTURE)


def make_nothing() -> Iterator[Specimen]:
    """Hardly a file."""
    yield specimen("empty", b"", "empty_file", "not_an_image")
    yield specimen("one-byte", b"\xff", NOT_A_PICTURE)
    yield specimen("all-ff", b"\xff" * 1_000_000, NOT_A_PICTURE)
    yield specimen("all-zero", bytes(1_000_000), NOT_A_PICTURE)
    yield specimen("noise", b"R" + random_bytes(1_000_000), NOT_A_PICTURE)
    for name, start in (("jpeg", b"\xff\xd8\xff\xe0"), ("png", b"\x89PNG\r\n\x1a\n"), ("webp", b"RIFF\xff\0\0\0WEBP")):
        yield specimen(f"signature-{name}-and-noise", start + random_bytes(5000), TRUNCATED)


def make_polyglots() -> Iterator[Specimen]:
    """Two things at once: here they are pictures and nothing else, and never given out under another type."""
    jpeg = draw_form().jpeg
    archive = make_zip()
    gif = encode(Image.new("P", (1200, 900)), "GIF")
    yield specimen("jpeg-and-zip", jpeg + archive, READ)
    yield specimen("jpeg-and-pdf", jpeg + b"%PDF-1.4\n%%EOF\n", READ)
    yield specimen("jpeg-and-php", jpeg + b"<?php system($_GET['c']); ?>", READ)
    yield specimen("jpeg-and-jpeg", jpeg + encode(Image.new("L", (60_000, 1000)), "JPEG"), READ)
    yield specimen("gif-and-jar", gif + archive, NOT_A_PICTURE)
    yield specimen("html-and-jpeg", b"<!--" + jpeg, NOT_A_PICTURE)


def make_liars() -> Iterator[Specimen]:
    """What the sender calls it says nothing."""
    form = draw_form()
    png = encode(form.picture.convert("L"), "PNG", compress_level=1)
    yield replace(specimen("png-called-jpeg", png, READ), sent_as=("foto.jpg", "image/jpeg"))
    yield replace(specimen("jpeg-called-html", form.jpeg, READ), sent_as=("foto.html", "text/html"))
    yield replace(specimen("jpeg-called-svg", form.jpeg, READ), sent_as=("foto.svg", "image/svg+xml"))
    yield replace(specimen("html-called-jpeg", b"<html>", NOT_A_PICTURE), sent_as=("foto.jpg", "image/jpeg"))
    yield replace(
        specimen("black-called-pdf", encode(Image.new("L", (1200, 900)), "JPEG"), NO_FORM),
        sent_as=("f.pdf", "application/pdf"),
    )


def make_strangers() -> Iterator[Specimen]:
    """All of them."""
    yield from make_other_kinds()
    yield from make_nothing()
    yield from make_polyglots()
    yield from make_liars()
