"""Numbers to fill into any form: drawn at random, and adding up wherever its identities say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ocr.layout import Layout

LARGEST = 300
"""A polling station's voters; fewer where fields have fewer boxes."""

TRIES = 4000
NOUGHT = 1e-9

Matrix: TypeAlias = NDArray[np.float64]


def draw_values(layout: Layout, rng: np.random.Generator) -> dict[str, int]:
    """A number for each field; all nought where identities allow nothing else, or nothing else was found.

    The identities are linear equations: numbers that they leave free are drawn, the others follow, until all fit into
    their boxes.
    """
    totals = [identity.total for identity in layout.identities]
    fields = [field for page in layout.pages.values() for field in page.fields]
    fields.sort(key=lambda field: field.name not in totals)  # totals follow from terms rather than the other way round
    names = [field.name for field in fields]
    room = np.array([10 ** len(field.boxes) - 1 for field in fields])
    reduced, bound = _reduce(_equations(layout, names))
    free = [at for at in range(len(names)) if at not in bound]
    for _ in range(TRIES):
        values = np.zeros(len(names))
        scale = np.minimum(room[free], LARGEST) * np.exp(rng.uniform(-4.0, 0.0, len(free)))
        values[free] = np.floor(rng.random(len(free)) * (scale + 1))
        values[bound] = -reduced[:, free] @ values[free]
        if np.all(values >= 0) and np.all(values <= room) and np.allclose(values, np.rint(values)):
            return {name: round(float(value)) for name, value in zip(names, values, strict=True)}
    return dict.fromkeys(names, 0)


def _equations(layout: Layout, names: list[str]) -> Matrix:
    """One row an identity: total minus terms is nought."""
    rows = np.zeros((len(layout.identities), len(names)))
    for row, identity in zip(rows, layout.identities, strict=True):
        row[names.index(identity.total)] = 1
        for term in identity.terms:
            row[names.index(term)] -= 1
    return rows


def _reduce(rows: Matrix) -> tuple[Matrix, list[int]]:
    """Gauss-Jordan: the rows that say something, and the column that each of them determines."""
    reduced = rows.copy()
    bound: list[int] = []
    for column in range(rows.shape[1]):
        at = len(bound)
        if at == len(reduced):
            break
        best = at + int(np.argmax(np.abs(reduced[at:, column])))
        if abs(reduced[best, column]) < NOUGHT:
            continue
        reduced[[at, best]] = reduced[[best, at]]
        reduced[at] /= reduced[at, column]
        for other in range(len(reduced)):
            if other != at:
                reduced[other] -= reduced[other, column] * reduced[at]
        bound.append(column)
    return reduced[: len(bound)], bound
