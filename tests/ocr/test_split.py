"""Scans and phones' formats: every page is read as from a JPEG, and nothing is turned, coloured or lost on the way."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pillow_heif
import pypdfium2
import pytest
from PIL import Image, TiffImagePlugin

from ocr.decode import decode_colour, decode_grey, keep_first_colour
from ocr.header import check_header
from ocr.read import read_photo
from ocr.read_files import read_files
from ocr.refusals import Refused
from ocr.split import is_document, take_page
from ocr.split_pdf import LONGEST_PX, MAX_CPU_SECONDS, MAX_RENDERED_PIXELS, render_page
from tests.hostile.pdfs import make_killers
from tests.ocr.bound import pages, save

__all__ = ["pages"]

Draw = Callable[..., np.ndarray]
Shoot = Callable[..., bytes]


FAST = {"quality": 80, "enc_params": {"preset": "ultrafast"}}


def heic(picture: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(picture).save(buffer, **FAST, **options)
    return buffer.getvalue()


def black_and_white(picture: Image.Image) -> Image.Image:
    """As a scanner does it that knows about shadows."""
    grey = np.asarray(picture.convert("L"))
    kinds = cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY
    return Image.fromarray(np.asarray(cv2.adaptiveThreshold(grey, 255, *kinds, 51, 14))).convert("1")


FORMATS: dict[str, Callable[[Image.Image, Image.Image], bytes]] = {
    "pdf": lambda *both: save(*both, kind="PDF", resolution=120),
    "fax.pdf": lambda *both: save(*map(black_and_white, both), kind="PDF", resolution=120),
    "lzw.tif": lambda *both: save(*both, kind="TIFF", compression="tiff_lzw"),
    "jpeg.tif": lambda *both: save(*both, kind="TIFF", compression="jpeg"),
    "fax.tif": lambda *both: save(*map(black_and_white, both), kind="TIFF", compression="group4"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_pages_of_a_scan_are_read_together_and_named(
    name: str, pages: list[Image.Image], expected: Mapping[str, int], tmp_path: Path
) -> None:
    path = tmp_path / f"3171-{name}"
    path.write_bytes(FORMATS[name](*pages))

    second, third = read_files([path])

    assert [one.file for one in (second, third)] == [f"{path}#1", f"{path}#2"]
    assert [one.page for one in (second, third)] == [2, 3]
    assert {field: one.value for page in (second, third) for field, one in page.fields.items()} == expected
    assert any(check.closes for check in second.checks)  # page 3's sums stood behind page 2
    assert not any(check.closes for one in read_files([path], each=True) for check in one.checks if one.page == 2)


@pytest.mark.parametrize(
    "write",
    [
        heic,
        lambda picture: heic(picture, grid_tile_size=512),
        lambda picture: save(picture, kind="TIFF", compression="tiff_deflate"),
        lambda picture: save(picture.convert("CMYK"), kind="TIFF"),
        lambda picture: save(picture.convert("CMYK"), kind="JPEG", quality=85),
        lambda picture: save(picture.convert("LA"), kind="PNG"),
        lambda picture: save(picture.quantize(64), kind="PNG"),
        lambda picture: save(picture, kind="WEBP", quality=80),
        lambda picture: save(picture, kind="JPEG", progressive=True, quality=80),
        lambda picture: save(Image.fromarray(np.asarray(picture.convert("L"), np.uint16) * 257), kind="TIFF"),
        lambda picture: save(Image.fromarray(np.asarray(picture.convert("L"), np.uint16) * 257), kind="PNG"),
        lambda picture: save(black_and_white(picture), kind="TIFF", compression="group4"),
    ],
)
def test_a_picture_of_every_kind_is_read(
    write: Callable[[Image.Image], bytes], pages: list[Image.Image], expected: Mapping[str, int]
) -> None:
    reading = read_photo(write(pages[0]), name="a")
    assert {name: field.value for name, field in reading.fields.items()} == {
        name: value for name, value in expected.items() if name in reading.fields
    }
    assert len(reading.fields) == 3


def test_a_heic_of_ten_bits_is_read(pages: list[Image.Image], expected: Mapping[str, int]) -> None:
    deep = np.asarray(pages[0], np.uint16) << 8
    file = pillow_heif.from_bytes("RGB;16", pages[0].size, deep.tobytes())
    buffer = io.BytesIO()
    file.save(buffer, **FAST)

    reading = read_photo(buffer.getvalue(), name="a")

    assert pillow_heif.open_heif(buffer.getvalue(), convert_hdr_to_8bit=False).info["bit_depth"] == 10
    assert reading.fields["suara_01"].value == expected["suara_01"]


def test_a_heic_is_decoded_once_for_its_reading_and_its_copies(
    pages: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, other = heic(pages[0]), heic(pages[1])
    alone = decode_grey(data), decode_colour(data)
    opened: list[bytes] = []
    real = pillow_heif.open_heif

    def open_and_tell(data: bytes, **options: Any) -> Any:
        opened.append(data)
        return real(data, **options)

    monkeypatch.setattr(pillow_heif, "open_heif", open_and_tell)

    with keep_first_colour():
        together = decode_grey(data), decode_grey(other), decode_colour(data)

    assert opened == [data, other]
    assert np.array_equal(together[0].pixels, alone[0].pixels)
    assert np.array_equal(together[2].pixels, alone[1].pixels)
    assert decode_colour(data).pixels.shape == alone[1].pixels.shape
    assert opened == [data, other, data], "nothing is kept afterwards"


CORNERS = {1: (0, 0), 2: (0, 1), 3: (1, 1), 4: (1, 0), 5: (0, 0), 6: (0, 1), 7: (1, 1), 8: (1, 0)}
"""Where the stored picture's first corner (row, column) is seen, by EXIF orientation."""


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["TIFF", "HEIF", "WEBP", "PNG"])
def test_a_picture_is_turned_once(kind: str, orientation: int) -> None:
    picture = Image.new("RGB", (1000, 800), "white")
    picture.paste(0, (0, 0, 500, 400))
    exif = Image.Exif()
    exif[0x0112] = orientation
    pillow_heif.register_heif_opener()
    picture.info["exif"] = exif.tobytes()
    data = save(picture, kind=kind, **(FAST if kind == "HEIF" else {"exif": exif}))
    if kind == "HEIF":  # the file turns itself, and repeats it in EXIF, as telephones do: that must be left alone
        assert b"\x01\x12\0\3\0\0\0\1\0" + bytes([orientation]) in data

    decoded = decode_grey(data).pixels

    assert decoded.shape == ((800, 1000) if orientation < 5 else (1000, 800))
    assert np.array_equal(decoded, decode_colour(data).pixels[:, :, 0])
    height, width = decoded.shape
    dark = {
        (row, column)
        for row in (0, 1)
        for column in (0, 1)
        if decoded[50 + row * (height - 100), 50 + column * (width - 100)] < 128
    }
    assert dark == {CORNERS[orientation]}


