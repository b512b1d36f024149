"""One drawn page of a form, in every format: the harmless core that hostile files are wrapped around."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from ocr.draw.photograph import photograph
from ocr.draw.tps import draw_tps

SEED = 20240214


@dataclass(frozen=True)
class Form:
    """Page 2 as a scan: RGB picture, its JPEG, and what is written on it."""

    picture: Image.Image
    jpeg: bytes
    values: dict[str, int | None]


@cache
def draw_form() -> Form:
    """Draw it; the same bytes each time."""
    drawing = draw_tps(None, seed=7, split="evaluation")
    jpeg = photograph(drawing.pages[2], "scan", np.random.default_rng(SEED), quarter_turns=0, exif=False)
    picture = Image.open(io.BytesIO(jpeg)).convert("RGB")
    return Form(picture, jpeg, {name: field.value for name, field in drawing.truth[2].fields.items()})


def encode(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """``picture`` as a file."""
    kept = io.BytesIO()
    picture.save(kept, kind, **options)
    return kept.getvalue()


def random_bytes(count: int, seed: int = SEED) -> bytes:
    """Noise that is the same each time."""
    return np.random.default_rng(seed).bytes(count)
