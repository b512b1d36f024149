"""The figures of many TPS side by side: what the rules look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.errors import InvalidInputError

UNKNOWN = -1
"""Stands in an array for a number that nobody has stated."""

Numbers = NDArray[np.int32]
"""(TPS, fields); :data:`UNKNOWN` where there is none."""


@dataclass(frozen=True)
class Figures:
    """Numbers of some TPS from two sides. ``tps_kodes`` (13 digits each) are in ascending order, without repetition.

    ``ours``: accepted results, ``official``: published figures; both (TPS, fields) in the order of ``fields``.
    """

    fields: tuple[str, ...]
    tps_kodes: tuple[str, ...]
    ours: Numbers
    official: Numbers

    def __post_init__(self) -> None:
        """Check the shapes.

        Raises:
            InvalidInputError: an array does not fit, or the TPS are not in order.
        """
        shape = (len(self.tps_kodes), len(self.fields))
        for name in ("ours", "official"):
            if getattr(self, name).shape != shape:
                raise InvalidInputError(
                    f"{name} has the shape {getattr(self, name).shape}, not {shape}.",
                    "Give one row a TPS and one column a field.",
                )
        if any(one >= other for one, other in zip(self.tps_kodes, self.tps_kodes[1:], strict=False)):
            raise InvalidInputError("The TPS are not in ascending order.", "Sort them by code, each once.")

    def side(self, name: str) -> Numbers:
        """Return ``ours`` or ``official``."""
        return self.ours if name == "ours" else self.official

    def place(self, field: str) -> int | None:
        """Return the column of ``field``, None where the contest has no such field."""
        return self.fields.index(field) if field in self.fields else None


def lay_numbers(rows: Sequence[Sequence[int | None] | None], fields: int) -> Numbers:
    """Return rows of numbers as an array; None, for a number or a whole row, becomes :data:`UNKNOWN`."""
    laid = np.full((len(rows), fields), UNKNOWN, np.int32)
    for place, row in enumerate(rows):
        if row is not None:
            laid[place] = [UNKNOWN if number is None else number for number in row]
    return laid


def lay_figures(
    fields: Sequence[str],
    ours: Mapping[str, Sequence[int | None]],
    official: Mapping[str, Sequence[int | None]],
) -> Figures:
    """Return the figures of every TPS that one side knows."""
    kodes = tuple(sorted({*ours, *official}))
    return Figures(
        fields=tuple(fields),
        tps_kodes=kodes,
        ours=lay_numbers([ours.get(kode) for kode in kodes], len(fields)),
        official=lay_numbers([official.get(kode) for kode in kodes], len(fields)),
    )
