"""Invented names for the people on drawn forms: common given names put together by chance, nobody in particular."""

from __future__ import annotations

import numpy as np

_FIRST = (
    "AGUS", "BUDI", "CAHYA", "DEWI", "EKO", "FITRI", "GITA", "HADI", "INDAH", "JOKO", "KARTIKA", "LESTARI", "MEGA",
    "NANDA", "OKTA", "PUTRI", "RATNA", "SARI", "TEGUH", "UMAR", "WAHYU", "YUNI", "ZAHRA", "MARIA", "YOSEF", "AHMAD",
)  # fmt: skip
_SECOND = (
    "SANTOSA", "WIJAYA", "LESTARI", "PRATAMA", "HANDAYANI", "SAPUTRA", "RAHAYU", "GUNAWAN", "HASANAH", "KURNIAWAN",
    "NUGRAHA", "PERMATA", "SETIAWAN", "UTAMI", "WULANDARI", "SIREGAR", "TARIGAN", "LATUPEIRISSA", "WENDA", "MANALU",
)  # fmt: skip


def invent_name(rng: np.random.Generator) -> str:
    """One or two of the names, now and then with an initial between."""
    first, second = rng.choice(_FIRST), rng.choice(_SECOND)
    shape = rng.random()
    if shape < 0.2:
        return str(first)
    return f"{first} {chr(65 + int(rng.integers(26)))}. {second}" if shape > 0.85 else f"{first} {second}"
