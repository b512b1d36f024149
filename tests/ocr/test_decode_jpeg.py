"""The quick way of decoding a JPEG gives what the slow way gives."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from ocr.decode import decode_colour, decode_grey
from ocr.decode_jpeg import decode_jpeg

ORIENTATION = 0x0112


def draw_jpeg(mode: str, orientation: int, *, progressive: bool) -> bytes:
    noise = np.random.default_rng(1).integers(0, 256, (90, 130, 3), dtype=np.uint8)
    picture = Image.fromarray(noise).resize((901, 1303), Image.Resampling.BICUBIC).convert(mode)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88, exif=exif, progressive=progressive)
    return buffer.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("mode", "progressive"), [("L", False), ("RGB", False), ("RGB", True), ("CMYK", False)])
def test_a_jpeg_has_the_pixels_that_pillow_gives_it(mode: str, orientation: int, *, progressive: bool) -> None:
    data = draw_jpeg(mode, orientation, progressive=progressive)
    for decode, wanted in ((decode_grey, "L"), (decode_colour, "RGB")):
        with Image.open(io.BytesIO(data)) as opened:
            opened.draft(wanted, opened.size)
            slow = np.asarray(ImageOps.exif_transpose(opened).convert(wanted))
        assert np.array_equal(decode(data).pixels, slow), wanted


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("left", [0.05, 0.5, 0.97])
def test_half_a_jpeg_is_left_to_pillow(left: float, *, progressive: bool) -> None:
    data = draw_jpeg("RGB", 1, progressive=progressive)
    assert decode_jpeg(data, "RGB", 1) is not None
    assert decode_jpeg(data[: int(left * len(data))], "RGB", 1) is None
