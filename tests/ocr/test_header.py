"""Hostile and broken files are told from photographs before anything is decoded."""

from __future__ import annotations

import io
import resource
import struct
import time
import zlib

import pytest
from PIL import Image

from ocr.decode import decode_colour, decode_grey
from ocr.header import MAX_BYTES, check_header
from ocr.read import read_photo
from ocr.refusals import SENTENCES, Refused


def encode(kind: str, size: tuple[int, int] = (1000, 900), **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_bomb(side: int) -> bytes:
    packer = zlib.compressobj(9)
    row = bytes(1 + side // 8)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def code_of(data: bytes) -> str | None:
    return read_photo(data, name="photo.jpg").refused


@pytest.mark.parametrize(("kind", "size"), [("JPEG", (1000, 900)), ("PNG", (810, 20)), ("WEBP", (900, 1300))])
def test_a_pictures_size_is_told_without_decoding(kind: str, size: tuple[int, int]) -> None:
    header = check_header(encode(kind, size))
    assert (header.format, header.width, header.height) == (kind, *size)


@pytest.mark.parametrize("lossless", [True, False])
def test_both_kinds_of_webp_tell_their_size(lossless: bool) -> None:  # noqa: FBT001
    header = check_header(encode("WEBP", (1111, 803), lossless=lossless))
    assert (header.width, header.height) == (1111, 803)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_an_image"),
        (b"\0" * 100_000, "not_an_image"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "unsupported_format"),
        (b"<html><body>photo</body></html>", "not_an_image"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "truncated"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", "unsupported_format"),
        (b"\0\0\0\x18ftypisom\0\0\0\0mp41avc1", "unsupported_format"),
        (b"II*\0\x08\0\0\0", "truncated"),
        (b"II*\0\0\0\0\0", "unsupported_format"),
        (b"MM\0+\0\x08\0\0", "unsupported_format"),
        (b"GIF89a\x10\0\x10\0", "unsupported_format"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "truncated"),
        (b"\xff\xd8\xff", "truncated"),
        (b"\x89PNG\r\n\x1a\n\0\0", "truncated"),
        (b"RIFF\xff\0\0\0WEBPVP8X", "truncated"),
    ],
)
def test_what_is_no_photograph_is_refused_by_name(data: bytes, code: str) -> None:
    assert code_of(data) == code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.98])
def test_a_file_cut_off_anywhere_is_refused_as_truncated(kind: str, share: float) -> None:
    data = encode(kind, (1600, 1200))
    assert code_of(data[: int(len(data) * share)]) == "truncated"


def test_a_small_file_that_claims_a_billion_pixels_is_refused_quickly_and_in_little_memory() -> None:
    bomb = png_bomb(30_000)
    assert 90_000 < len(bomb) < 200_000
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    assert code_of(bomb) == "too_large"
    assert time.process_time() - started < 0.5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kilobytes


def test_a_jpeg_header_that_claims_too_much_is_refused() -> None:
    data = bytearray(encode("JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 60_000, 60_000)
    assert code_of(bytes(data)) == "too_large"


def test_a_jpeg_in_several_scans_may_be_less_large_than_one_that_is_decoded_line_by_line() -> None:
    size = (9000, 5000)
    assert check_header(encode("JPEG", size)).line_by_line
    assert code_of(encode("JPEG", size, progressive=True)) == "too_large"


def test_a_file_beyond_the_limit_and_a_thumbnail_are_refused() -> None:
    assert code_of(b"\xff\xd8\xff" + bytes(MAX_BYTES)) == "too_large"
    assert code_of(encode("JPEG", (640, 480))) == "too_small"


def test_a_progressive_jpeg_of_too_many_scans_is_refused() -> None:
    data = encode("JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    assert code_of(data[:-2] + scan * 200 + data[-2:]) == "too_large"
    # A comment may hold the two bytes of the end mark; the scans behind it count all the same.
    comment = b"\xff\xfe\0\x04\xff\xd9"
    assert code_of(data[:-2] + (comment + scan) * 200 + data[-2:]) == "too_large"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_turn_is_applied(orientation: int) -> None:
    picture = Image.new("L", (1000, 800), 255)
    picture.paste(0, (0, 0, 500, 400))  # the black quarter marks the top-left of the stored picture
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif)
    decoded = decode_grey(buffer.getvalue()).pixels
    height, width = decoded.shape
    assert (width, height) == ((1000, 800) if orientation < 5 else (800, 1000))
    dark = {
        (top, left): bool(decoded[50 + top * (height - 100), 50 + left * (width - 100)] < 128)
        for top in (0, 1)
        for left in (0, 1)
    }
    corner = {1: (0, 0), 2: (0, 1), 3: (1, 1), 4: (1, 0), 5: (0, 0), 6: (0, 1), 7: (1, 1), 8: (1, 0)}[orientation]
    assert dark == {place: place == corner for place in dark}


def test_a_very_large_jpeg_is_shrunk_while_it_is_decoded() -> None:
    picture = decode_grey(encode("JPEG", (8000, 6000)))
    assert picture.shrink == 2
    assert picture.pixels.shape == (3000, 4000)


def test_transparent_paper_is_white_and_deep_grey_is_scaled() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (900, 900), (0, 0, 0, 0)).save(buffer, "PNG")
    assert decode_grey(buffer.getvalue()).pixels.min() == 255
    assert decode_colour(buffer.getvalue()).pixels.shape == (900, 900, 3)
    buffer = io.BytesIO()
    Image.new("I;16", (900, 900), 32_896).save(buffer, "PNG")
    assert decode_grey(buffer.getvalue()).pixels.max() == 128


def test_every_refusal_says_what_to_do_in_both_languages() -> None:
    for code, sentence in SENTENCES.items():
        assert sentence.id.count(".") >= 1, code
        assert sentence.en.count(".") >= 1, code
        assert sentence.en in str(Refused(code, "what was seen"))
