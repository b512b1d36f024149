"""The header check: real pictures pass, everything else is refused with a code and two sentences."""

import io
import struct
import zlib
from collections.abc import Callable

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
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", 415, "not_an_image"),
        (b"\n <!doctype html><html>", 415, "not_an_image"),
        (b"GIF89a" + b"\0" * 40, 415, "not_an_image"),
        (b"PK\x03\x04" + b"\0" * 40, 415, "not_an_image"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, 415, "unsupported_format"),
        (b"\xff\xd8\xff", 422, "truncated"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", 422, "truncated"),
        (b"\x89PNG\r\n\x1a\n", 422, "truncated"),
        (b"RIFF\xff\xff\xff\x7fWEBPVP8 ", 422, "truncated"),
        (png_claiming(30_000, 30_000), 422, "too_many_pixels"),
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


@given(st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"]), st.binary(max_size=200))
def test_any_bytes_are_answered(start: bytes, rest: bytes) -> None:
    try:
        header = read_header(start + rest)
    except (InvalidInputError, UnsupportedFormatError):
        return
    assert header.width > 0
    assert header.height > 0
