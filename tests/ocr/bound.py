"""Write pictures in a format, one file of several pages included."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

Draw = Callable[..., np.ndarray]
Shoot = Callable[..., bytes]


def save(picture: Image.Image, *more: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    several: dict[str, Any] = {"save_all": True, "append_images": [one.copy() for one in more]} if more else {}
    picture.copy().save(buffer, kind, **several, **options)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def pages(draw: Draw, shoot: Shoot) -> list[Image.Image]:
    """Pages 2 and 3 of one form, as a camera sees them."""
    return [Image.open(io.BytesIO(shoot(draw(number)))).convert("RGB") for number in (2, 3)]
