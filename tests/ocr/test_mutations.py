"""Mutated files of every format: whatever stands in them, the answer is a value, a refusal or an error in words."""

import random
from collections.abc import Iterator
from contextlib import suppress

import pytest
from PIL import Image

from app.core.errors import RunutError
from app.intake.header import read_header
from ocr.decode import decode_grey
from ocr.header import check_header
from ocr.refusals import Refused
from ocr.split import count_pages, is_document, take_page
from tests.hostile.form import encode
from tests.hostile.make_corpus import FAMILIES
from tests.hostile.pdfs import one_page, picture, stream
from tests.hostile.pngs import zeros

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.slow,
]
ROUNDS = 24
PDF_ROUNDS = 6
"""Drawing a page takes longer than decoding a small picture."""
_INTERESTING = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1", b"\x80\0\0\0", b"\xff\xd9\xff\xda")


def make_seeds() -> dict[str, bytes]:
    """A small whole file of each format."""
    assert FAMILIES, "loading the corpus taught Pillow to write HEIC"
    grey = Image.radial_gradient("L").resize((900, 640))
    colour = Image.merge("RGB", (grey, grey.transpose(Image.Transpose.ROTATE_180), grey))
    return {
        "jpeg": encode(colour, "JPEG", quality=60),
        "jpeg-progressive": encode(grey, "JPEG", quality=60, progressive=True),
        "png": encode(grey.quantize(16), "PNG"),
        "webp-lossy": encode(colour, "WEBP", quality=50, method=0),
        "webp-lossless": encode(grey.quantize(16).convert("RGB"), "WEBP", lossless=True, method=0),
        "tiff-lzw": encode(grey, "TIFF", compression="tiff_lzw"),
        "tiff-g4": encode(grey.convert("1"), "TIFF", compression="group4"),
        "heic": encode(grey, "HEIF", quality=40),
        "pdf-drawn": one_page(stream(b"q 1 0 0 1 9 9 cm 0 0 500 500 re f Q BT ET")),
        "pdf-picture": picture((900, 640), zeros(900 * 640)),
    }


def mutate(data: bytes, chance: random.Random) -> bytes:
    """A few changes, more often near the beginning, where the structure is."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(min(len(changed), chance.choice((64, 600, len(changed)))))
        kind = chance.randrange(4)
        if kind == 0:
            changed[at] = chance.randrange(256)
        elif kind == 1:
            word = chance.choice(_INTERESTING)
            changed[at : at + len(word)] = word
        elif kind == 2:
            del changed[at : at + chance.randrange(1, 40)]
        else:
            piece = changed[at : at + chance.randrange(1, 200)]
            changed[at:at] = piece
        if len(changed) < 100:
            return bytes(changed)
    return bytes(changed)


def mutants(seed: bytes) -> Iterator[bytes]:
    """The same ones each time."""
    chance = random.Random(len(seed))
    for _ in range(PDF_ROUNDS if seed.startswith(b"%PDF") else ROUNDS):
        yield mutate(seed, chance)


@pytest.mark.parametrize("name", sorted(make_seeds()))
def test_a_mutated_file_is_decoded_or_refused_in_words(name: str) -> None:
    taken = refused = 0
    for data in mutants(make_seeds()[name]):
        with suppress(RunutError):
            header = read_header(data)
            assert header.width * header.height <= 100_000_000
        try:
            picture = take_page(data, count_pages(data)).data if is_document(data) else data
            check_header(picture)
            pixels = decode_grey(picture).pixels
            assert pixels.ndim == 2
            taken += 1
        except Refused:
            refused += 1
    assert taken + refused >= PDF_ROUNDS
    assert refused or name.startswith("pdf"), "a mutation that damages nothing tests nothing"