def test_a_page_keeps_its_pixels_and_nothing_else(pages: list[Image.Image]) -> None:
    exif = Image.Exif()
    exif[0x010F] = "a telephone"
    fax = save(*map(black_and_white, pages), kind="TIFF", compression="group4", exif=exif)
    taken = take_page(fax, 2)
    page = Image.open(io.BytesIO(taken.data))
    assert (taken.content_type, taken.blank) == ("image/png", False)
    assert np.array_equal(np.asarray(page.convert("1")), np.asarray(black_and_white(pages[1])))
    colour = take_page(save(pages[0], kind="PDF", resolution=120), 1)
    grey = take_page(save(pages[0].convert("L"), kind="PDF", resolution=120), 1)
    assert [Image.open(io.BytesIO(one.data)).mode for one in (colour, grey)] == ["RGB", "L"]
    assert b"a telephone" not in taken.data
    assert not Image.open(io.BytesIO(colour.data)).getexif()


def test_the_same_document_gives_the_same_pages(pages: list[Image.Image]) -> None:
    for data in (save(*pages, kind="PDF"), save(*pages, kind="TIFF")):
        assert [take_page(data, n) for n in (1, 2)] == [take_page(data, n) for n in (1, 2)]
    assert take_page(save(pages[0], kind="PDF"), 1).made_by.startswith("pypdfium2 ")


def test_a_page_is_drawn_as_the_library_itself_draws_it(pages: list[Image.Image]) -> None:
    """It is drawn in steps, to be stopped between two: that must change no pixel, or pages would not be made again."""
    data = save(pages[0], kind="PDF", resolution=120)
    with pypdfium2.PdfDocument(data) as document:
        document.init_forms()
        page = document[0]
        whole = page.render(scale=LONGEST_PX / max(page.get_size()), limit_image_cache=True).to_numpy().copy()

    drawn, _ = render_page(data, 1)

    assert np.array_equal(drawn, whole)


def test_a_page_of_many_objects_is_stopped_between_two_of_them() -> None:
    (coats,) = (one.data for one in make_killers() if one.name == "pdf-20000-coats-of-paint")
    before = time.process_time()

    with pytest.raises(Refused) as caught:
        take_page(coats, 1)

    assert caught.value.code == "too_complex"
    assert time.process_time() - before < 2 * MAX_CPU_SECONDS


@pytest.mark.parametrize("size", [(72, 72), (14_000, 14_000), (14_400, 20), (595, 842)])
def test_a_page_of_any_size_is_drawn_within_the_limits(size: tuple[int, int]) -> None:
    document = pypdfium2.PdfDocument.new()
    document.new_page(*size)
    buffer = io.BytesIO()
    document.save(buffer)

    page = take_page(buffer.getvalue(), 1)

    assert page.width * page.height <= 1.01 * MAX_RENDERED_PIXELS
    assert max(page.width, page.height) <= LONGEST_PX + 1
    assert page.blank


def test_thumbnails_in_a_tiff_are_no_pages() -> None:
    page, little = Image.new("L", (1000, 900), 200), Image.new("L", (100, 90), 10)
    buffer = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(buffer) as file:
        little.save(file, "TIFF", tiffinfo={254: 1})
        file.newFrame()
        page.save(file, "TIFF")
        file.newFrame()
    data = buffer.getvalue()

    assert not is_document(data)
    assert (check_header(data).width, int(decode_grey(data).pixels.max())) == (1000, 200)


def test_the_libraries_of_rare_formats_are_loaded_when_they_are_needed() -> None:
    program = "import sys, ocr.read_files; print({'pillow_heif', 'pypdfium2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
