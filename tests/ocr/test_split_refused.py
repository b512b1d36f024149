"""Documents that are locked, too long or damaged: what is refused, and that none can run anything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from ocr.read_files import read_files
from ocr.refusals import Refused
from ocr.split import MAX_PAGES, count_pages
from tests.ocr.bound import pages, save

__all__ = ["pages"]


def lock(data: bytes, *, password: bytes) -> bytes:
    """The same document, without streams, behind a password (ISO 32000-1, 7.6.3, revision 2)."""
    pad = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
    owner = b"o" * 32
    key = hashlib.md5((password + pad)[:32] + owner + (-4).to_bytes(4, "little", signed=True) + b"id").digest()[:5]  # noqa: S324
    user = bytes(one ^ other for one, other in zip(pad, rc4(key), strict=False))
    entry = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<6964> <6964>]"
    place = data.rindex(b"/Root")
    return data[:place] + entry % (owner.hex().encode(), user.hex().encode()) + data[place:]


def rc4(key: bytes) -> Iterator[int]:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    while True:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        yield state[(state[i] + state[j]) % 256]


EMPTY_PAGE = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    b"2 0 obj\n<< /Type /Pages /Count 1 /Kids [3 0 R] >>\nendobj\n"
    b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>\nendobj\n"
    b"trailer\n<< /Root 1 0 R >>\n%%EOF\n"
)


def test_a_document_is_refused_only_if_its_password_is_not_empty() -> None:
    assert count_pages(lock(EMPTY_PAGE, password=b"")) == 1
    with pytest.raises(Refused) as caught:
        count_pages(lock(EMPTY_PAGE, password=b"rahasia"))
    assert caught.value.code == "encrypted"


@pytest.mark.parametrize(("count", "fits"), [(MAX_PAGES, True), (MAX_PAGES + 1, False)])
@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_a_document_of_too_many_pages_is_refused(kind: str, count: int, *, fits: bool) -> None:
    data = save(*[Image.new("L", (900, 100), 90)] * count, kind=kind)
    if fits:
        assert count_pages(data) == count
        return
    with pytest.raises(Refused) as caught:
        count_pages(data)
    assert caught.value.code == "too_many_pages"


def test_a_document_that_cannot_be_taken_apart_is_one_refused_line(tmp_path: Path, pages: list[Image.Image]) -> None:
    broken, good = tmp_path / "1-broken.pdf", tmp_path / "2-good.pdf"
    broken.write_bytes(save(pages[0], kind="PDF")[:5000])
    good.write_bytes(save(pages[0], kind="PDF"))

    refused, read = read_files([broken, good])

    assert (refused.file, refused.refused) == (str(broken), "truncated")
    assert (read.file, read.page) == (f"{good}#1", 2)


def test_a_document_can_run_nothing() -> None:
    """PDFium is built without JavaScript and without XFA: there is no engine that a document could set in motion."""
    assert not {"V8", "XFA"} & set(pypdfium2.PDFIUM_INFO.flags)
