"""How far the net's answers are to be believed, by the conditions a box was seen under.

The net is trained on everything at once and is a little too sure of some pictures and too modest about others. A
calibration sharpens or softens its answers by a factor that depends on a few measured conditions, and shifts each class
by a constant; `ocr.train.calibrate` finds both on hands that the training did not see, and they ship in the net's JSON.

It never changes the net and never looks at neighbours: probabilities of one box in, probabilities of the same box out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

CONDITIONS: Final = ("always", "width", "small", "contrast", "roughness")
"""What the factor depends on. `width` and `small`: the box on the photograph, in octaves from 32 px, and what it lacks
of 24 px; 0 where nobody says. `contrast` and `roughness` are measured on the picture itself, centred."""

USUAL_PX, SMALL_PX = 32.0, 24.0
_LEAST = 1e-30
_TYPICAL_CONTRAST, _TYPICAL_ROUGHNESS = 3.3, -1.3
"""Natural logarithms, as drawn photographs have them on average: so that the first factor is the usual one."""


@dataclass(frozen=True)
class Calibration:
    """`weights` for each of CONDITIONS make the factor's logarithm; `shifts` (13,) are added to the log probabilities.

    `doubt` is the share of a uniform answer that is mixed in at the end: what even the surest boxes get wrong.
    """

    weights: tuple[float, ...]
    shifts: tuple[float, ...]
    doubt: float

    def apply(self, probabilities: NDArray[np.float32], conditions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (N,13) of pictures with conditions (N,5), rows summing to 1."""
        factor = np.exp(conditions.astype(np.float64) @ np.array(self.weights))
        scores = factor[:, None] * np.log(np.maximum(probabilities.astype(np.float64), _LEAST)) + np.array(self.shifts)
        grown = np.exp(scores - scores.max(axis=1, keepdims=True))
        sharp = grown / grown.sum(axis=1, keepdims=True)
        return np.asarray((1 - self.doubt) * sharp + self.doubt / sharp.shape[1], dtype=np.float32)


def read_calibration(node: Mapping[str, Any]) -> Calibration:
    """The calibration as a net's JSON has it; ValueError if it speaks of other conditions."""
    if tuple(node["conditions"]) != CONDITIONS:
        raise ValueError(f"the calibration knows the conditions {node['conditions']}, the reader {list(CONDITIONS)}")
    return Calibration(tuple(node["weights"]), tuple(node["shifts"]), float(node["doubt"]))


def measure_conditions(
    pictures: NDArray[np.uint8], box_px: float | NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Conditions (N,5) of pictures (N,64,64); `box_px` is the width of a box on the photograph, one for all or (N,)."""
    seen = pictures.astype(np.float32)
    contrast = seen.std(axis=(1, 2)) + 1.0
    steps = np.abs(np.diff(seen, axis=2)).mean(axis=(1, 2)) + np.abs(np.diff(seen, axis=1)).mean(axis=(1, 2))
    width = np.full(len(seen), USUAL_PX if box_px is None else box_px, dtype=np.float32)
    octaves = np.clip(np.log2(np.maximum(width, 1.0) / USUAL_PX), -1.5, 1.0)
    small = np.clip(np.log2(SMALL_PX / np.maximum(width, 1.0)), 0.0, 1.0)
    columns = (
        np.ones(len(seen)),
        octaves,
        small,
        np.log(contrast) - _TYPICAL_CONTRAST,
        np.log(steps / contrast + 0.02) - _TYPICAL_ROUGHNESS,
    )
    return np.stack(columns, axis=1).astype(np.float32)
