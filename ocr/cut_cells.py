"""The ink of a table's cell, set anew into a clean printed box: a second look at what stands in it.

Cells are small, tall or wide, their walls are shared and drawn thin, figures stand anywhere in them. The classifier
knows large square boxes. So the ink is taken out of the cell without its walls, brought to a usual size and put into
a box as the classifier knows it, with pens of several widths and both upright and leant back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.classify import BOX_SIZE
from ocr.plane import Grey, flatten

if TYPE_CHECKING:
    from ocr.layout import Rect
    from ocr.plane import Homography
    from ocr.snap_boxes import FieldView

Ink: TypeAlias = NDArray[np.float32]
"""(height, width), 0 none to 1 full."""

WIDTH_PX = 112
"""Of a flattened cell."""

WALL_MM = 0.55
"""Left out along each wall: half a printed line, and what the snapping may be off."""

FAINTEST = 0.3
"""How dark the darkest ink must be against the paper; watermarks are lighter. Fainter is blank."""

SPECK, CRUMB = 0.004, 0.06
"""Blots smaller than this share of the squared width, or of the largest blot, are dirt."""

GAP_PX = 11
"""Strokes nearer than this are one."""

TALLEST = 0.62
"""Height and width of the ink in the new box, in box sides."""

MOST_GROWN = 2.4
LOOKS = ((0.0, 0.9), (-0.2, 0.9), (0.0, 1.8), (-0.2, 1.8))
"""Shear and added width of the pen (pixels) of each picture made."""

_BORDER = 6
_PAPER = 240.0


def cut_cells(grey: Grey, view: FieldView) -> NDArray[np.uint8]:
    """The field's cells from left to right, each in `len(LOOKS)` pictures: uint8 (N, looks, 64, 64)."""
    return np.stack([compose_cell(take_ink(grey, view.homography, box.rect)) for box in view.field.boxes])


def take_ink(grey: Grey, homography: Homography, rect: Rect) -> Ink | None:
    """The ink inside a cell, cut to its outline; None where there is none."""
    px_per_mm = WIDTH_PX / (rect[2] - rect[0])
    flat = flatten(grey, homography, rect, px_per_mm).astype(np.float32)
    height, width = flat.shape
    inside = flat[int(0.12 * height) : int(0.88 * height), int(0.12 * width) : int(0.88 * width)]
    dark = np.clip(1 - flat / max(float(np.percentile(inside, 75)), 30.0), 0, 1)
    wall = max(2, round(WALL_MM * px_per_mm))
    dark[:wall] = dark[-wall:] = 0
    dark[:, :wall] = dark[:, -wall:] = 0
    darkest = float(np.percentile(dark, 99.3))
    if darkest < FAINTEST:
        return None
    ink = np.clip((dark - 0.35 * darkest) / (0.45 * darkest), 0, 1)
    kept = _keep_strokes((ink > 0.5).astype(np.uint8))
    if not kept.any():
        return None
    rows, columns = np.nonzero(kept)
    around = cv2.dilate(kept, np.ones((5, 5), np.uint8))
    cut = (ink * around)[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return np.asarray(cut, dtype=np.float32)


def _keep_strokes(mask: Grey) -> Grey:
    """The mask without dirt, and without what is left of walls at the cell's edges.

    Strokes that come close to each other count as one: old scans break thin ones into dashes.
    """
    height, width = mask.shape
    joined = cv2.dilate(mask, np.ones((GAP_PX, GAP_PX), np.uint8))
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    labels = np.where(mask > 0, labels, 0)
    areas = np.bincount(labels.ravel(), minlength=count)
    largest = int(areas[1:].max(initial=0))
    keep = np.zeros(count, np.uint8)
    for index in range(1, count):
        rows, columns = np.nonzero(labels == index)
        dirt = areas[index] < max(SPECK * width * width, CRUMB * largest)
        across, down = (columns.min() / width, columns.max() / width), (rows.min() / height, rows.max() / height)
        keep[index] = not (dirt or _is_wall(across, down) or _is_wall(down, across))
    return np.asarray(keep[labels], dtype=np.uint8)


def _is_wall(across: tuple[float, float], along: tuple[float, float]) -> bool:
    """Is a blot (shares of the cell) the rest of a wall: thin, and at the very edge, or near it and all along?"""
    near_edge = across[1] < 0.16 or across[0] > 0.84
    whole = along[0] < 0.12 and along[1] > 0.88 and (across[1] < 0.25 or across[0] > 0.75)
    return across[1] - across[0] < 0.09 and (near_edge or whole)


def compose_cell(ink: Ink | None) -> NDArray[np.uint8]:
    """The ink in printed boxes (looks, 64, 64); empty boxes for None."""
    return np.stack([compose_ink(None if ink is None else _lean(ink, shear), pen) for shear, pen in LOOKS])


def _lean(ink: Ink, shear: float) -> Ink:
    """The ink leant over, cut to its outline again."""
    height, width = ink.shape
    spare = int(np.ceil(abs(shear) * height / 2))
    matrix = np.array([[1, shear, spare - shear * height / 2], [0, 1, 0]], np.float32)
    leant = cv2.warpAffine(ink, matrix, (width + 2 * spare, height))
    columns = np.flatnonzero(leant.max(axis=0) > 0.5)
    return np.asarray(leant[:, columns[0] : columns[-1] + 1] if len(columns) else ink, dtype=np.float32)


def compose_ink(ink: Ink | None, pen: float) -> NDArray[np.uint8]:
    """One picture (64, 64): paper, border, ink in the middle, its pen `pen` pixels broader."""
    shown = np.zeros((BOX_SIZE, BOX_SIZE), np.float32)
    if ink is not None:
        side = TALLEST * (BOX_SIZE - 2 * _BORDER)
        factor = min(side / max(ink.shape), MOST_GROWN * (BOX_SIZE - 2 * _BORDER) / WIDTH_PX)
        size = (max(1, round(ink.shape[1] * factor)), max(1, round(ink.shape[0] * factor)))
        small = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
        left, top = (BOX_SIZE - size[0]) // 2, (BOX_SIZE - size[1]) // 2
        shown[top : top + size[1], left : left + size[0]] = small
        shown = np.clip(cv2.GaussianBlur(shown, (0, 0), pen) * (1 + 0.9 * pen), 0, 1).astype(np.float32)
    cv2.rectangle(shown, (_BORDER, _BORDER), (BOX_SIZE - _BORDER - 1,) * 2, 1.0, 3)
    return np.asarray(cv2.GaussianBlur(_PAPER * (1 - 0.8 * shown), (0, 0), 0.6), dtype=np.uint8)
