"""Dividing the real boxes for cross-validation, so that no picture is measured by a net that saw its twin."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocr.train.arrays import Labels
from ocr.train.sources import Pictures

ALIKE = 0.965
"""Correlation of two small, blurred pictures from which on they count as twins."""

FOLDS = 5


def divide(boxes: Pictures, seed: int) -> Labels:
    """The fold (0 to 4) of every picture; twins share one."""
    cluster = find_twins(boxes)
    folds_of = np.random.default_rng(seed).integers(0, FOLDS, size=int(cluster.max()) + 1)
    return np.asarray(folds_of[cluster], dtype=np.int64)


def find_twins(boxes: Pictures) -> Labels:
    """A number for every picture, the same for those linked by a chain of twins (whatever their label)."""
    views = _describe(boxes)
    cluster = np.arange(len(views))
    for place in range(len(views)):
        for other in np.flatnonzero(views[place, :] @ views[:place].T > ALIKE):
            _join(cluster, place, int(other))
    return np.array([_root(cluster, place) for place in range(len(cluster))], dtype=np.int64)


def _describe(boxes: Pictures) -> npt.NDArray[np.float32]:
    """Each picture's inside as 484 blurred grey values of length 1, mean 0."""
    inside = [cv2.GaussianBlur(picture, (0, 0), 1.2)[10:54, 10:54] for picture in boxes.pictures]
    flat = np.stack([cv2.resize(view, (22, 22), interpolation=cv2.INTER_AREA).ravel() for view in inside]).astype(
        np.float32
    )
    flat -= flat.mean(axis=1, keepdims=True)
    return np.asarray(flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-6), dtype=np.float32)


def _root(cluster: Labels, place: int) -> int:
    while cluster[place] != place:
        cluster[place] = cluster[cluster[place]]
        place = int(cluster[place])
    return place


def _join(cluster: Labels, one: int, other: int) -> None:
    cluster[_root(cluster, one)] = _root(cluster, other)
