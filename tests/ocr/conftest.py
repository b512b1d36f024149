"""Drawn pages and a plain camera for the reader's tests. The drawer's own photographing is tested elsewhere."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from ocr.draw.hands import make_hand
from ocr.draw.page import draw_page
from ocr.draw.written import Written
from ocr.layout import Layout, load_layout

PX_PER_MM = 2.5
VALUES = {
    "suara_01": Written("X87", bubbles="087"),
    "suara_02": Written("104", bubbles="104"),
    "suara_03": Written("-36", bubbles="_36"),
    "suara_sah": Written("227"),
    "suara_tidak_sah": Written("__5"),
    "suara_total": Written("232"),
}
EXPECTED = {
    "suara_01": 87,
    "suara_02": 104,
    "suara_03": 36,
    "suara_sah": 227,
    "suara_tidak_sah": 5,
    "suara_total": 232,
}


@pytest.fixture(scope="session")
def layout() -> Layout:
    return load_layout("c_hasil_ppwp_2024")


@pytest.fixture(scope="session")
def expected() -> Mapping[str, int]:
    return EXPECTED


@cache
def _draw(page: int, changes: tuple[tuple[str, Written], ...]) -> np.ndarray:
    form = load_layout("c_hasil_ppwp_2024")
    written = {**VALUES, **dict(changes)}
    mine = {field.name: written[field.name] for field in form.pages[page].fields if field.name in written}
    rng = np.random.default_rng(7)
    return draw_page(form, page, mine, hand=make_hand("evaluation", 3), place=None, rng=rng, px_per_mm=PX_PER_MM)


@pytest.fixture(scope="session")
def draw() -> Callable[..., np.ndarray]:
    """A filled page as BGR picture, `PX_PER_MM` pixels a millimetre; keywords replace what is written."""

    def drawn(page: int, **changes: Written) -> np.ndarray:
        return _draw(page, tuple(sorted(changes.items()))).copy()

    return drawn


@pytest.fixture(scope="session")
def view_matrix() -> np.ndarray:
    """From page millimetres to the plain camera's pixels, before quarter turns."""
    corners = np.array([[0, 0], [600, 0], [600, 900], [0, 900]], np.float32)
    seen = np.array([[90, 70], [1290, 110], [1330, 1880], [60, 1930]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners, seen), dtype=np.float64)


@pytest.fixture(scope="session")
def shoot(view_matrix: np.ndarray) -> Callable[..., bytes]:
    """Photograph a drawn page a little from the side: JPEG bytes of 1400 x 2000 pixels, turned as asked."""

    def shot(picture: np.ndarray, *, turns: int = 0, orientation: int | None = None, blur: float = 0.6) -> bytes:
        to_mm = np.diag([1 / PX_PER_MM, 1 / PX_PER_MM, 1.0])
        soft = cv2.GaussianBlur(picture, (0, 0), 0.6)
        seen = cv2.warpPerspective(soft, view_matrix @ to_mm, (1400, 2000), borderValue=(70, 90, 100))
        noisy = cv2.GaussianBlur(seen, (0, 0), blur).astype(np.float64) * np.linspace(0.75, 1.0, 1400)[None, :, None]
        noisy += np.random.default_rng(1).normal(0, 3, noisy.shape)
        turned = np.rot90(np.clip(noisy, 0, 255).astype(np.uint8), -turns)
        return encode(np.ascontiguousarray(turned), orientation)

    return shot


def encode(bgr: np.ndarray, orientation: int | None) -> bytes:
    options: dict[str, Any] = {}
    if orientation is not None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif
    buffer = io.BytesIO()
    Image.fromarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)).save(buffer, "JPEG", quality=80, **options)
    return buffer.getvalue()
