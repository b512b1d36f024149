"""Damaged and strange pictures never crash the reader, and never give a sure value that is wrong."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import cv2
import numpy as np
import pytest
from PIL import Image

from ocr.read import read_photo

pytestmark = pytest.mark.slow(15)

Draw = Callable[..., np.ndarray]
Shoot = Callable[..., bytes]


@pytest.mark.filterwarnings("ignore:.*EXIF.*:UserWarning")
@pytest.mark.parametrize("seed", range(24))
def test_flipped_bytes_are_read_or_refused_and_never_surely_wrong(
    draw: Draw, shoot: Shoot, expected: Mapping[str, int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    data = bytearray(shoot(draw(2), orientation=1))
    where = rng.integers(0, 900 if seed % 2 else len(data), size=6)
    for place in where:
        data[int(place)] = int(rng.integers(0, 256))
    reading = read_photo(bytes(data), name="a")
    for name, field in reading.fields.items():
        assert not field.sure or field.value == expected[name]


@pytest.mark.parametrize("kind", ["noise", "stripes", "black", "white", "squares"])
def test_pictures_of_something_else_are_refused(kind: str) -> None:
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:1200, 0:1600]
    picture = {
        "noise": rng.integers(0, 256, (1200, 1600)),
        "stripes": (x // 7 % 2) * 255,
        "black": np.zeros((1200, 1600)),
        "white": np.full((1200, 1600), 255),
        "squares": ((x // 25 + y // 25) % 2) * 255,
    }[kind].astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG")
    assert read_photo(buffer.getvalue(), name="a").refused in {"no_page_tag", "unknown_form"}


def test_a_thin_strip_and_a_half_page_are_refused(draw: Draw, shoot: Shoot) -> None:
    whole = cv2.imdecode(np.frombuffer(shoot(draw(2)), np.uint8), cv2.IMREAD_COLOR)
    assert whole is not None
    for part in (whole[:, -420:], whole[:1100], whole[60:70]):
        encoded = cv2.imencode(".png", np.ascontiguousarray(part))[1].tobytes()
        assert read_photo(encoded, name="a").refused in {"no_page_tag", "markers_missing", "half_page"}
