"""The header check: real pictures pass, everything else is refused with a code and two sentences."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.core.errors import InvalidInputError, RunutError, UnsupportedFormatError
from app.intake.header import Header, read_header

MakePicture = Callable[..., bytes]


def png_claiming(width: int, height: int) -> bytes:
    """A well-formed little PNG that says it is ``width`` x ``height``."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_photographs_pass_with_their_size(make_picture: MakePicture, kind: str, content_type: str) -> None:
    assert read_header(make_picture(kind=kind)) == Header(content_type, 900, 640)


def test_webp_of_every_kind_passes() -> None:
    for options in ({"lossless": True}, {"exif": b"Exif\0\0"}):
        kept = io.BytesIO()
        Image.new("RGB", (33, 77), (1, 2, 3)).save(kept, "WEBP", **options)
        assert read_header(kept.getvalue()) == Header("image/webp", 33, 77)


def test_a_jpeg_with_a_thumbnail_and_a_tail_passes(make_picture: MakePicture) -> None:
    thumbnail = make_picture(size=(160, 120))
    exif = b"Exif\0\0" + thumbnail[: 0xFFF0 - 6]
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    picture = make_picture()

    assert read_header(picture[:2] + segment + picture[2:] + b"MotionPhoto_Data") == Header("image/jpeg", 900, 640)


def test_a_progressive_jpeg_passes() -> None:
    kept = io.BytesIO()
    Image.effect_noise((400, 300), 80).save(kept, "JPEG", progressive=True)

    assert read_header(kept.getvalue()) == Header("image/jpeg", 400, 300)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "empty_file"),
        (b"\0", 415, "not_an_image"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", 422, "truncated"),
        (b"\n%PDF-1.7\n%%EOF", 415, "not_an_image"),  # what hides behind other bytes is no PDF here
        (b"\n <!doctype html><html>", 415, "not_an_image"),
        (b"GIF89a" + b"\0" * 40, 415, "not_an_image"),
        (b"PK\x03\x04" + b"\0" * 40, 415, "not_an_image"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, 422, "truncated"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + b"\0" * 40, 415, "unsupported_format"),
        (b"\0\0\0\x18ftypisom\0\0\0\0mp41avc1" + b"\0" * 40, 415, "unsupported_format"),
        (b"II*\0", 422, "truncated"),
        (b"MM\0*\0\0\0\x08\0\x01", 422, "truncated"),
        (b"II+\0\x08\0\0\0" + b"\0" * 40, 415, "not_an_image"),
        (b"\xff\xd8\xff", 422, "truncated"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", 422, "truncated"),
        (b"\x89PNG\r\n\x1a\n", 422, "truncated"),
        (b"RIFF\xff\xff\xff\x7fWEBPVP8 ", 422, "truncated"),
        (png_claiming(30_000, 30_000), 422, "too_many_pixels"),
        (png_claiming(8_000, 6_000), 422, "too_many_pixels"),
        (png_claiming(0, 10), 422, "truncated"),
        (png_claiming(2**32 - 1, 2**32 - 1), 422, "too_many_pixels"),
    ],
)
def test_everything_else_is_refused_with_what_to_do(data: bytes, status: int, code: str) -> None:
    with pytest.raises(RunutError) as caught:
        read_header(data)

    error = caught.value
    assert (error.status, error.error_code) == (status, code)
    assert "(" in error.message  # both languages
    assert error.remedy


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_cut_picture_is_refused(kind: str, share: float) -> None:
    kept = io.BytesIO()
    Image.effect_noise((300, 200), 60).convert("RGB").save(kept, kind)
    data = kept.getvalue()

    with pytest.raises(RunutError) as caught:
        read_header(data[: int(len(data) * share)])
    assert caught.value.error_code == "truncated"


def tiff_of(count: int, **options: Any) -> bytes:
    kept = io.BytesIO()
    first, *rest = (Image.linear_gradient("L").resize((90 + n, 60)) for n in range(count))
    first.save(kept, "TIFF", save_all=True, append_images=rest, **options)
    return kept.getvalue()


