"""The kinds of picture the training passes around."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
"""One grey picture (H,W), or a stack of them (N,H,W); 0 is black."""

Ink = npt.NDArray[np.float32]
"""How much ink covers each pixel (H,W), 0 to 1."""

Labels = npt.NDArray[np.int64]
"""Positions in CLASSES, (N,)."""

Targets = npt.NDArray[np.float32]
"""What the net should answer: a probability for each class, (N,13)."""


def as_ink(values: npt.NDArray[Any]) -> Ink:
    """The same values as float32: OpenCV and numpy widen them on the way."""
    return np.asarray(values, dtype=np.float32)