def heic(size: tuple[int, int] = (333, 222), **options: Any) -> bytes:
    kept = io.BytesIO()
    pillow_heif.from_pillow(Image.linear_gradient("L").resize(size).convert("RGB")).save(kept, quality=60, **options)
    return kept.getvalue()


@pytest.mark.parametrize("options", [{}, {"compression": "tiff_lzw"}, {"compression": "tiff_deflate"}])
def test_a_tiff_of_one_page_is_a_photograph_and_of_more_a_document(options: dict[str, str]) -> None:
    assert read_header(tiff_of(1, **options)) == Header("image/tiff", 90, 60)
    assert read_header(tiff_of(3, **options)) == Header("image/tiff", 92, 60, document=True)


def test_a_scan_as_pdf_is_a_document_also_when_a_scanner_filled_it_up() -> None:
    kept = io.BytesIO()
    Image.new("L", (90, 60), 200).save(kept, "PDF")
    assert read_header(kept.getvalue() + bytes(1000)) == Header("application/pdf", 0, 0, document=True)


def test_a_heic_photograph_passes_with_what_telephones_append() -> None:
    data = heic()
    header = read_header(data + b"\0\0\0\0SEFH and a little film")
    # The coded size is even; the picture's own is cut out of it.
    assert (header.content_type, header.width - 333 in {0, 1}, header.height) == ("image/heic", True, 222)
    assert read_header(heic((1200, 800), grid_tile_size=256)).width == 1200


def test_a_heic_that_claims_too_many_pixels_is_refused() -> None:
    data = bytearray(heic())
    place = data.index(b"ispe") + 8
    data[place : place + 8] = struct.pack(">II", 9000, 9000)
    with pytest.raises(RunutError, match="9000 x 9000"):
        read_header(bytes(data))


@pytest.mark.parametrize("make", [heic, lambda: tiff_of(2), lambda: tiff_of(1, compression="tiff_lzw")])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_cut_scan_or_heic_is_refused(make: Callable[[], bytes], share: float) -> None:
    data = make()
    with pytest.raises(RunutError) as caught:
        read_header(data[: int(len(data) * share)])
    assert caught.value.error_code == "truncated"


def tiff_chain(*following: int) -> bytes:
    """Empty little directories at 8, 26, 44 ..., each naming the place of the next."""
    entry = struct.pack("<HHII", 256, 3, 1, 9)
    return b"II*\0\x08\0\0\0" + b"".join(struct.pack("<H", 1) + entry + struct.pack("<I", at) for at in following)


@pytest.mark.parametrize("data", [tiff_chain(8), tiff_chain(26, 8), tiff_chain(*range(26, 26 + 18 * 120, 18), 0)])
def test_a_tiff_in_a_circle_or_without_end_is_refused(data: bytes) -> None:
    with pytest.raises(RunutError) as caught:
        read_header(data)
    assert caught.value.error_code == "too_many_pages"


def test_boxes_inside_boxes_inside_boxes_are_not_followed() -> None:
    inner = b""
    for _ in range(20_000):
        inner = struct.pack(">I4s", len(inner) + 8, b"iprp") + inner
        if len(inner) > 100_000:
            break
    meta = struct.pack(">I4sI", len(inner) + 12, b"meta", 0) + inner
    data = b"\0\0\0\x10ftypheic\0\0\0\0" + meta + b"\0\0\0\x08mdat"
    with pytest.raises(RunutError) as caught:
        read_header(data)
    assert caught.value.error_code == "truncated"


STARTS = [
    b"",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\0\0\0\0WEBP",
    b"%PDF-",
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"\0\0\0\x10ftypheic\0\0\0\0",
]


@given(st.sampled_from(STARTS), st.binary(max_size=200))
def test_any_bytes_are_answered(start: bytes, rest: bytes) -> None:
    try:
        header = read_header(start + rest)
    except (InvalidInputError, UnsupportedFormatError):
        return
    assert header.document or header.width > 0
    assert header.document or header.height > 0
